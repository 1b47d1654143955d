/** The controller of Canaries: what wakes it, and how its parts fit together. */
import { DaemonSet, Deployment } from '../../api/core/apps-v1.ts'
import { ConfigMap, Secret, Service } from '../../api/core/core-v1.ts'
import { EndpointSlice } from '../../api/core/discovery-v1.ts'
import { AlertProvider, Canary, MetricTemplate } from '../../api/flagger/v1beta1.ts'
import type { ResourceType } from '../../apimachinery/meta.ts'
import type { AwsCredentials } from '../../metrics/aws-signature.ts'
import { newMetricProviders } from '../../metrics/providers.ts'
import { routerFactory } from '../../router/factory.ts'
import { newServiceRouter } from '../../router/services.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { newClusterView } from '../../runtime/cluster-view.ts'
import { type Controller, newController, type Source, watchSource } from '../../runtime/controller.ts'
import type { ProxyFor } from '../../runtime/environment-proxy.ts'
import { newEventRecorder } from '../../runtime/events.ts'
import { newHttpSender } from '../../runtime/http-sender.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { newAbsentProviders } from './absent-providers.ts'
import { newQuestions } from './ask.ts'
import { newBackground } from './background.ts'
import { summarised } from './configs.ts'
import { newCredentials } from './credentials.ts'
import { type DecisionEntry, newDecisionLog } from './decision-log.ts'
import { newDependents } from './dependents.ts'
import type { CanarySettings } from './deps.ts'
import { newDerived } from './derived.ts'
import { serviceOfSlice, sliceSelection } from './endpoints.ts'
import { newWaitNews } from './news.ts'
import { newRecall } from './recall.ts'
import { newCanaryReconciler } from './reconciler.ts'
import { newRecorder } from './recorder.ts'
import { targetKeys } from './target-keys.ts'
import { urgencyOf } from './urgency.ts'

/** What the controller needs. */
export interface CanaryControllerDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: MetricRegistry
  readonly settings: CanarySettings
  /** URL of an HTTP proxy into the cluster, for an engine that runs outside of it. Absent: none. */
  readonly proxy?: string
  /** The proxy of each URL, as the environment says; `proxy` and those of AlertProviders win. Absent: none. */
  readonly proxyFor?: ProxyFor
  /** Address ranges (CIDR) that no request for a Canary reaches. Absent: link-local and metadata addresses. */
  readonly refusedAddresses?: readonly string[]
  /** Absent: all namespaces. */
  readonly namespace?: string
  /** Namespaces whose Secrets may be read. Absent: all that are served. */
  readonly secretNamespaces?: readonly string[]
  /** The process's own key of AWS, for CloudWatch. Absent: only those of Secrets count. */
  readonly aws?: AwsCredentials
  readonly version: string
  readonly concurrency: number
}

/** The controller and what others may ask it. */
export interface CanaryController {
  readonly controller: Controller
  /** Oldest first; empty for a Canary that is not known. */
  decisions(key: string): readonly DecisionEntry[]
  canaries(): readonly Canary[]
  /** Ends what goes on in the background. */
  close(): Promise<void>
}

/** Kinds whose caches are there from the start; those of traffic providers come with the first Canary that needs them. */
const alwaysCached: readonly ResourceType[] = [
  Deployment,
  DaemonSet,
  Service,
  ConfigMap,
  Secret,
  MetricTemplate,
  AlertProvider,
]

/**
 * All events of a Canary have one reason, so client-go's limits would combine them from the tenth on and drop them from
 * the twenty-fifth on; a rollout with gates and many steps says more than that, and so does the next one.
 */
const eventLimits = { burst: 100, perSecond: 1 / 5, maxSimilar: 100 }

const byTarget = 'canariesByTarget'

/** A rollout that met an error is tried again well within an analysis interval. */
const backoff = { initialMs: 200, maxMs: 15_000 }

/** A controller that does not run yet; its informers run with the set. */
export function newCanaryController(deps: CanaryControllerDeps): CanaryController {
  const { client, informers, clock, random, log, metrics, settings, namespace } = deps
  const view = newClusterView({
    client,
    informers,
    clock,
    ...(namespace ? { namespace } : {}),
    ...(deps.secretNamespaces ? { namespaces: { secrets: deps.secretNamespaces } } : {}),
    selections: {
      'canaries.flagger.app': { keepsSpec: true },
      'deployments.apps': { keepsSpec: true },
      'daemonsets.apps': { keepsSpec: true },
      configmaps: { transform: summarised('configmap') },
      // Helm keeps whole releases in Secrets, which no pod refers to.
      secrets: { transform: summarised('secret'), fieldSelector: 'type!=helm.sh/release.v1' },
      'endpointslices.discovery.k8s.io': sliceSelection,
    },
    groups: { 'endpointslices.discovery.k8s.io': serviceOfSlice },
  })
  // Also in a process that does not lead, so that it goes on at once when it does.
  for (const type of alwaysCached) view.start(type)
  view.start(EndpointSlice)
  const canaries = informers.informer(Canary, { keepsSpec: true, ...(namespace ? { namespace } : {}) })
  canaries.addIndex(byTarget, targetKeys)
  const http = newHttpSender({
    clock,
    ...(deps.proxy ? { defaultProxy: deps.proxy } : {}),
    ...(deps.proxyFor ? { proxyFor: deps.proxyFor } : {}),
    ...(deps.refusedAddresses ? { refusedAddresses: deps.refusedAddresses } : {}),
  })
  const events = newEventRecorder({ client, clock, random, log, component: 'flagger', limits: eventLimits })
  const background = newBackground({ clock, log })
  const dependents = newDependents()
  const decisions = newDecisionLog()
  const announceDeps = {
    view,
    clock,
    random,
    log,
    http,
    events,
    background,
    absentProviders: newAbsentProviders(),
    settings,
    credentials: newCredentials(view),
    recorder: newRecorder(metrics, { version: deps.version, meshProvider: settings.meshProvider }),
    metrics: newMetricProviders({ http, clock, ...(deps.aws ? { aws: deps.aws } : {}) }),
    routerFactory,
    services: newServiceRouter({ view }),
    derived: newDerived(),
    recall: newRecall(view),
    canariesOf: (canary: Canary) => targetKeys(canary).flatMap(key => canaries.byIndex(byTarget, key)),
  }
  const questions = newQuestions(announceDeps)
  const controller: Controller = newController({
    reconciler: newCanaryReconciler({
      ...announceDeps,
      questions,
      decisions,
      dependents,
      news: newWaitNews(),
      enqueue: key => controller.enqueue(key),
    }),
    // A change of a Canary is one of what its last look read.
    sources: [watchSource(canaries, { predicates: [({ type }) => type !== 'updated'] }), dependentSource()],
    clock,
    random,
    log,
    metrics,
    concurrency: deps.concurrency,
    urgencyOf: key => urgencyOf(canaries.get(key)),
    backoff,
    // Between routes that are set and the status that says so, whoever follows would set them back first.
    finishMs: 5_000,
  })

  /** Everything that a look read brings the next look when it changes. */
  function dependentSource(): Source {
    return {
      start: enqueue =>
        view.subscribe((key, moment) => {
          for (const canary of dependents.changed(key, moment)) enqueue(canary)
        }),
      async synced(signal) {
        await Promise.all(alwaysCached.map(type => view.synced(type, signal)))
      },
    }
  }
  canaries.addHandler({
    added: object => countCanaries(object),
    deleted: object => countCanaries(object),
  })
  function countCanaries({ metadata }: Canary): void {
    const { namespace: where = '' } = metadata
    announceDeps.recorder.setTotal(where, canaries.list(where).length)
  }
  return {
    controller,
    decisions: key => decisions.list(key),
    canaries: () => canaries.list(),
    async close() {
      await questions.close()
      await background.close()
      await events.close()
      await http.close()
    },
  }
}

/** The rollout engine of one cluster, put together. */
import { type CanaryController, newCanaryController } from '../controllers/canary/controller.ts'
import type { CanarySettings } from '../controllers/canary/deps.ts'
import { defaultSelectorLabels } from '../rollout/primary/names.ts'
import { newInformerSet } from '../runtime/informer-set.ts'
import { newManager } from '../runtime/manager.ts'
import { newMetricRegistry } from '../runtime/metrics.ts'
import { answerCanaries } from './agent-api.ts'
import type { Agent, AgentOptions } from './agent-options.ts'
import { electionOf } from './leadership.ts'

/** Shown in `flagger_info`. */
const version = '0.1.0'
/** Flagger's shortest interval. */
const defaultMinIntervalMs = 10_000
const defaultDrainMs = 1_000
const defaultConcurrency = 64
/** Flagger's, so that the two never work on one cluster at the same time. */
const leaseName = 'flagger-leader-election'

/**
 * Starts it; resolves when its HTTP server listens. Several may run in one process, one a cluster.
 * @throws where the server's address cannot be taken
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { client, clock, random, log, namespace, leaderElection } = options
  const informers = newInformerSet({ client, clock, log, random })
  const metrics = options.metrics ?? newMetricRegistry()
  const canaries: CanaryController = newCanaryController({
    client,
    informers,
    clock,
    random,
    log,
    metrics,
    settings: settingsOf(options),
    ...(options.proxy ? { proxy: options.proxy } : {}),
    ...(options.proxyFor ? { proxyFor: options.proxyFor } : {}),
    ...(options.aws ? { aws: options.aws } : {}),
    ...(options.refusedAddresses ? { refusedAddresses: options.refusedAddresses } : {}),
    ...(namespace ? { namespace } : {}),
    ...(options.secretNamespaces ? { secretNamespaces: options.secretNamespaces } : {}),
    version,
    concurrency: options.concurrency ?? defaultConcurrency,
  })
  const manager = newManager({
    clock,
    log,
    informers: [informers],
    controllers: [canaries.controller],
    http: options.http ?? {},
    routes: (request, response) => answerCanaries(canaries, request, response),
    metrics,
    closeables: [canaries],
    ...(leaderElection ? { leaderElection: electionOf(leaderElection, { client, random, name: leaseName }) } : {}),
  })
  const stop = new AbortController()
  const ended = manager.run(stop.signal)
  ended.catch(() => {}) // Callers may leave `ended` alone.
  // A failure to listen is the caller's to hear, and a later end is too, through `ended`.
  const url = await Promise.race([manager.listening(), ended.then(() => Promise.reject(new Error('the agent ended')))])
  return {
    url,
    ended,
    async close() {
      stop.abort(new Error('the agent is closing'))
      await ended
    },
  }
}

function settingsOf(options: AgentOptions): CanarySettings {
  const { meshProvider, metricsServer, notifier, eventWebhook, clusterName, ingressAnnotationsPrefix } = options
  return {
    meshProvider,
    metricsServer,
    selectorLabels: options.selectorLabels ?? defaultSelectorLabels,
    includeLabelPrefixes: options.includeLabelPrefixes ?? [],
    configTracking: options.configTracking ?? true,
    noCrossNamespaceRefs: options.noCrossNamespaceRefs ?? true,
    pace: options.pace ?? 'event',
    minIntervalMs: options.minIntervalMs ?? defaultMinIntervalMs,
    drainMs: options.drainMs ?? defaultDrainMs,
    ...(notifier ? { notifier } : {}),
    ...(eventWebhook ? { eventWebhook } : {}),
    ...(clusterName ? { clusterName } : {}),
    ...(ingressAnnotationsPrefix ? { ingressAnnotationsPrefix } : {}),
  }
}

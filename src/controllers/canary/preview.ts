/** What the engine would do next with each Canary of a cluster. Looks and decides as the engine does; writes nothing. */
import { Canary } from '../../api/flagger/v1beta1.ts'
import { keyOf, type ObjectRef } from '../../apimachinery/meta.ts'
import { decide } from '../../rollout/decide.ts'
import type { Action, Decision } from '../../rollout/decision.ts'
import { isProblem, type ObservedTarget } from '../../rollout/observed.ts'
import { routerFactory } from '../../router/factory.ts'
import { newServiceRouter } from '../../router/services.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { CacheNotReadyError, newClusterView } from '../../runtime/cluster-view.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import type { CanarySettings, LookDeps } from './deps.ts'
import { newDerived } from './derived.ts'
import { serviceOfSlice, sliceSelection } from './endpoints.ts'
import { observe } from './observe.ts'
import { newRecall } from './recall.ts'
import { conflictOf, isSpecError } from './refuse.ts'
import { lookAtTarget, subjectOf } from './subject.ts'
import { targetKeys } from './target-keys.ts'

/** One Canary and what would become of it. */
export interface CanaryPreview {
  readonly canary: Canary
  /** The next decision; a Canary that nobody can carry out has none. */
  readonly decision?: Decision
  /** Why it would be refused. */
  readonly refused?: string
  /** What could not be looked at, such as a kind that the cluster does not serve. */
  readonly unknown?: string
  /** The target as it was seen, with Flagger's hash and checksums. */
  readonly target?: ObservedTarget
}

/** What a preview needs. */
export interface PreviewDeps {
  readonly client: Client
  readonly clock: Clock
  readonly random: () => number
  readonly settings: CanarySettings
  /** Absent: all namespaces. */
  readonly namespace?: string
}

/** How long caches may take: what has not come by then will not come. */
const patienceMs = 10_000

/** Previews all Canaries, in the order of their names. @throws where Canaries cannot be listed */
export async function previewCanaries(deps: PreviewDeps, signal: AbortSignal): Promise<readonly CanaryPreview[]> {
  const { client, clock, random, settings, namespace } = deps
  const { items } = await client.list(Canary, { ...(namespace ? { namespace } : {}), signal })
  const stop = new AbortController()
  const informers = newInformerSet({ client, clock, random, log: silentLogger })
  const view = newClusterView({
    client,
    informers,
    clock,
    ...(namespace ? { namespace } : {}),
    selections: { 'endpointslices.discovery.k8s.io': sliceSelection },
    groups: { 'endpointslices.discovery.k8s.io': serviceOfSlice },
  })
  const look: LookDeps = {
    view,
    clock,
    settings,
    routerFactory,
    services: newServiceRouter({ view }),
    derived: newDerived(),
    recall: newRecall(view),
    canariesOf: canary => items.filter(other => targetKeys(other)[0] === targetKeys(canary)[0]),
  }
  const running = informers.run(stop.signal)
  try {
    const ordered = [...items].sort((a, b) => keyOf(refOf(a)).localeCompare(keyOf(refOf(b))))
    const previews: CanaryPreview[] = []
    for (const canary of ordered) previews.push(await previewOf(look, canary, signal))
    return previews
  } finally {
    stop.abort(new Error('the preview is complete'))
    await running.catch(() => {})
  }
}

async function previewOf(deps: LookDeps, canary: Canary, signal: AbortSignal): Promise<CanaryPreview> {
  const untilMs = deps.clock.monotonicMs() + patienceMs
  for (;;) {
    try {
      return previewNow(deps, canary)
    } catch (error) {
      if (!(error instanceof CacheNotReadyError)) throw error
      if (deps.clock.monotonicMs() > untilMs) return { canary, unknown: error.message }
      await deps.clock.sleep(20, signal)
    }
  }
}

function previewNow(deps: LookDeps, canary: Canary): CanaryPreview {
  try {
    const conflict = conflictOf(deps, canary)
    if (conflict) return { canary, refused: conflict.message }
    const subject = subjectOf(deps, canary)
    const { observed } = observe(deps, subject, {})
    const target = lookAtTarget(deps, subject, { withFlaggerRevision: true })
    return {
      canary,
      decision: decide(observed),
      ...(isProblem(target) ? {} : { target: target.observed }),
    }
  } catch (error) {
    if (error instanceof Error && isSpecError(error)) return { canary, refused: error.message }
    throw error
  }
}

const parts = {
  services: 'Services',
  primaryScaler: "primary's autoscaler",
  apexService: 'apex Service',
  routes: 'routes',
}

/** What a step would do, in a few words. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'ensurePart':
      return `create or correct the ${parts[action.part]}`
    case 'createPrimary':
      return `create the primary with ${action.replicas} replicas`
    case 'promote':
      return 'copy the target to the primary'
    case 'syncPrimaryScaler':
    case 'holdPrimaryFloor':
      return `keep ${action.minReplicas} replicas of the primary`
    case 'releasePrimaryFloor':
      return "give the primary's autoscaler its floor back"
    case 'pauseTargetScaler':
      return "pause the target's autoscaler"
    case 'resumeTargetScaler':
      return "resume the target's autoscaler"
    case 'scaleTarget':
      return `scale the target to ${action.replicas}`
    case 'scalePrimary':
      return `scale the primary to ${action.replicas}`
    case 'setRoutes':
      return `give the canary ${action.canaryWeight}% of the traffic`
    case 'awaitDrain':
      return `wait until requests to the ${action.side} have ended`
    case 'addFinalizer':
      return 'add the finalizer'
    case 'removeFinalizer':
      return 'remove the finalizer'
    case 'revertRouting':
      return 'give the routing back to the target'
  }
}

function refOf({ metadata }: Canary): ObjectRef {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

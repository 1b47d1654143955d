/**
 * A model of what the engine works on: pods that take their time, routes, a Canary object. Pure: every step gives
 * a new world. Times are milliseconds of a virtual clock.
 */
import type { Action } from './decision.ts'
import type { Answer, Endpoints, Observed, Part, PartState, Routes, Side, Workload } from './observed.ts'
import type { RolloutSpec } from './spec.ts'
import { emptyStatus, type RolloutStatus } from './status.ts'

/** A pod with the template that it was made from and the config that it read then. */
export interface ModelPod {
  readonly template: string
  readonly config: string
  /** Of the workload when it was made. */
  readonly generation: number
  /** It is ready from then on; Infinity: never. */
  readonly readyAtMs: number
}

/** A workload: what is wanted, what there is, and since when it has been on its way. */
export interface ModelWorkload {
  readonly template: string
  /** Contents of the ConfigMap that the template refers to; empty: it refers to none. */
  readonly config: string
  /** Pods of another one are replaced. */
  readonly generation: number
  readonly desired: number
  readonly pods: readonly ModelPod[]
  readonly changedAtMs: number
}

/** Everything that there is. */
export interface World {
  readonly spec: RolloutSpec
  readonly pace: Observed['pace']
  readonly router: Observed['router']
  readonly status: RolloutStatus
  readonly deletion: Observed['deletion']
  /** The API has removed the Canary. */
  readonly isGone: boolean
  readonly target: ModelWorkload
  readonly primary?: ModelWorkload
  readonly parts: Readonly<Record<Part, PartState>>
  readonly routes: Routes
  readonly answers: Readonly<Record<string, Answer>>
  readonly pods: PodTimes
  /** Sides whose Service never has endpoints. Absent: endpoints are not known. */
  readonly withoutEndpoints?: readonly Side[]
}

/** How pods behave, by the template (the revision) that they are made from. */
export interface PodTimes {
  /** From creation to ready; Infinity: never. */
  readonly readyAfterMs: (revision: string, side: 'target' | 'primary') => number
  /** A workload that has been on its way for so long is broken. */
  readonly deadlineMs: number
}

/** A cluster with a target that serves, just before the Canary is made. */
export function newWorld(options: {
  readonly spec: RolloutSpec
  readonly pace?: Observed['pace']
  readonly router?: Observed['router']
  readonly revision: string
  readonly replicas: number
  readonly readyAfterMs: PodTimes['readyAfterMs']
  readonly deadlineMs?: number
}): World {
  const { spec, revision, replicas } = options
  const made = { template: revision, config: '', generation: 0 }
  const pod: ModelPod = { ...made, readyAtMs: 0 }
  return {
    spec,
    pace: options.pace ?? 'event',
    router: options.router ?? {
      splitsTraffic: spec.provider !== 'kubernetes',
      mirrors: spec.provider !== 'kubernetes',
    },
    status: emptyStatus,
    deletion: { isRequested: false, hasFinalizer: false },
    isGone: false,
    target: { ...made, desired: replicas, pods: Array(replicas).fill(pod), changedAtMs: 0 },
    parts: {
      services: 'absent',
      primaryScaler: spec.autoscaler ? 'absent' : 'current',
      apexService: 'absent',
      routes: 'absent',
    },
    routes: { primaryWeight: 100, canaryWeight: 0, mirrored: false },
    answers: {},
    pods: { readyAfterMs: options.readyAfterMs, deadlineMs: options.deadlineMs ?? 600_000 },
  }
}

/** What a look at the world shows. */
export function observe(world: World, nowMs: number): Observed {
  const { spec, pace, router, status, deletion, parts, routes, answers } = world
  const target = workloadOf(world, world.target, spec.target.name, nowMs)
  const primary = world.primary && workloadOf(world, world.primary, `${spec.target.name}-primary`, nowMs)
  const { template, config } = world.target
  const hasConfigs = (world.primary?.config ?? config) === config
  return {
    now: new Date(nowMs),
    pace,
    spec,
    status,
    deletion,
    target: { ...target, revision: template, configs: config === '' ? {} : { 'configmap/look': { checksum: config } } },
    ...(primary ? { primary } : {}),
    primaryRunsTarget: world.primary?.template === template && hasConfigs,
    primaryHasConfigs: hasConfigs,
    parts,
    // Without routes to read, the router answers from the iterations.
    routes:
      router.splitsTraffic || status.iterations <= 0
        ? routes
        : { primaryWeight: 0, canaryWeight: 100, mirrored: false },
    router,
    ...(world.withoutEndpoints ? { endpoints: endpointsOf(world, world.withoutEndpoints, nowMs) } : {}),
    answers,
  }
}

function endpointsOf({ primary, target }: World, without: readonly Side[], nowMs: number): Endpoints {
  const count = (side: Side, workload: ModelWorkload | undefined) =>
    without.includes(side) ? 0 : readyPods(workload, nowMs)
  return { primary: count('primary', primary), canary: count('canary', target) }
}

/** The world after one action. */
export function applyAction(world: World, action: Action, nowMs: number): World {
  const { primary, target } = world
  switch (action.kind) {
    case 'ensurePart':
      return { ...world, parts: { ...world.parts, [action.part]: 'current' } }
    case 'createPrimary': {
      if (primary) return world
      const { template, config } = target
      const empty: ModelWorkload = { template, config, generation: 0, desired: 0, pods: [], changedAtMs: nowMs }
      return { ...world, primary: scaled(world, empty, 'primary', action.replicas, nowMs) }
    }
    case 'promote': {
      if (!primary || action.revision !== target.template) return world
      const rolled = retemplated(world, primary, 'primary', target, nowMs)
      return {
        ...world,
        primary: scaled(world, rolled, 'primary', Math.max(rolled.desired, action.minReplicas), nowMs),
      }
    }
    case 'scalePrimary':
      return primary ? { ...world, primary: scaled(world, primary, 'primary', action.replicas, nowMs) } : world
    case 'scaleTarget':
      return { ...world, target: scaled(world, target, 'target', action.replicas, nowMs) }
    case 'setRoutes': {
      const { primaryWeight, canaryWeight, mirrored } = action
      return { ...world, routes: { primaryWeight, canaryWeight, mirrored } }
    }
    case 'addFinalizer':
    case 'removeFinalizer': {
      const hasFinalizer = action.kind === 'addFinalizer'
      return {
        ...world,
        deletion: { ...world.deletion, hasFinalizer },
        isGone: world.deletion.isRequested && !hasFinalizer,
      }
    }
    case 'syncPrimaryScaler':
    case 'holdPrimaryFloor':
    case 'releasePrimaryFloor':
    case 'pauseTargetScaler':
    case 'resumeTargetScaler':
    case 'awaitDrain':
    case 'revertRouting':
      return world
  }
}

/** The world after somebody gave the target another revision. */
export function withRevision(world: World, revision: string, nowMs: number): World {
  const { config } = world.target
  return { ...world, target: retemplated(world, world.target, 'target', { template: revision, config }, nowMs) }
}

/** The world after somebody changed the target's ConfigMap; pods go on with what they have read. */
export function withConfig(world: World, config: string): World {
  return { ...world, target: { ...world.target, config } }
}

/** The world after finished rolling updates have removed what they replaced. */
export function settled(world: World, nowMs: number): World {
  return {
    ...world,
    target: withoutOldPods(world.target, nowMs),
    ...(world.primary ? { primary: withoutOldPods(world.primary, nowMs) } : {}),
  }
}

/** When something next happens by itself: a pod becomes ready, or a workload has been on its way for too long. */
export function nextEventAtMs(world: World, nowMs: number): number | undefined {
  const workloads = [world.target, ...(world.primary ? [world.primary] : [])]
  const times = workloads.flatMap(workload => [
    ...workload.pods.map(pod => pod.readyAtMs),
    workload.changedAtMs + world.pods.deadlineMs,
  ])
  const future = times.filter(time => Number.isFinite(time) && time > nowMs)
  return future.length > 0 ? Math.min(...future) : undefined
}

/** Pods of a workload that answer. */
export function readyPods(workload: ModelWorkload | undefined, nowMs: number): number {
  return workload?.pods.filter(pod => pod.readyAtMs <= nowMs).length ?? 0
}

function scaled(world: World, workload: ModelWorkload, side: 'target' | 'primary', replicas: number, nowMs: number) {
  if (replicas === workload.desired) return workload
  const { template, config, generation } = workload
  const current = workload.pods.filter(pod => pod.generation === generation)
  const readyAtMs = nowMs + world.pods.readyAfterMs(template, side)
  const added = Array(Math.max(0, replicas - current.length)).fill({ template, config, generation, readyAtMs })
  const old = replicas === 0 ? [] : workload.pods.filter(pod => pod.generation !== generation)
  return { ...workload, desired: replicas, pods: [...old, ...current.slice(0, replicas), ...added], changedAtMs: nowMs }
}

/** New pods come beside the old ones, which stay until the new ones are ready. */
function retemplated(
  world: World,
  workload: ModelWorkload,
  side: 'target' | 'primary',
  { template, config }: { readonly template: string; readonly config: string },
  nowMs: number,
) {
  if (template === workload.template && config === workload.config) return workload
  const generation = workload.generation + 1
  const readyAtMs = nowMs + world.pods.readyAfterMs(template, side)
  const fresh = Array(workload.desired).fill({ template, config, generation, readyAtMs })
  const ready = workload.pods.filter(pod => pod.readyAtMs <= nowMs)
  return { ...workload, template, config, generation, pods: [...ready, ...fresh], changedAtMs: nowMs }
}

function withoutOldPods(workload: ModelWorkload, nowMs: number): ModelWorkload {
  const current = workload.pods.filter(pod => pod.generation === workload.generation)
  const isRolled = current.every(pod => pod.readyAtMs <= nowMs)
  return isRolled && current.length < workload.pods.length ? { ...workload, pods: current } : workload
}

function workloadOf(world: World, workload: ModelWorkload, name: string, nowMs: number): Workload {
  const updated = workload.pods.filter(pod => pod.generation === workload.generation)
  const isRolling = updated.some(pod => pod.readyAtMs > nowMs) || updated.length < workload.pods.length
  const { kind } = world.spec.target
  return {
    kind,
    name,
    desiredReplicas: workload.desired,
    replicas: workload.pods.length,
    // A pod counts as updated when it is ready, as in a rolling update that goes pod by pod.
    updatedReplicas: kind === 'Deployment' ? updated.filter(pod => pod.readyAtMs <= nowMs).length : updated.length,
    availableReplicas: readyPods(workload, nowMs),
    isGenerationObserved: true,
    isDeadlineExceeded: isRolling && nowMs >= workload.changedAtMs + world.pods.deadlineMs,
  }
}

/** A pod's status from the states of its containers. Pure. */
import type { ContainerState, ContainerStatus, Pod } from '../../api/core/core-v1.ts'

type PodStatus = NonNullable<Pod['status']>
type PodCondition = NonNullable<PodStatus['conditions']>[number]

/** One container as it is now. */
export interface ContainerView {
  readonly name: string
  readonly image: string
  readonly state: ContainerState
  readonly lastState: ContainerState
  readonly restartCount: number
  readonly ready: boolean
  readonly started: boolean
  readonly containerID?: string
  /** Will not be started again. */
  readonly finished: boolean
  /** An init container that goes on running beside the others. */
  readonly isSidecar: boolean
}

/** What the status is made of. */
export interface PodFacts {
  readonly pod: Pod
  readonly init: readonly ContainerView[]
  readonly containers: readonly ContainerView[]
  readonly podIP: string
  readonly hostIP: string
  readonly startTime: string
  /** RFC 3339. */
  readonly now: string
}

/** The whole status, with the times of conditions that did not change kept. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, podIP, hostIP } = facts
  const phase = phaseOf(facts)
  return {
    phase,
    conditions: conditionsOf(facts, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: facts.startTime,
    ...(facts.init.length > 0 ? { initContainerStatuses: facts.init.map(view => statusOf(view)) } : {}),
    containerStatuses: facts.containers.map(view => statusOf(view)),
    qosClass: pod.status?.qosClass ?? 'BestEffort',
    ...(pod.metadata?.generation ? { observedGeneration: pod.metadata.generation } : {}),
  }
}

function phaseOf({ pod, init, containers }: PodFacts): NonNullable<PodStatus['phase']> {
  const failedInit = init.some(view => !view.isSidecar && view.finished && view.state.terminated?.exitCode !== 0)
  if (failedInit) return 'Failed'
  if (init.some(isPending)) return 'Pending'
  const done = containers.filter(view => view.finished)
  // Those that run beside the containers end after them.
  if (done.length === containers.length && init.every(view => view.finished)) {
    return done.every(view => view.state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
  }
  const everStarted = containers.every(view => view.state.running || view.state.terminated || view.restartCount > 0)
  return everStarted || pod.status?.phase === 'Running' ? 'Running' : 'Pending'
}

function conditionsOf(facts: PodFacts, phase: string): PodCondition[] {
  const { pod, init, containers, now } = facts
  const sidecars = init.filter(view => view.isSidecar)
  const unready = [...sidecars, ...containers].filter(view => !view.ready).map(view => view.name)
  const pendingInit = init.filter(isPending).map(view => view.name)
  const initialized = pendingInit.length === 0
  const over = phase === 'Succeeded' || phase === 'Failed'
  const ready = unready.length === 0 && !over
  const unreadyReason = over
    ? { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
  const wanted: readonly Omit<PodCondition, 'lastTransitionTime' | 'lastProbeTime'>[] = [
    { type: 'PodReadyToStartContainers', status: over ? 'False' : 'True' },
    initialized
      ? { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${pendingInit.join(' ')}]`,
        },
    ready ? { type: 'Ready', status: 'True' } : { type: 'Ready', status: 'False', ...unreadyReason },
    ready
      ? { type: 'ContainersReady', status: 'True' }
      : { type: 'ContainersReady', status: 'False', ...unreadyReason },
    { type: 'PodScheduled', status: 'True' },
  ]
  const before = pod.status?.conditions ?? []
  return wanted.map(condition => {
    const previous = before.find(candidate => candidate.type === condition.type)
    const kept = previous?.status === condition.status ? previous.lastTransitionTime : undefined
    return { ...condition, lastTransitionTime: kept ?? now }
  })
}

/** Whether an init container still holds back those that come after it. */
function isPending(view: ContainerView): boolean {
  return view.isSidecar ? !view.started && view.restartCount === 0 && !view.finished : !view.finished
}

function statusOf(view: ContainerView): ContainerStatus {
  return {
    name: view.name,
    image: view.image,
    imageID: view.containerID ? view.image : '',
    ...(view.containerID ? { containerID: view.containerID } : {}),
    state: view.state,
    lastState: view.lastState,
    ready: view.ready,
    started: view.started,
    restartCount: view.restartCount,
  }
}

/** The cells of pods: how far their containers got. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { ageOf, type Cells, isConditionTrue, nameOf, none, since } from './cell.ts'

/** The cells of a pod. */
export const podCells: Cells = (pod, now) => {
  const [spec, status] = [objectAt(pod, 'spec'), objectAt(pod, 'status')]
  const sidecars = objectsAt(spec, 'initContainers').filter(isSidecar)
  const progress = progressOf(pod)
  const total = objectsAt(spec, 'containers').length + sidecars.length
  return [
    nameOf(pod),
    `${progress.ready}/${total}`,
    deletionOf(pod) ?? progress.reason,
    restartsCell(progress.restarts, progress.lastRestart, now),
    ageOf(pod, now),
    stringAt(objectsAt(status, 'podIPs')[0], 'ip') || none,
    stringAt(spec, 'nodeName') || none,
    stringAt(status, 'nominatedNodeName') || none,
    gatesCell(spec, status),
  ]
}

/** How far the containers of a pod are. */
interface Progress {
  readonly ready: number
  /** What the pod is doing or what keeps it from it. */
  readonly reason: string
  readonly restarts: number
  /** When a container ended last before it was started again; '' for never. */
  readonly lastRestart: string
}

function progressOf(pod: JsonObject): Progress {
  const [spec, status] = [objectAt(pod, 'spec'), objectAt(pod, 'status')]
  const init = initProgress(spec, status)
  if (init.reason !== undefined && !isConditionTrue(status, 'Initialized')) {
    return { ready: init.ready, reason: init.reason, restarts: init.all.count, lastRestart: init.all.last }
  }
  const containers = objectsAt(status, 'containerStatuses')
  const restarts = countRestarts([...init.sidecars, ...containers])
  const running = containers.filter(container => container['ready'] === true && has(stateOf(container), 'running'))
  const reason = runningReason(
    containers,
    init.reason ?? phaseOf(status),
    running.length > 0,
    isConditionTrue(status, 'Ready'),
  )
  return { ready: init.ready + running.length, reason, restarts: restarts.count, lastRestart: restarts.last }
}

function phaseOf(status: JsonObject): string {
  const gated = objectsAt(status, 'conditions').some(
    condition => stringAt(condition, 'type') === 'PodScheduled' && stringAt(condition, 'reason') === 'SchedulingGated',
  )
  if (gated) return 'SchedulingGated'
  return stringAt(status, 'reason') || stringAt(status, 'phase')
}

/** Where the init containers are; no reason when all are done. */
function initProgress(spec: JsonObject, status: JsonObject) {
  const specs = new Map(objectsAt(spec, 'initContainers').map(container => [stringAt(container, 'name'), container]))
  const seen: JsonObject[] = []
  let ready = 0
  let reason: string | undefined
  for (const [i, container] of objectsAt(status, 'initContainerStatuses').entries()) {
    seen.push(container)
    const terminated = objectAt(stateOf(container), 'terminated')
    if (has(stateOf(container), 'terminated') && (numberAt(terminated, 'exitCode') ?? 0) === 0) continue
    const isRunning = isSidecar(specs.get(stringAt(container, 'name'))) && container['started'] === true
    if (isRunning) {
      if (container['ready'] === true) ready += 1
      continue
    }
    reason = initReason(container, i, specs.size)
    break
  }
  const sidecars = seen.filter(container => isSidecar(specs.get(stringAt(container, 'name'))))
  return { ready, reason, all: countRestarts(seen), sidecars }
}

function initReason(container: JsonObject, index: number, total: number): string {
  const state = stateOf(container)
  if (has(state, 'terminated')) return `Init:${endReason(objectAt(state, 'terminated'))}`
  const waiting = stringAt(objectAt(state, 'waiting'), 'reason')
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`
}

function endReason(terminated: JsonObject): string {
  const signal = numberAt(terminated, 'signal') ?? 0
  return (
    stringAt(terminated, 'reason') ||
    (signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}` : `Signal:${signal}`)
  )
}

// The first container decides, so the last one is looked at first.
function runningReason(containers: readonly JsonObject[], phase: string, runs: boolean, isReady: boolean): string {
  let reason = phase
  let failure = ''
  for (const container of containers.toReversed()) {
    const state = stateOf(container)
    const waiting = stringAt(objectAt(state, 'waiting'), 'reason')
    if (waiting !== '') reason = waiting
    else if (has(state, 'terminated')) {
      const terminated = objectAt(state, 'terminated')
      reason = endReason(terminated)
      if ((numberAt(terminated, 'exitCode') ?? 0) !== 0) failure = reason
    }
  }
  if (reason !== 'Completed') return reason
  if (runs && isReady) return 'Running'
  return failure || (runs ? 'NotReady' : reason)
}

function countRestarts(containers: readonly JsonObject[]): { readonly count: number; readonly last: string } {
  const ends = containers.map(container =>
    stringAt(objectAt(objectAt(container, 'lastState'), 'terminated'), 'finishedAt'),
  )
  return {
    count: containers.reduce((sum, container) => sum + (numberAt(container, 'restartCount') ?? 0), 0),
    last: ends.toSorted().at(-1) ?? '',
  }
}

function restartsCell(restarts: number, last: string, now: Date): string {
  return restarts === 0 || last === '' ? String(restarts) : `${restarts} (${since(last, now)} ago)`
}

function deletionOf(pod: JsonObject): string | undefined {
  const status = objectAt(pod, 'status')
  if (!has(objectAt(pod, 'metadata'), 'deletionTimestamp')) return undefined
  if (stringAt(status, 'reason') === 'NodeLost') return 'Unknown'
  return ['Failed', 'Succeeded'].includes(stringAt(status, 'phase')) ? undefined : 'Terminating'
}

function gatesCell(spec: JsonObject, status: JsonObject): string {
  const gates = objectsAt(spec, 'readinessGates').map(gate => stringAt(gate, 'conditionType'))
  if (gates.length === 0) return none
  return `${gates.filter(gate => isConditionTrue(status, gate)).length}/${gates.length}`
}

function stateOf(container: JsonObject): JsonObject {
  return objectAt(container, 'state')
}

function isSidecar(container: JsonObject | undefined): boolean {
  return container?.['restartPolicy'] === 'Always'
}

/** The conditions of a pod's row: whether it has run to its end. */
export function podRowConditions(pod: JsonObject): JsonObject[] {
  const phase = stringAt(objectAt(pod, 'status'), 'phase')
  if (phase !== 'Succeeded' && phase !== 'Failed') return []
  const message = phase === 'Failed' ? 'The pod failed.' : 'The pod has completed successfully.'
  return [{ type: 'Completed', status: 'True', reason: phase, message }]
}

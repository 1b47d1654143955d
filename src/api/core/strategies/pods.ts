/** What the server sets on pods. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts'
import { type Draft, each, ensure, has, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'

/** The quality of service that a pod's resources amount to. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** Gives a new pod its first status. */
export function preparePodStatus(pod: Draft): void {
  const spec = ensure(pod, 'spec')
  const status = ensure(pod, 'status')
  if (each(spec, 'schedulingGates').length > 0) {
    status['conditions'] = [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: null,
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]
  }
  status['qosClass'] = qosClassOf(spec)
}

/** Puts back what a status update of a pod does not write. */
export function preparePodStatusUpdate(pod: Draft, previous: JsonObject): void {
  const metadata = ensure(pod, 'metadata')
  const owners = objectAt(previous, 'metadata')['ownerReferences']
  if (owners === undefined) delete metadata['ownerReferences']
  else metadata['ownerReferences'] = owners
  const status = ensure(pod, 'status')
  const qosClass = stringAt(objectAt(previous, 'status'), 'qosClass')
  if (!has(status, 'qosClass') && qosClass !== '') status['qosClass'] = qosClass
}

const compute = ['cpu', 'memory']

/** Guaranteed: every container limits cpu and memory and requests as much. BestEffort: none says anything. */
export function qosClassOf(spec: JsonObject): QosClass {
  const [requests, limits] = [new Map<string, Quantity>(), new Map<string, Quantity>()]
  let isGuaranteed = true
  for (const container of [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')]) {
    const resources = objectAt(container, 'resources')
    add(requests, stringMapAt(resources, 'requests'))
    const limited = add(limits, stringMapAt(resources, 'limits'))
    if (limited < compute.length) isGuaranteed = false
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  for (const [name, requested] of requests) {
    const limit = limits.get(name)
    if (!limit || compareQuantities(limit, requested) !== 0) isGuaranteed = false
  }
  return isGuaranteed && requests.size === limits.size ? 'Guaranteed' : 'Burstable'
}

/** Adds what counts to the sums; gives how many amounts did. */
function add(sums: Map<string, Quantity>, amounts: Readonly<Record<string, string>>): number {
  let counted = 0
  for (const name of compute) {
    const amount = parseQuantity(amounts[name] ?? '0')
    if (!amount || amount.nanos <= 0n) continue
    const sum = sums.get(name)
    sums.set(name, sum ? addQuantities(sum, amount) : amount)
    counted += 1
  }
  return counted
}

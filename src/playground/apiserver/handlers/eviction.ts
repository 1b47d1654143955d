/** pods/eviction: deletes a pod unless a disruption budget forbids it now. */
import { PodDisruptionBudget } from '../../../api/core/policy-v1.ts'
import { selectsLabels } from '../../../apimachinery/labels.ts'
import { type ApiObject, asObject } from '../api-object.ts'
import { timestamp } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import { badRequest, StatusError, tooManyRequests } from '../status-error.ts'
import type { Entry } from '../store/entry.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { deleteEntry } from './delete.ts'
import type { DeleteOptions } from './delete-options.ts'
import { readWriteOptions } from './options.ts'
import { currentEntry } from './read.ts'
import { tableOf } from './write.ts'

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' } as const
const budgets = `${PodDisruptionBudget.group}/${PodDisruptionBudget.plural}`
const retryAfterSeconds = 10

/** POST of an eviction. */
export async function evict(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'CreateOptions')
  const eviction = await readObject(call, options, evictionKind, {
    decode: body => ({ object: asObject(body), unknownFields: [] }),
  })
  const { name } = eviction.metadata ?? {}
  if (name !== call.path.name) throw badRequest('name in URL does not match name in Eviction object')
  const pod = currentEntry(call)
  // dryRun is a list on the wire.
  const given = (eviction['deleteOptions'] ?? {}) as Omit<DeleteOptions, 'dryRun'> & {
    readonly dryRun?: readonly string[]
  }
  const dryRun = options.dryRun || (given.dryRun?.length ?? 0) > 0
  if (!isAlreadyDown(pod.object)) takeFromBudget(call, pod.object, dryRun)
  const marked = dryRun ? pod : markEvicted(call, pod)
  deleteEntry(call.server, call.resource, marked, { ...given, dryRun })
  await call.server.store.settled()
  return { code: 201, value: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}

interface PodStatus {
  readonly phase?: string
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

function statusOf(pod: ApiObject): PodStatus {
  return (pod['status'] ?? {}) as PodStatus
}

/** Whether deleting the pod disrupts nothing that is not disrupted already. */
function isAlreadyDown(pod: ApiObject): boolean {
  const { phase } = statusOf(pod)
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  )
}

function takeFromBudget(call: Call, pod: ApiObject, dryRun: boolean): void {
  const table = call.server.store.table(budgets)
  const found = table.list(call.path.namespace).filter(({ object }) => {
    const spec = object['spec'] as PodDisruptionBudget['spec']
    return selectsLabels(spec?.selector, pod.metadata.labels)
  })
  if (found.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    throw new StatusError(500, '', message)
  }
  const [budget] = found
  if (!budget) return
  const spec = budget.object['spec'] as PodDisruptionBudget['spec']
  const status = (budget.object['status'] ?? {}) as Partial<NonNullable<PodDisruptionBudget['status']>>
  const isReady = statusOf(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status
  if (!isReady && spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return
  if (!isReady && currentHealthy >= desiredHealthy && desiredHealthy > 0) return
  const { name = '' } = budget.object.metadata
  if ((status.observedGeneration ?? 0) < (budget.object.metadata.generation ?? 0)) {
    throw refusal(`The disruption budget ${name} is still being processed by the server.`)
  }
  if (disruptionsAllowed <= 0) {
    throw refusal(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    )
  }
  if (dryRun) return
  const disruptedPods = { ...status.disruptedPods, [call.path.name]: timestamp(call.server.clock) }
  const next = { ...budget.object, status: { ...status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods } }
  call.server.store.put(table, budget.key, next)
}

function refusal(why: string): StatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget."
  return tooManyRequests(message, retryAfterSeconds, [{ reason: 'DisruptionBudget', message: why }])
}

function markEvicted(call: Call, pod: Entry): Entry {
  const status = statusOf(pod.object)
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: timestamp(call.server.clock),
  }
  const conditions = [...(status.conditions ?? []).filter(({ type }) => type !== condition.type), condition]
  return call.server.store.put(tableOf(call), pod.key, { ...pod.object, status: { ...status, conditions } })
}

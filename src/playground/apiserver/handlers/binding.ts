/** pods/binding: assigns a pod to a node. */
import { asObject } from '../api-object.ts'
import { timestamp } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import { resourceSubject } from '../resources/served-resource.ts'
import { badRequest, conflict } from '../status-error.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { readWriteOptions } from './options.ts'
import { currentEntry } from './read.ts'
import { tableOf } from './write.ts'

const bindingKind = { group: '', version: 'v1', kind: 'Binding' } as const

/** POST of a binding. */
export async function bind(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'CreateOptions')
  const binding = await readObject(call, options, bindingKind, {
    decode: body => ({ object: asObject(body), unknownFields: [] }),
  })
  const { name, annotations, uid, resourceVersion } = binding.metadata ?? {}
  if (name !== call.path.name) throw badRequest('name in URL does not match name in Binding object')
  const target = binding['target'] as { readonly name?: string; readonly kind?: string } | undefined
  if (!target?.name) throw badRequest('target.name: Required value')
  if (target.kind && target.kind !== 'Node') {
    throw badRequest(
      `target.kind: Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`,
    )
  }
  const pod = currentEntry(call)
  const { object } = pod
  const spec = (object['spec'] ?? {}) as { readonly nodeName?: string }
  const refuse = (why: string) =>
    conflict({ ...resourceSubject(call.resource), name: 'pods/binding' }, call.path.name, why)
  if (uid && uid !== object.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`)
  if (resourceVersion && resourceVersion !== object.metadata.resourceVersion) {
    throw refuse(
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`,
    )
  }
  if (object.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`)
  if (!options.dryRun) {
    call.server.store.put(tableOf(call), pod.key, {
      ...object,
      metadata: {
        ...object.metadata,
        ...(annotations ? { annotations: { ...object.metadata.annotations, ...annotations } } : {}),
      },
      spec: { ...spec, nodeName: target.name },
      status: scheduledStatus(object['status'], timestamp(call.server.clock)),
    })
    await call.server.store.settled()
  }
  return { code: 201, value: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}

function scheduledStatus(status: unknown, now: string): object {
  const { conditions = [], ...rest } = (status ?? {}) as { readonly conditions?: readonly { readonly type: string }[] }
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now }
  return { ...rest, conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), scheduled] }
}

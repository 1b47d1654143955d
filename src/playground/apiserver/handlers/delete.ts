/** DELETE of one object and of collections. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import { type ApiObject, asJson, withMetadata } from '../api-object.ts'
import { rfc3339, type ServerContext, timestamp } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import { kindSubject, resourceSubject, type ServedResource } from '../resources/served-resource.ts'
import { conflict, forbiddenRequest, notFound } from '../status-error.ts'
import { Entry } from '../store/entry.ts'
import { type Call, keyOfCall } from './call.ts'
import { type DeleteOptions, readDeleteOptions } from './delete-options.ts'
import { finalizersForDeletion } from './gc-finalizers.ts'
import { presentList, presentObject } from './present.ts'
import { finishRemoval, isHeld } from './removal.ts'
import { compileSelection } from './selection.ts'
import { tableOf } from './write.ts'

// These keep a cluster usable and cannot be deleted (NamespaceLifecycle admission).
const immortalNamespaces = new Set(['default', 'kube-system', 'kube-public'])

/** DELETE of one object. */
export async function deleteOne(call: Call): Promise<Answer> {
  const options = await readDeleteOptions(call)
  const entry = tableOf(call).get(keyOfCall(call))
  if (!entry) throw notFound(resourceSubject(call.resource), call.path.name)
  warnOfOrphans(call, options)
  const result = deleteEntry(call.server, call.resource, entry, options)
  await call.server.store.settled()
  if (!result.deleted || call.resource.strategy.returnsDeletedObject) {
    // The older option asks to hear that the deletion goes on.
    const code = !result.deleted && options.orphanDependents === false ? 202 : 200
    return presentObject(call, result.entry, code)
  }
  const { name, uid } = result.entry.object.metadata
  const { group, plural } = call.resource
  return {
    code: 200,
    mediaType: call.form.mediaType,
    value: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, ...(group === '' ? {} : { group }), kind: plural, uid },
    },
  }
}

function warnOfOrphans(call: Call, options: DeleteOptions): void {
  const { group, plural } = call.resource
  if (group !== 'batch' || plural !== 'jobs') return
  if (options.propagationPolicy !== undefined || options.orphanDependents !== undefined) return
  call.warnings.push(
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  )
}

/** DELETE of a collection: every object that is selected, as far as it can be deleted. */
export async function deleteCollection(call: Call): Promise<Answer> {
  const options = await readDeleteOptions(call)
  const selection = compileSelection(call)
  const entries = tableOf(call)
    .list(call.path.namespace)
    .filter(entry => selection.matches(entry))
  for (const entry of entries) deleteEntry(call.server, call.resource, entry, options)
  await call.server.store.settled()
  return presentList(call, { entries }, call.server.store.revision)
}

/** What a deletion came to: the object is gone, or it stays with a deletionTimestamp until something finishes it. */
export interface Deletion {
  readonly deleted: boolean
  readonly entry: Entry
}

/** Deletes an object, or marks it as being deleted when finalizers, dependents or its own shutdown come first. */
export function deleteEntry(
  server: ServerContext,
  resource: ServedResource,
  entry: Entry,
  options: DeleteOptions,
): Deletion {
  const { object } = entry
  const table = server.store.table(resource.table)
  checkPreconditions(resource, object, options)
  refuseImmortal(resource, object)
  const grace = graceOf(resource, object, options)
  if (grace === 'pending') return { deleted: false, entry }
  const finalizers = finalizersForDeletion(resource, object, options)
  const marked = mark(
    server,
    withMetadata(object, { finalizers: finalizers.length > 0 ? finalizers : undefined }),
    grace,
  )
  const going = resource.strategy.startDeletion(marked, timestamp(server.clock))
  if (grace > 0 || isHeld(going)) {
    if (jsonEqual(asJson(going), asJson(object))) return { deleted: false, entry }
    const kept = options.dryRun
      ? new Entry(entry.key, entry.revision, going)
      : server.store.put(table, entry.key, going)
    return { deleted: false, entry: kept }
  }
  if (options.dryRun) return { deleted: true, entry }
  // Only objects that shut down on their own get to show when that was to end.
  const last = resource.strategy.gracePeriodSeconds(object, 0) === undefined ? object : marked
  return { deleted: true, entry: finishRemoval(server, table, entry, last) }
}

function checkPreconditions(resource: ServedResource, object: ApiObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const { name = '', uid: actualUid, resourceVersion: actualVersion } = object.metadata
  if (uid !== undefined && uid !== actualUid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${actualUid}). The object might have been deleted and then recreated`
    throw conflict(kindSubject(resource), name, why)
  }
  if (resourceVersion !== undefined && resourceVersion !== actualVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${actualVersion}). The object might have been modified`
    throw conflict(kindSubject(resource), name, why)
  }
}

/** The grace period of this deletion in seconds; `pending` when an earlier one ends no later. */
function graceOf(resource: ServedResource, object: ApiObject, options: DeleteOptions): number | 'pending' {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
  const requested = options.gracePeriodSeconds
  const seconds = resource.strategy.gracePeriodSeconds(object, requested)
  if (seconds === undefined) return 0
  if (deletionTimestamp === undefined) return seconds
  if (!deletionGracePeriodSeconds) return 0
  if (requested === undefined || requested >= deletionGracePeriodSeconds) return 'pending'
  return requested < 0 ? 1 : requested
}

/** The object as it is while it is being deleted. An earlier end stands. */
function mark(server: ServerContext, object: ApiObject, graceSeconds: number): ApiObject {
  const { deletionTimestamp, generation = 0 } = object.metadata
  const nowMs = server.clock.now().getTime()
  const end = rfc3339(new Date(nowMs + graceSeconds * 1000))
  const isFirst = deletionTimestamp === undefined
  return withMetadata(object, {
    deletionTimestamp: isFirst || end < deletionTimestamp ? end : deletionTimestamp,
    deletionGracePeriodSeconds: graceSeconds,
    ...(isFirst && generation > 0 ? { generation: generation + 1 } : {}),
  })
}

function isNamespace(resource: ServedResource): boolean {
  return resource.group === '' && resource.plural === 'namespaces'
}

function refuseImmortal(resource: ServedResource, object: ApiObject): void {
  const { name = '' } = object.metadata
  if (!isNamespace(resource) || !immortalNamespaces.has(name)) return
  throw forbiddenRequest(resourceSubject(resource), name, 'this namespace may not be deleted')
}

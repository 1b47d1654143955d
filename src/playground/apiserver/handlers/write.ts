/** Creating and replacing objects: the common path of POST, PUT, PATCH and of the subresources that write. */

import type { WritePart } from '../../../api/core/write-part.ts'
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import { admit } from '../admission.ts'
import { type ApiObject, asJson, withMetadata } from '../api-object.ts'
import { timestamp } from '../context.ts'
import { kindSubject, resourceSubject } from '../resources/served-resource.ts'
import {
  alreadyExists,
  badRequest,
  conflict,
  forbiddenRequest,
  generatedNameTaken,
  invalidObject,
  modifiedMessage,
  notFound,
  StatusError,
} from '../status-error.ts'
import { Entry } from '../store/entry.ts'
import type { Table } from '../store/table.ts'
import { completeBuiltIn, keepAdmitted } from './built-in-admission.ts'
import { type Call, objectKey } from './call.ts'
import { sameButForTimes } from './manage-fields.ts'
import { deletesWhenEmptied, finishRemoval } from './removal.ts'

/** The part of the object that a call's URL writes. */
export function partOf(call: Pick<Call, 'path'>): WritePart {
  const { subresource } = call.path
  return subresource === '' || subresource === 'status' ? subresource : 'other'
}

/** The table of a call's resource. */
export function tableOf(call: Pick<Call, 'server' | 'resource'>): Table {
  return call.server.store.table(call.resource.table)
}

/** The object without what only the server sets. */
export function withoutSystemFields(object: ApiObject): ApiObject {
  const { creationTimestamp, uid, deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
  const isClean = !creationTimestamp && !uid && !deletionTimestamp && deletionGracePeriodSeconds === undefined
  if (isClean && !('selfLink' in object.metadata)) return object
  return withMetadata(object, {
    selfLink: undefined,
    creationTimestamp: undefined,
    uid: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
  })
}

/** The object in the request's namespace. Throws 400 when it says that it is in another one. */
export function inNamespace(call: Pick<Call, 'resource' | 'path'>, object: ApiObject): ApiObject {
  const { namespace } = object.metadata
  const wanted = call.resource.namespaced ? call.path.namespace : ''
  if ((namespace ?? '') === wanted) return object
  if (namespace !== undefined && namespace !== '' && wanted !== '') {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return withMetadata(object, { namespace: wanted === '' ? undefined : wanted })
}

// names are tried this often before the server gives up (k8s.io/apiserver rest.Create since 1.30)
const generateAttempts = 8
// names.maxGeneratedNameLength of k8s.io/apiserver: 63 less the suffix
const maxGeneratedPrefix = 58

/** Stores a new object. `object` is in the request's version, decoded and with managedFields. */
export function createObject(call: Call, object: ApiObject, dryRun: boolean): Entry {
  const { server, resource } = call
  const named = withName(call, object)
  checkNamespace(call, named.metadata.name)
  const filled = withMetadata(named, {
    uid: server.newUid(),
    creationTimestamp: timestamp(server.clock),
    resourceVersion: undefined,
  })
  const { strategy } = resource
  const prepared = completeBuiltIn(server, resource, strategy.prepareForCreate(filled), undefined)
  const admitted = admit(server.admission, {
    kind: resource,
    operation: 'CREATE',
    subresource: '',
    object: prepared,
    dryRun,
  })
  refuseIfInvalid(call, admitted, strategy.validateCreate(admitted))
  call.warnings.push(...strategy.warnings(admitted, undefined))
  const table = tableOf(call)
  const name = admitted.metadata.name ?? ''
  const key = objectKey(resource, call.path.namespace, name)
  if (object.metadata.resourceVersion && object.metadata.resourceVersion !== '0') {
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created')
  }
  const existing = table.get(key)
  if (existing) {
    throw object.metadata.name
      ? alreadyExists(resourceSubject(resource), name, existing.object.metadata.deletionTimestamp !== undefined)
      : generatedNameTaken(resourceSubject(resource), name)
  }
  const stored = strategy.toStorage(admitted)
  return dryRun ? new Entry(key, 0, stored) : server.store.put(table, key, stored)
}

function withName(call: Call, object: ApiObject): ApiObject {
  const { name, generateName } = object.metadata
  if (name || !generateName) return object
  const table = tableOf(call)
  const prefix = generateName.slice(0, maxGeneratedPrefix)
  let generated = ''
  for (let attempt = 0; attempt < generateAttempts; attempt++) {
    generated = `${prefix}${call.server.newSuffix()}`
    if (!table.get(objectKey(call.resource, call.path.namespace, generated))) break
  }
  return withMetadata(object, { name: generated })
}

/** Throws 404 for a namespace that is not there and 403 for one that is going away. */
export function checkNamespace(call: Call, name = call.path.name): void {
  const { resource, path, server } = call
  if (!resource.namespaced) return
  const namespace = server.store.table('/namespaces').get(path.namespace)
  if (!namespace) throw notFound({ group: '', name: 'namespaces' }, path.namespace)
  if (namespace.object.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${path.namespace} because it is being terminated`
  const error = forbiddenRequest(resourceSubject(resource), name, why)
  const details = {
    ...error.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${path.namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  }
  Object.assign(error, { status: { ...error.status, details } })
  throw error
}

function refuseIfInvalid(call: Call, object: ApiObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(kindSubject(call.resource), object.metadata.name ?? '', errors)
}

/** What came of an update. */
export interface Updated {
  readonly entry: Entry
  readonly created: boolean
}

/**
 * Replaces `current` by `next`, both in the request's version; `next` has managedFields. A state that says nothing new
 * is not stored. The last finalizer of an object that is being deleted takes the object with it.
 */
export function updateObject(call: Call, current: Entry, next: ApiObject, dryRun: boolean): Updated {
  const { server, resource } = call
  const { strategy } = resource
  const part = partOf(call)
  const previous = strategy.fromStorage(current.object)
  checkVersion(call, current, next)
  const located = inNamespace(call, next)
  const withGeneration = withMetadata(located, {
    generation: previous.metadata.generation,
    resourceVersion: current.object.metadata.resourceVersion,
  })
  const given = part === '' ? keepAdmitted(resource, withGeneration, previous) : withGeneration
  const versioned = keepSystemFields(strategy.prepareForUpdate(given, previous, part), previous)
  const prepared = part === '' ? completeBuiltIn(server, resource, versioned, previous) : versioned
  const admitted = admit(server.admission, {
    kind: resource,
    operation: 'UPDATE',
    subresource: call.path.subresource,
    object: prepared,
    oldObject: previous,
    dryRun,
  })
  refuseIfInvalid(call, admitted, strategy.validateUpdate(admitted, previous, part))
  call.warnings.push(...strategy.warnings(admitted, previous))
  const settled = sameButForTimes(admitted, previous)
    ? withMetadata(admitted, { managedFields: previous.metadata.managedFields })
    : admitted
  const stored = strategy.toStorage(settled)
  const table = tableOf(call)
  if (deletesWhenEmptied(stored, current.object)) {
    if (!dryRun) finishRemoval(server, table, current, stored)
    return { entry: new Entry(current.key, current.revision, stored), created: false }
  }
  if (jsonEqual(asJson(stored), asJson(current.object))) return { entry: current, created: false }
  const entry = dryRun ? new Entry(current.key, current.revision, stored) : server.store.put(table, current.key, stored)
  return { entry, created: false }
}

function checkVersion(call: Call, current: Entry, next: ApiObject): void {
  const { resource } = call
  const name = call.path.name
  const { uid, resourceVersion } = next.metadata
  // A patch of the uid fails as any change of what cannot change.
  if (uid && uid !== current.object.metadata.uid && call.request.method !== 'PATCH') {
    const problem = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.object.metadata.uid}`
    const why = `StorageError: invalid object, Code: 4, Key: ${registryKey(call)}, ResourceVersion: 0, AdditionalErrorMsg: ${problem}`
    throw conflict(resourceSubject(resource), name, why)
  }
  if (!resourceVersion || resourceVersion === '0') {
    if (resource.strategy.unconditionalUpdate) return
    const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalidObject(resourceSubject(resource), name, [error])
  }
  if (!/^[0-9]+$/.test(resourceVersion)) {
    throw new StatusError(500, '', `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`)
  }
  if (resourceVersion !== current.object.metadata.resourceVersion) {
    throw conflict(resourceSubject(resource), name, modifiedMessage)
  }
}

/** Where the real server keeps the object in etcd; some of its messages show it. */
function registryKey({ resource, path }: Call): string {
  const collection = resource.custom ? `${resource.group}/${resource.plural}` : resource.plural
  return `/registry/${[collection, path.namespace, path.name].filter(part => part !== '').join('/')}`
}

/** What an update can never change; a uid that was given stays, for the validation to refuse. */
function keepSystemFields(next: ApiObject, previous: ApiObject): ApiObject {
  const kept = previous.metadata
  return withMetadata(next, {
    uid: next.metadata.uid || kept.uid,
    creationTimestamp: kept.creationTimestamp,
    deletionTimestamp: kept.deletionTimestamp,
    deletionGracePeriodSeconds: kept.deletionGracePeriodSeconds,
  })
}

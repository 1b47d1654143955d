/** Finalizers: what keeps an object until its controller has cleaned up. */
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import type { Client } from './client.ts'
import { refOf } from './object-store.ts'

type Patcher = Pick<Client, 'patch'>

/** Whether the object bears the finalizer. */
export function hasFinalizer(object: KubernetesObject, finalizer: string): boolean {
  return object.metadata?.finalizers?.includes(finalizer) ?? false
}

/** Whether somebody has asked for the object's deletion. */
export function isBeingDeleted(object: KubernetesObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined
}

/**
 * Adds the finalizer and returns the object with it; as it is, where it has it already.
 * @throws ApiError 409 where the object has changed since it was read: come back with the new one
 */
export async function addFinalizer<T extends KubernetesObject>(
  client: Patcher,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  if (hasFinalizer(object, finalizer)) return object
  return setFinalizers(client, type, object, [...(object.metadata?.finalizers ?? []), finalizer], signal)
}

/**
 * Removes the finalizer and returns the object without it. If it was the last one of an object being deleted, the
 * object is gone afterwards.
 * @throws ApiError 409 where the object has changed since it was read: come back with the new one
 */
export async function removeFinalizer<T extends KubernetesObject>(
  client: Patcher,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  if (!hasFinalizer(object, finalizer)) return object
  const left = (object.metadata?.finalizers ?? []).filter(name => name !== finalizer)
  return setFinalizers(client, type, object, left, signal)
}

/** A merge patch replaces the whole list, so it must not run over what others have added: hence the version. */
function setFinalizers<T extends KubernetesObject>(
  client: Patcher,
  type: ResourceType<T>,
  object: T,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<T> {
  const { resourceVersion = '' } = object.metadata ?? {}
  const body = { metadata: { resourceVersion, finalizers } }
  return client.patch(type, refOf(object), { type: 'merge', body }, { signal })
}

/**
 * Who owns the number of replicas when it is written through `scale`: that URL shows a Scale, whose `spec.replicas`
 * stands for a field of the object.
 */
import type { ManagedFieldsEntry } from '../meta.ts'
import { difference, type FieldPath, fieldSetOf, hasPath, isEmptySet } from './field-set.ts'
import { encodeManagers, type Ownership, readManagers } from './managers.ts'

/** Where the replicas stand in the object, by its `apiVersion`. A path of path elements: `['f:spec', 'f:replicas']`. */
export type ReplicasPaths = Readonly<Record<string, FieldPath>>

const scaleApiVersion = 'autoscaling/v1'
const replicasInScale = ['f:spec', 'f:replicas']

/** The managedFields of the Scale of an object: those of its owners that own the replicas. */
export function scaleRecord(
  record: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
): readonly ManagedFieldsEntry[] | undefined {
  const fields = fieldSetOf([replicasInScale])
  const owners = [...readManagers(record)]
    .filter(([, owner]) => hasPath(owner.fields, paths[owner.apiVersion] ?? []))
    .map(([key, owner]) => [key, { ...owner, apiVersion: scaleApiVersion, fields }] as const)
  return encodeManagers(new Map(owners))
}

/**
 * The managedFields of the object after its Scale was written, from those it had and those of the written Scale.
 * `apiVersion` is the one in which the object is served.
 */
export function recordAfterScale(
  record: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
  apiVersion: string,
): readonly ManagedFieldsEntry[] | undefined {
  const inScale = new Map([...readManagers(scale).values()].map(owner => [identity(owner), owner]))
  const result = new Map<string, Ownership>()
  for (const owner of readManagers(record).values()) {
    const path = paths[owner.apiVersion]
    if (!path) continue
    const key = identity(owner)
    if (!hasPath(owner.fields, path) || inScale.delete(key)) {
      result.set(key, owner)
      continue
    }
    // Someone took the replicas away from this owner.
    const fields = difference(owner.fields, fieldSetOf([path]))
    if (!isEmptySet(fields)) result.set(key, { ...owner, fields })
  }
  const path = paths[apiVersion]
  for (const [key, { time: _, ...owner }] of inScale) {
    // The real server loses the time on the way, and clients may compare.
    if (path && hasPath(owner.fields, replicasInScale)) {
      result.set(key, { ...owner, apiVersion, fields: fieldSetOf([path]) })
    }
  }
  return encodeManagers(result)
}

/** The same owner in the object and in its Scale, which are of different versions. */
function identity({ manager, operation, subresource }: Ownership): string {
  return JSON.stringify([manager, operation, subresource])
}

/** Owner references that stand twice are dropped, with a warning. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json, OwnerReference } from '../../../apimachinery/meta.ts'
import { type ApiObject, withMetadata } from '../api-object.ts'
import type { Call } from './call.ts'

/** The object with each owner once; tells the caller what was dropped. */
export function withoutDuplicateOwners(call: Call, object: ApiObject): ApiObject {
  const owners = object.metadata.ownerReferences
  if (!owners || owners.length < 2) return object
  const kept: OwnerReference[] = []
  const dropped: string[] = []
  for (const owner of owners) {
    // Owner references are JSON.
    const isKnown = kept.some(other => jsonEqual(other as unknown as Json, owner as unknown as Json))
    if (isKnown) dropped.push(owner.uid)
    else kept.push(owner)
  }
  if (dropped.length === 0) return object
  call.warnings.push(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped.join(', ')}`,
  )
  return withMetadata(object, { ownerReferences: kept })
}

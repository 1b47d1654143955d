/** meta/v1 Table: objects as rows of cells, as kubectl shows them. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import type { ApiObject } from '../api-object.ts'
import { badRequest } from '../status-error.ts'
import type { Call } from './call.ts'
import { partialMetadata } from './metadata-only.ts'

/** A table of objects in the version of the call's resource. */
export function tableOfObjects(call: Call, objects: readonly ApiObject[], metadata: object): object {
  const { resource, form, server } = call
  const include = call.query.get('includeObject') || 'Metadata'
  if (!['Metadata', 'Object', 'None'].includes(include)) {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`)
  }
  const nowMs = server.clock.now().getTime()
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata,
    columnDefinitions: resource.strategy.columns,
    rows: objects.map(object => ({
      cells: resource.strategy.cells(object, nowMs),
      ...conditionsOf(resource.strategy.rowConditions?.(object) ?? []),
      object: include === 'None' ? null : include === 'Object' ? object : partialMetadata(object, form.version),
    })),
  }
}

// The real server leaves the list out where it is empty.
function conditionsOf(conditions: readonly JsonObject[]): { readonly conditions?: readonly JsonObject[] } {
  return conditions.length > 0 ? { conditions } : {}
}

/** The moment at which an object really goes. */
import type { ApiObject } from '../api-object.ts'
import type { ServerContext } from '../context.ts'
import type { Entry } from '../store/entry.ts'
import type { Table } from '../store/table.ts'

/** Whether an update takes away the last thing that kept an object that is being deleted. */
export function deletesWhenEmptied(next: ApiObject, previous: ApiObject): boolean {
  if (previous.metadata.deletionTimestamp === undefined || isHeld(next)) return false
  return (previous.metadata.deletionGracePeriodSeconds ?? 0) === 0
}

/** Whether finalizers keep the object. */
export function isHeld(object: ApiObject): boolean {
  return (object.metadata.finalizers?.length ?? 0) > 0 || hasNamespaceFinalizers(object)
}

/** Namespaces are kept by finalizers in their spec as well. */
function hasNamespaceFinalizers(object: ApiObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false
  const spec = object['spec'] as { readonly finalizers?: readonly string[] } | undefined
  return (spec?.finalizers?.length ?? 0) > 0
}

/** Takes the object out of its table; `last` is the state that watches get to see. */
export function finishRemoval(server: ServerContext, table: Table, current: Entry, last: ApiObject): Entry {
  return server.store.remove(table, current, last)
}

/** The URLs of the Kubernetes API. */
import type { ObjectRef, ResourceType } from '../apimachinery/meta.ts'

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** The path of all objects of a type, or of those in one namespace. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const inside = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${inside}/${type.plural}`
}

/**
 * The path of one object, or of one of its subresources.
 * @throws Error where the name is empty, or the kind is namespaced and no namespace is given: the request would
 * otherwise mean the whole collection
 */
export function objectPath(type: ResourceType, ref: ObjectRef, subresource?: string): string {
  if (!ref.name) throw new Error(`a request for one ${type.kind} needs a name`)
  if (type.namespaced && !ref.namespace) throw new Error(`a request for ${type.kind} ${ref.name} needs a namespace`)
  const path = `${collectionPath(type, ref.namespace)}/${encodeURIComponent(ref.name)}`
  return subresource ? `${path}/${subresource}` : path
}

/** `path?a=b`, or `path` alone where nothing is asked. */
export function withQuery(path: string, query: Query): string {
  let params: URLSearchParams | undefined
  for (const name in query) {
    const value = query[name]
    if (value === undefined) continue
    // Most writes ask for nothing.
    params ??= new URLSearchParams()
    params.set(name, String(value))
  }
  return params ? `${path}?${params}` : path
}

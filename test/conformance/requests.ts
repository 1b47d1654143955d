/** Requests and objects of the cases, put together from smaller ones. */
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import type { Exchange } from './case.ts'
import { collectionOf } from './context.ts'

/** Creates the object. */
export function create(object: JsonObject): Exchange {
  return { line: `POST ${collectionOf(object)}`, body: object }
}

/** Merges the patch into the object, or into one of its subresources. */
export function merge(object: JsonObject, patch: JsonObject, subresource?: 'status' | 'scale'): Exchange {
  return {
    line: `PATCH ${pathOf(object)}${subresource ? `/${subresource}` : ''}`,
    body: patch,
    headers: { 'content-type': 'application/merge-patch+json' },
  }
}

/** The path of the object itself. */
export function pathOf(object: JsonObject): string {
  // Every object that a case addresses has a name.
  return `${collectionOf(object)}/${(object['metadata'] as JsonObject)['name']}`
}

/** The object with more metadata. */
export function withMetadata(object: JsonObject, metadata: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), ...metadata } }
}

/** The object with more in its spec. */
export function withSpec(object: JsonObject, spec: JsonObject): JsonObject {
  return { ...object, spec: { ...(object['spec'] as JsonObject), ...spec } }
}

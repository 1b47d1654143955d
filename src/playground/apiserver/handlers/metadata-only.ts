/** meta/v1 PartialObjectMetadata: objects for those who need no more than their metadata. */
import type { ApiObject } from '../api-object.ts'

/** The metadata of an object; `version` is that of meta.k8s.io. */
export function partialMetadata(object: ApiObject, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}

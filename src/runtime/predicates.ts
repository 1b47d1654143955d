/** Which changes are worth a reconcile, and whom they concern. */

import { jsonEqual } from '../apimachinery/json.ts'
import { apiVersionOf, type KubernetesObject, keyOf, type ResourceType } from '../apimachinery/meta.ts'
import type { ObjectEvent } from './controller.ts'

type Predicate = (event: ObjectEvent<KubernetesObject>) => boolean

/** The spec has changed, or the object came, goes or is going: not its status or labels alone. */
export const generationChanged: Predicate = event =>
  event.type !== 'updated' ||
  event.object.metadata?.generation !== event.previous.metadata?.generation ||
  event.object.metadata?.deletionTimestamp !== event.previous.metadata?.deletionTimestamp

/** Labels have changed, or the object came or went. */
export const labelsChanged: Predicate = event =>
  event.type !== 'updated' || !jsonEqual(event.object.metadata?.labels, event.previous.metadata?.labels)

/** Annotations have changed, or the object came or went. */
export const annotationsChanged: Predicate = event =>
  event.type !== 'updated' || !jsonEqual(event.object.metadata?.annotations, event.previous.metadata?.annotations)

/** At least one of `predicates` says yes. */
export function anyOf(...predicates: readonly Predicate[]): Predicate {
  return event => predicates.some(accepts => accepts(event))
}

/** The key of the object's controlling owner of that type, in the object's own namespace; or none. */
export function controllerOwnerKeys(owner: ResourceType): (event: ObjectEvent<KubernetesObject>) => string[] {
  return ({ object }) =>
    (object.metadata?.ownerReferences ?? [])
      .filter(
        ref => ref.controller && ref.kind === owner.kind && groupOf(ref.apiVersion) === groupOf(apiVersionOf(owner)),
      )
      .map(ref => keyOf({ name: ref.name, namespace: owner.namespaced ? object.metadata?.namespace : undefined }))
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}

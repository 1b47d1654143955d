/** What the real server's admission plugins and allocators do to new and changed objects of built-in kinds. */
import { admitPod, admitPodUpdate } from '../../../api/core/strategies/pod-admission.ts'
import { allocateService } from '../../../api/core/strategies/service-addresses.ts'
import { type ApiObject, asJson, asObject } from '../api-object.ts'
import type { ServerContext } from '../context.ts'
import { kindSubject, resourceSubject, type ServedResource } from '../resources/served-resource.ts'
import { forbiddenRequest, invalidObject } from '../status-error.ts'

/** The object with what the server allots to it: a pod's priority, a service's addresses. Throws 403 and 422. */
export function completeBuiltIn(
  server: ServerContext,
  resource: ServedResource,
  object: ApiObject,
  previous: ApiObject | undefined,
): ApiObject {
  if (resource.table === '/services') return withAddresses(server, resource, object, previous)
  if (resource.table === '/pods' && !previous) return withPriority(server, resource, object)
  return object
}

/** What an update leaves out of what admission gave the object. Comes first: it must not count as a change. */
export function keepAdmitted(resource: ServedResource, object: ApiObject, previous: ApiObject): ApiObject {
  return resource.table === '/pods' ? asObject(admitPodUpdate(asJson(object), asJson(previous))) : object
}

function withAddresses(
  server: ServerContext,
  resource: ServedResource,
  object: ApiObject,
  previous: ApiObject | undefined,
): ApiObject {
  const { service, errors } = allocateService(asJson(object), server.serviceAddresses, previous && asJson(previous))
  if (errors.length > 0) throw invalidObject(kindSubject(resource), object.metadata.name ?? '', errors)
  return asObject(service)
}

function withPriority(server: ServerContext, resource: ServedResource, object: ApiObject): ApiObject {
  const classes = server.store.table('scheduling.k8s.io/priorityclasses')
  const admission = admitPod(asJson(object), name => {
    const found =
      name === '' ? [...classes.entries()].find(entry => entry.object['globalDefault'] === true) : classes.get(name)
    if (!found) return undefined
    const { value, preemptionPolicy } = found.object as { readonly value?: number; readonly preemptionPolicy?: string }
    return { value: value ?? 0, preemptionPolicy: preemptionPolicy ?? 'PreemptLowerPriority' }
  })
  if ('pod' in admission) return asObject(admission.pod)
  throw forbiddenRequest(resourceSubject(resource), object.metadata.name ?? '', admission.forbidden)
}

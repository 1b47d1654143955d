/** POST and PUT of objects. */
import type { Answer } from '../http/answer.ts'
import { resourceSubject } from '../resources/served-resource.ts'
import { badRequest, notFound } from '../status-error.ts'
import { type Call, keyOfCall } from './call.ts'
import { readObject } from './decode.ts'
import { withManagedFields } from './manage-fields.ts'
import { readWriteOptions } from './options.ts'
import { withoutDuplicateOwners } from './owner-references.ts'
import { presentObject } from './present.ts'
import { createObject, inNamespace, tableOf, updateObject, withoutSystemFields } from './write.ts'

/** POST to a collection. */
export async function create(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'CreateOptions')
  await call.resource.strategy.load()
  const body = await readObject(call, options)
  const object = inNamespace(call, withoutDuplicateOwners(call, withoutSystemFields(body)))
  const managed = withManagedFields(call, undefined, object, options.manager)
  const entry = createObject(call, managed, options.dryRun)
  await call.server.store.settled()
  return presentObject(call, entry, 201)
}

/** PUT of an object or of its status. */
export async function update(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'UpdateOptions')
  await call.resource.strategy.load()
  const body = await readObject(call, options)
  inNamespace(call, body)
  checkName(call, body.metadata)
  const object = withoutDuplicateOwners(call, body)
  const current = tableOf(call).get(keyOfCall(call))
  if (!current) {
    if (!call.resource.strategy.createsOnUpdate || call.path.subresource !== '') {
      throw notFound(resourceSubject(call.resource), call.path.name)
    }
    const fresh = inNamespace(call, withoutSystemFields(object))
    const entry = createObject(call, withManagedFields(call, undefined, fresh, options.manager), options.dryRun)
    await call.server.store.settled()
    return presentObject(call, entry, 201)
  }
  const previous = call.resource.strategy.fromStorage(current.object)
  const next = withManagedFields(call, previous, object, options.manager)
  const { entry } = updateObject(call, current, next, options.dryRun)
  await call.server.store.settled()
  return presentObject(call, entry, 200)
}

/** Throws 400 when the object has another name or namespace than the URL. */
export function checkName(call: Call, metadata: { readonly name?: string; readonly namespace?: string }): void {
  const { name, namespace } = call.path
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (namespace !== '' && metadata.namespace && metadata.namespace !== namespace) {
    const given = metadata.namespace
    throw badRequest(
      `the namespace of the object (${given}) does not match the namespace on the request (${namespace})`,
    )
  }
}

/** What a caller may do to the rollouts of a namespace, as the cluster's own authorizer says. */
import { SelfSubjectAccessReview } from '../api/core/authorization-v1.ts'
import { Canary } from '../api/flagger/v1beta1.ts'
import type { Client } from '../runtime/client.ts'
import { type ActionName, actionNames, type Permissions } from './wire.ts'

/** What of the Canary each action writes; src/dashboard/actions.ts. */
const writes: Readonly<Record<ActionName, '' | 'status'>> = {
  pause: '',
  resume: '',
  promote: 'status',
  abort: 'status',
  retry: 'status',
}

/** Asks for each action. Throws ApiError as the API answers, such as 401 for a token that it does not know. */
export async function fetchPermissions(client: Client, namespace: string, signal: AbortSignal): Promise<Permissions> {
  const mayPatch = async (subresource: string) => {
    const attributes = { group: Canary.group, resource: Canary.plural, namespace, verb: 'patch' }
    const review = await client.create(
      SelfSubjectAccessReview,
      { spec: { resourceAttributes: { ...attributes, ...(subresource ? { subresource } : {}) } } },
      { signal },
    )
    return review.status?.allowed ?? false
  }
  const [spec, status] = await Promise.all([mayPatch(''), mayPatch('status')])
  const refused = actionNames.flatMap(action => {
    const where = writes[action]
    if (where === '' ? spec : status) return []
    const resource = where === '' ? Canary.plural : `${Canary.plural}/${where}`
    return [[action, `You may not patch ${resource} in ${namespace}.`] as const]
  })
  return { refused: Object.fromEntries(refused) }
}

/** From the kind of a manifest to the URLs of its API, by discovery. */
import { apiVersionOf, type ResourceType } from '../../apimachinery/meta.ts'
import { ApiError, type Client } from '../../runtime/client.ts'

/** Knows the kinds of one cluster. */
export interface ResourceMapper {
  /** The type; undefined where the cluster does not serve it. What is not there is asked for again each time. */
  typeOf(apiVersion: string, kind: string, signal: AbortSignal): Promise<ResourceType | undefined>
  /** The type in the version that the cluster prefers of those it serves; undefined where there is none. */
  preferredTypeOf(group: string, kind: string, signal: AbortSignal): Promise<ResourceType | undefined>
}

interface ApiResource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

/** A mapper that knows nothing yet. */
export function newResourceMapper(client: Pick<Client, 'request'>): ResourceMapper {
  const known = new Map<string, readonly ApiResource[]>()

  async function discover(apiVersion: string, signal: AbortSignal): Promise<readonly ApiResource[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const answer = await orNothing(() => client.request('GET', path, { signal }))
    const resources = (answer as { resources?: ApiResource[] } | undefined)?.resources ?? [] // APIResourceList
    const types = resources.filter(({ name }) => !name.includes('/'))
    if (types.length > 0) known.set(apiVersion, types)
    return types
  }

  async function typeOf(apiVersion: string, kind: string, signal: AbortSignal): Promise<ResourceType | undefined> {
    const isKind = (resource: ApiResource) => resource.kind === kind
    const found = known.get(apiVersion)?.find(isKind) ?? (await discover(apiVersion, signal)).find(isKind)
    if (!found) return undefined
    const [first = '', second] = apiVersion.split('/')
    const { name: plural, namespaced } = found
    return second === undefined
      ? { group: '', version: first, kind, plural, namespaced }
      : { group: first, version: second, kind, plural, namespaced }
  }

  return {
    typeOf,
    async preferredTypeOf(group, kind, signal) {
      if (group === '') return typeOf('v1', kind, signal)
      const answer = await orNothing(() => client.request('GET', `/apis/${group}`, { signal }))
      const versions = (answer as { versions?: { version: string }[] } | undefined)?.versions ?? [] // APIGroup
      for (const { version } of versions) {
        const type = await typeOf(apiVersionOf({ group, version }), kind, signal)
        if (type) return type
      }
      return undefined
    },
  }
}

async function orNothing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined
    throw error
  }
}

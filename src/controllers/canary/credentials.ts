/** Values of Secrets that metric templates and alert providers name. */
import { Secret } from '../../api/core/core-v1.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'
import { newLruMap } from '../../runtime/lru-map.ts'

/** Reads Secrets; one that has not changed is fetched once. */
export interface Credentials {
  /** The decoded values. @throws ApiError where the Secret cannot be read */
  fetch(namespace: string, name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>
}

const maxSecrets = 200

/** Nothing read yet. The cache of Secrets has no contents, but tells when they change. */
export function newCredentials(view: ClusterView): Credentials {
  const known = newLruMap<string, { readonly version: string; readonly values: Readonly<Record<string, string>> }>(
    maxSecrets,
  )
  return {
    async fetch(namespace, name, signal) {
      const key = `${namespace}/${name}`
      if (!view.isOpen(Secret, namespace)) {
        throw new Error(`Secrets of ${namespace} are not open to the engine: the Secret ${name} cannot be read`)
      }
      const version = view.get(Secret, { namespace, name })?.metadata?.resourceVersion ?? ''
      const existing = known.get(key)
      if (existing && version !== '' && existing.version === version) return existing.values
      const secret = await view.client.fetch(Secret, { namespace, name }, { signal })
      const values = Object.fromEntries(
        Object.entries(secret.data ?? {}).map(([entry, value]) => [
          entry,
          Buffer.from(value, 'base64').toString('utf8'),
        ]),
      )
      known.set(key, { version: secret.metadata?.resourceVersion ?? '', values })
      return values
    },
  }
}

/** Reading the Secrets and ConfigMaps that Flux's objects name. */
import { ConfigMap, Secret } from '../api/core/core-v1.ts'
import type { Client } from '../runtime/client.ts'
import { isNotFound } from '../runtime/client.ts'

/** The decoded entries of a Secret; undefined where there is none. */
export async function fetchSecretData(
  client: Pick<Client, 'fetch'>,
  ref: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const { data = {} } = await client.fetch(Secret, ref, { signal })
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value ?? '', 'base64').toString('utf8')]),
    )
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The entries of a ConfigMap or Secret; undefined where there is none. */
export async function fetchEntries(
  client: Pick<Client, 'fetch'>,
  kind: 'ConfigMap' | 'Secret',
  ref: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (kind === 'Secret') return fetchSecretData(client, ref, signal)
  try {
    return (await client.fetch(ConfigMap, ref, { signal })).data ?? {}
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

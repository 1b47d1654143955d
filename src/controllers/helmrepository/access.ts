/** What a HelmRepository's Secrets say about how to reach it. */
import type { HelmRepository } from '../../api/source/v1.ts'
import type { Client } from '../../runtime/client.ts'
import { ChartError } from '../../sync/helm/errors.ts'
import { type HttpTrust, tlsTrust } from '../../sync/http-access.ts'
import { refusalOf, refusedInHelmRepository } from '../../sync/refused-fields.ts'
import { fetchSecretData } from '../../sync/secrets.ts'

/** Who to be and whom to trust. */
export interface HelmRepositoryAccess {
  readonly secret?: Readonly<Record<string, string>>
  readonly trust: HttpTrust
}

/** Reads them. @throws ChartError where one is not there, or the repository asks for a cloud's own logins */
export async function fetchAccess(
  client: Client,
  repository: HelmRepository,
  signal: AbortSignal,
): Promise<HelmRepositoryAccess> {
  const { secretRef, certSecretRef, insecure, type } = repository.spec
  const refusal = refusalOf(refusedInHelmRepository, repository)
  if (refusal) throw new ChartError(refusal.reason, refusal.message, { stalled: true })
  const read = async (name: string | undefined, what: string) => {
    if (!name) return undefined
    const { namespace = '' } = repository.metadata ?? {}
    const data = await fetchSecretData(client, { namespace, name }, signal)
    if (data) return data
    const why = `secrets ${JSON.stringify(name)} not found`
    throw new ChartError('AuthenticationFailed', `failed to get ${what} secret '${namespace}/${name}': ${why}`)
  }
  const secret = await read(secretRef?.name, 'authentication')
  const certificates = await read(certSecretRef?.name, 'TLS')
  const { namespace } = repository.metadata ?? {}
  for (const [given, missing] of [
    ['username', 'password'],
    ['password', 'username'],
  ] as const) {
    if (secret?.[given] === undefined || secret[missing] !== undefined) continue
    const what = `secret '${namespace}/${secretRef?.name}': malformed basic auth`
    throw new ChartError('AuthenticationFailed', `${what} - has '${given}' but missing '${missing}'`)
  }
  // Older objects have their certificates in the Secret of the login.
  const trust = tlsTrust(certificates ?? secret ?? {})
  // Of a registry only: an index is never fetched from somebody who cannot prove who it is.
  const isUnchecked = type === 'oci' && insecure && !certificates
  return { ...(secret ? { secret } : {}), trust: { ...trust, ...(isUnchecked ? { insecureSkipVerify: true } : {}) } }
}

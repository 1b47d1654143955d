/** Turns a cluster's credentials into request headers and TLS material, and keeps them fresh. */
import { readFile } from 'node:fs/promises'
import { orAbort } from './abort.ts'
import type { Clock } from './clock.ts'
import { runExecPlugin } from './exec-plugin.ts'
import { type ClusterConfig, KubeConfigError, type Pem } from './kubeconfig.ts'

/** What a connection to the API needs. */
export interface Identity {
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly certificatePem?: string
  readonly keyPem?: string
  readonly caPem?: string
}

/** Hands out the identity for the next request. */
export interface IdentitySource {
  /** The current identity; reads files or runs the plugin where the last answer has aged. Throws KubeConfigError. */
  current(signal?: AbortSignal): Promise<Identity>
  /** The identity that `current` would give without waiting for anything. */
  held(): Identity | undefined
  /** The API refused the identity; the next call asks again. False where asking again cannot change it. */
  refused(): boolean
}

/** A projected token changes long before it ends; client-go reads it again after a minute. */
const tokenFileAgeMs = 60_000
/** An exec plugin is asked again a little before its credentials end. */
const expiryMarginMs = 10_000

/** The identities of one cluster's config. */
export function newIdentitySource(config: ClusterConfig, clock: Clock): IdentitySource {
  const { credentials } = config
  const renewable = credentials.exec !== undefined || credentials.tokenFile !== undefined
  let held: { readonly identity: Identity; readonly untilMs: number } | undefined
  let reading: Promise<Identity> | undefined

  // Shared by all requests that wait for it, so no single request's signal may end it.
  const renew = async () => {
    const [identity, lifetimeMs] = await readIdentity(config, clock)
    held = { identity, untilMs: clock.monotonicMs() + lifetimeMs }
    return identity
  }
  const fresh = () => (held && clock.monotonicMs() < held.untilMs ? held.identity : undefined)
  return {
    held: fresh,
    async current(signal) {
      signal?.throwIfAborted()
      const known = fresh()
      if (known) return known
      reading ??= renew().finally(() => {
        reading = undefined
      })
      return orAbort(reading, signal)
    },
    refused() {
      if (renewable) held = undefined
      return renewable
    },
  }
}

/** The identity, and for how many milliseconds it may be used. */
async function readIdentity(config: ClusterConfig, clock: Clock): Promise<[Identity, number]> {
  const { credentials } = config
  const [caPem, certificatePem, keyPem] = await Promise.all([
    readPem(config.ca, 'the certificate authority'),
    readPem(credentials.clientCertificate, 'the client certificate'),
    readPem(credentials.clientKey, 'the client key'),
  ])
  const tls = {
    ...(caPem ? { caPem } : {}),
    ...(certificatePem ? { certificatePem } : {}),
    ...(keyPem ? { keyPem } : {}),
  }
  const impersonation = impersonationHeaders(config)
  if (credentials.exec && !credentials.token && !credentials.tokenFile) {
    const answer = await runExecPlugin(credentials.exec, config, { clock, caPem })
    const lifetimeMs = answer.expiresAt
      ? Math.max(0, answer.expiresAt.getTime() - clock.now().getTime() - expiryMarginMs)
      : Number.POSITIVE_INFINITY
    const identity = {
      ...tls,
      ...(answer.clientCertificatePem && answer.clientKeyPem
        ? { certificatePem: answer.clientCertificatePem, keyPem: answer.clientKeyPem }
        : {}),
      headers: { ...(answer.token ? bearer(answer.token) : {}), ...impersonation },
    }
    return [identity, lifetimeMs]
  }
  const headers = { ...(await authorization(config)), ...impersonation }
  return [{ ...tls, headers }, credentials.tokenFile ? tokenFileAgeMs : Number.POSITIVE_INFINITY]
}

async function authorization({ credentials }: ClusterConfig): Promise<Record<string, string>> {
  const token = credentials.tokenFile ? (await readText(credentials.tokenFile, 'the token')).trim() : credentials.token
  if (token) return bearer(token)
  if (credentials.username === undefined) return {}
  const pair = `${credentials.username}:${credentials.password ?? ''}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function bearer(token: string): Record<string, string> {
  // A line break would let the token add headers; undici would refuse it with a message that quotes it.
  if (/[^\x21-\x7e]/.test(token)) throw new KubeConfigError('the bearer token has characters that no header may have')
  return { authorization: `Bearer ${token}` }
}

function impersonationHeaders({ credentials }: ClusterConfig): Record<string, string | string[]> {
  const { impersonateUser, impersonateGroups } = credentials
  return {
    ...(impersonateUser ? { 'impersonate-user': impersonateUser } : {}),
    ...(impersonateGroups ? { 'impersonate-group': [...impersonateGroups] } : {}),
  }
}

async function readPem(pem: Pem | undefined, what: string): Promise<string | undefined> {
  if (!pem) return undefined
  const text = 'text' in pem ? pem.text : await readText(pem.file, what)
  if (!text.includes('-----BEGIN ')) throw new KubeConfigError(`${what} is not PEM`)
  return text
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new KubeConfigError(`${what} cannot be read from ${file}: ${why}`, { cause: error })
  }
}

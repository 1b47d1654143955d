/** The provider `stackdriver`: MQL queries of Google Cloud Monitoring, with a token for a service account's key. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { OutboundError } from '../runtime/http-sender.ts'
import {
  type MetricProvider,
  ProviderConfigError,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
} from './provider.ts'
import { at, newWebProvider, noData, parsedJson, readingOf, urlOf } from './web.ts'

const defaultAddress = 'https://monitoring.googleapis.com'
const defaultTokenUrl = 'https://oauth2.googleapis.com/token'
const scope = 'https://www.googleapis.com/auth/monitoring.read'
const timeoutMs = 5_000
/** Google lends tokens for an hour at most. */
const lifetimeSeconds = 3_600
/** A token is renewed before it ends on its way. */
const renewMs = 60_000

interface ServiceAccount {
  readonly email: string
  readonly keyId: string
  readonly key: KeyObject
  readonly tokenUrl: string
}

/**
 * A client; a query is MQL. The Secret holds `project` and `serviceAccountKey`, the JSON file of a service account.
 * @throws ProviderConfigError
 */
export function newStackdriver(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const { project, serviceAccountKey } = options.credentials ?? {}
  if (!project) throw new ProviderConfigError('stackdriver credentials does not contain a project id')
  if (!serviceAccountKey) throw new ProviderConfigError('stackdriver credentials does not contain serviceAccountKey')
  const account = serviceAccount(serviceAccountKey)
  const address = options.address ? requireAddress(options) : defaultAddress
  const url = urlOf(address, `/v3/projects/${encodeURIComponent(project)}/timeSeries:query`)
  const tokens = newTokens(account, options, deps)
  const clientWith = (token: string): MetricProvider => {
    const send = (query: string) => ({
      method: 'POST' as const,
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return newWebProvider(
      {
        options,
        headers: { authorization: `Bearer ${token}` },
        query: send,
        read(text) {
          const answer = parsedJson(text)
          if (answer === undefined) return undefined
          const value = at(answer, 'timeSeriesData', 0, 'pointData', 0, 'values', 0, 'doubleValue')
          return value === undefined ? noData : readingOf(value)
        },
        // An empty query is refused by who could answer another one.
        probe: () => send(''),
        isOnline: status => status === 200 || status === 400,
      },
      deps,
    )
  }
  return {
    async query(query, signal) {
      const got = await tokens(signal)
      return 'token' in got ? clientWith(got.token).query(query, signal) : { kind: 'unreachable', message: got.problem }
    },
    async problem(signal) {
      const got = await tokens(signal)
      return 'token' in got ? clientWith(got.token).problem(signal) : got.problem
    },
  }
}

function serviceAccount(text: string): ServiceAccount {
  const json = parsedJson(text)
  const field = (name: string): string => {
    const value = at(json, name)
    return typeof value === 'string' ? value : ''
  }
  const wrong = 'stackdriver credentials: serviceAccountKey is not the key of a service account'
  const email = field('client_email')
  const tokenUrl = field('token_uri') || defaultTokenUrl
  if (!email || !URL.canParse(tokenUrl)) throw new ProviderConfigError(wrong)
  try {
    return { email, keyId: field('private_key_id'), key: createPrivateKey(field('private_key')), tokenUrl }
  } catch {
    // The error of the parser may show the key.
    throw new ProviderConfigError(wrong)
  }
}

type Tokens = (signal: AbortSignal) => Promise<{ readonly token: string } | { readonly problem: string }>

/** Gives the token in hand, or a new one (RFC 7523). */
function newTokens(
  account: ServiceAccount,
  { insecureSkipVerify = false }: ProviderOptions,
  deps: ProviderDeps,
): Tokens {
  const { http, clock } = deps
  let held: { readonly token: string; readonly endsAtMs: number } | undefined
  return async signal => {
    if (held && clock.now().getTime() < held.endsAtMs - renewMs) return held
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(account, clock.now()),
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', url: account.tokenUrl, headers, body, timeoutMs, insecureSkipVerify } as const
    try {
      const { status, text } = await http.send(request, signal)
      const answer = parsedJson(text)
      const token = at(answer, 'access_token')
      const seconds = at(answer, 'expires_in')
      if (status !== 200 || typeof token !== 'string') {
        return { problem: `no token for ${account.email}: Status ${status}: ${text.trim().slice(0, 200)}` }
      }
      const lifetimeMs = (typeof seconds === 'number' ? seconds : lifetimeSeconds) * 1000
      held = { token, endsAtMs: clock.now().getTime() + lifetimeMs }
      return held
    } catch (error) {
      if (error instanceof OutboundError) return { problem: `no token for ${account.email}: ${error.message}` }
      throw error
    }
  }
}

function assertion({ email, keyId, key, tokenUrl }: ServiceAccount, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000)
  const claims = { iss: email, scope, aud: tokenUrl, iat: issuedAt, exp: issuedAt + lifetimeSeconds }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', typ: 'JWT', ...(keyId ? { kid: keyId } : {}) })}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

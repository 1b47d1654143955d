/** Meeting a registry: which scheme it speaks, and what it wants for an authorization. */
import type { Response } from 'undici'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import { fetchProblem, type HttpAccess, readBody } from '../http-access.ts'
import type { RegistryLogin } from './credentials.ts'
import { RegistryError } from './errors.ts'
import type { OciRepositoryName } from './reference.ts'

/** A registry that has answered. */
export interface RegistrySession {
  /** `https://host` or `http://host`. */
  readonly base: string
  /** The header to send; undefined where none is asked for. A new challenge takes the place of what was known. */
  authorization(signal: AbortSignal, challenge?: Challenge): Promise<string | undefined>
}

/** `WWW-Authenticate`, taken apart. */
export interface Challenge {
  /** In lower case: `basic` or `bearer`. */
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

const maxTokenBytes = 1 << 20

/** Asks the registry for its version, over HTTPS first. @throws RegistryError */
export async function newRegistrySession(
  at: OciRepositoryName,
  access: HttpAccess,
  options: { readonly login?: RegistryLogin | undefined; readonly insecure?: boolean },
  signal: AbortSignal,
): Promise<RegistrySession> {
  const schemes = options.insecure || isLoopback(at.registry) ? ['https', 'http'] : ['https']
  const problems: string[] = []
  for (const scheme of schemes) {
    const base = `${scheme}://${at.registry}`
    try {
      const response = await access.fetch(`${base}/v2/`, { signal })
      await response.body?.cancel()
      return sessionOf(at, access, base, options.login, response.status === 401 ? challengeOf(response) : undefined)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      problems.push(`GET ${base}/v2/: ${fetchProblem(error)}`)
    }
  }
  throw new RegistryError(problems.join('; '))
}

/** What a 401 asks for; undefined where it does not say. */
export function challengeOf(response: Pick<Response, 'headers'>): Challenge | undefined {
  const [, scheme, rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(response.headers.get('www-authenticate') ?? '') ?? []
  if (scheme === undefined) return undefined
  const pairs = [...rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)]
  const parameters = Object.fromEntries(
    pairs.map(([, key = '', quoted, bare]) => [key.toLowerCase(), quoted ?? bare ?? '']),
  )
  return { scheme: scheme.toLowerCase(), parameters }
}

function sessionOf(
  at: OciRepositoryName,
  access: HttpAccess,
  base: string,
  login: RegistryLogin | undefined,
  first: Challenge | undefined,
): RegistrySession {
  let challenge = first
  let token: string | undefined
  return {
    base,
    async authorization(signal, renewed) {
      if (renewed) {
        challenge = renewed
        token = undefined
      }
      if (challenge?.scheme === 'basic') return basic(login)
      if (challenge?.scheme !== 'bearer') return undefined
      token ??= await buyToken(at, access, challenge, login, signal)
      return `Bearer ${token}`
    },
  }
}

function basic(login: RegistryLogin | undefined): string | undefined {
  if (!login || !('username' in login)) return undefined
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
}

/** A token to pull from this repository alone, from where the registry says that they are given out. */
async function buyToken(
  at: OciRepositoryName,
  access: HttpAccess,
  { parameters }: Challenge,
  login: RegistryLogin | undefined,
  signal: AbortSignal,
): Promise<string> {
  const realm = URL.parse(parameters['realm'] ?? '')
  if (!realm || !['http:', 'https:'].includes(realm.protocol)) {
    throw new RegistryError('the registry asks for a token and does not say where to get it')
  }
  const service = parameters['service'] ?? ''
  const scope = `repository:${at.repository}:pull`
  try {
    const response =
      login && 'identityToken' in login
        ? await access.fetch(realm.href, {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams({
              grant_type: 'refresh_token',
              refresh_token: login.identityToken,
              service,
              scope,
              client_id: 'serin',
            }).toString(),
            signal,
          })
        : await access.fetch(withQuery(realm, { service, scope }), {
            headers: { ...(login ? { authorization: basic(login) ?? '' } : {}) },
            signal,
          })
    const body = await readBody(response, maxTokenBytes)
    const answer = response.ok ? (JSON.parse(body.toString('utf8')) as Json) : {}
    const { token, access_token: accessToken } = isJsonObject(answer) ? answer : {}
    const given = token ?? accessToken
    if (typeof given === 'string' && given !== '') return given
    throw new RegistryError(`no token from ${realm.origin}${realm.pathname}: status ${response.status}`)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof RegistryError) throw error
    // Not the answer: it may hold a token.
    const why = error instanceof SyntaxError ? 'the answer is no JSON' : fetchProblem(error)
    throw new RegistryError(`no token from ${realm.origin}${realm.pathname}: ${why}`)
  }
}

function withQuery(url: URL, parameters: Readonly<Record<string, string>>): string {
  const result = new URL(url)
  for (const [key, value] of Object.entries(parameters)) if (value !== '') result.searchParams.set(key, value)
  return result.href
}

/** A registry on this machine is spoken to without TLS, as Docker and Flux do. */
function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '')
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

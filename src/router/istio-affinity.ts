/** Session affinity in a VirtualService: a cookie keeps a client on the side that it met first. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { tryParseDuration } from '../apimachinery/duration.ts'
import { type HttpRoute, matching, serviceMatch, within } from './istio-match.ts'
import { serviceNames } from './names.ts'
import type { Routes, SessionCookies } from './router.ts'

type Affinity = NonNullable<Canary['spec']['analysis']['sessionAffinity']>

/** Seconds in a day: the API's default, for objects from before it. */
const defaultMaxAge = 86_400

/** Rules for clients with a cookie, then the weighted route, which gives cookies out. */
export function stickyRoutes(
  canary: Canary,
  weighted: HttpRoute,
  { canaryWeight }: Routes,
  cookies: SessionCookies,
): readonly HttpRoute[] {
  const affinity = canary.spec.analysis.sessionAffinity
  if (!affinity) return [weighted]
  if (canaryWeight === 0)
    return cookies.previous ? [forgetting(canary, weighted, cookies.previous), weighted] : [weighted]
  const { canary: canaryHost, primary: primaryHost } = serviceNames(canary)
  const withPrimary = affinity.primaryCookieName && cookies.primary
  return [
    ...(cookies.current ? [keeping(canary, weighted, cookies.current, canaryHost)] : []),
    ...(withPrimary ? [keeping(canary, weighted, cookies.primary, primaryHost)] : []),
    withCookies(weighted, {
      ...(cookies.current
        ? { [canaryHost]: setCookie(cookies.current, affinity.maxAge || defaultMaxAge, affinity) }
        : {}),
      ...(withPrimary ? { [primaryHost]: setCookie(cookies.primary, intervalSeconds(canary), affinity) } : {}),
    }),
  ]
}

/** Whether a route is there for a cookie of this Canary. */
export function isCookieRoute(route: HttpRoute, { spec }: Canary): boolean {
  const { cookieName, primaryCookieName } = spec.analysis.sessionAffinity ?? {}
  const names = [cookieName, primaryCookieName].filter(name => name !== undefined && name !== '')
  const patterns = (route.match ?? []).map(match => match.headers?.['Cookie']?.regex ?? '')
  return patterns.some(pattern => names.some(name => pattern.startsWith(`.*${name}.*`)))
}

/** Everybody who has the cookie goes to one host. */
function keeping(canary: Canary, weighted: HttpRoute, cookie: string, host: string): HttpRoute {
  const route = (weighted.route ?? []).map(side => ({ ...side, weight: side.destination.host === host ? 100 : 0 }))
  return { ...weighted, ...matchingCookie(canary, cookie), route }
}

/** Takes the cookie of the rollout before away again. */
function forgetting(canary: Canary, weighted: HttpRoute, cookie: string): HttpRoute {
  const { response, ...headers } = weighted.headers ?? {}
  return {
    ...weighted,
    ...matchingCookie(canary, cookie),
    headers: {
      ...headers,
      response: { ...response, add: { ...response?.add, 'Set-Cookie': `${cookie}; Max-Age=-1` } },
    },
  }
}

function matchingCookie(canary: Canary, cookie: string): Pick<HttpRoute, 'match'> {
  const [name = '', value = ''] = cookie.split('=', 2)
  return matching(within([{ headers: { Cookie: { regex: `.*${name}.*${value}.*` } } }], serviceMatch(canary)))
}

function withCookies(weighted: HttpRoute, cookies: Readonly<Record<string, string>>): HttpRoute {
  const route = (weighted.route ?? []).map(side => {
    const cookie = cookies[side.destination.host]
    return cookie ? { ...side, headers: { response: { add: { 'Set-Cookie': cookie } } } } : side
  })
  return { ...weighted, route }
}

function setCookie(cookie: string, maxAge: number, affinity: Affinity): string {
  const { domain, httpOnly, partitioned, path, sameSite, secure } = affinity
  return [
    cookie,
    `Max-Age=${maxAge}`,
    ...(domain ? [`Domain=${domain}`] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(partitioned ? ['Partitioned'] : []),
    ...(path ? [`Path=${path}`] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
    ...(secure ? ['Secure'] : []),
  ].join('; ')
}

/** Clients that met the primary are asked again at the next step. */
function intervalSeconds({ spec }: Canary): number {
  return Math.trunc((tryParseDuration(spec.analysis.interval) ?? 60_000) / 1000)
}

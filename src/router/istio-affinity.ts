/** Session affinity in a VirtualService: a cookie keeps a client on the side that it met first. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { type HttpRoute, matching, serviceMatch, within } from './istio-match.ts'
import { serviceNames } from './names.ts'
import type { Routes, SessionCookies } from './router.ts'
import {
  canarySetCookie,
  cookiePattern,
  deletingSetCookie,
  isCookiePattern,
  primarySetCookie,
} from './session-cookies.ts'

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
      ...(cookies.current ? { [canaryHost]: canarySetCookie(canary, cookies.current) } : {}),
      ...(withPrimary ? { [primaryHost]: primarySetCookie(canary, cookies.primary) } : {}),
    }),
  ]
}

/** Whether a route is there for a cookie of this Canary. */
export function isCookieRoute(route: HttpRoute, canary: Canary): boolean {
  return (route.match ?? []).some(match => isCookiePattern(match.headers?.['Cookie']?.regex ?? '', canary))
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
      response: { ...response, add: { ...response?.add, 'Set-Cookie': deletingSetCookie(cookie) } },
    },
  }
}

function matchingCookie(canary: Canary, cookie: string): Pick<HttpRoute, 'match'> {
  return matching(within([{ headers: { Cookie: { regex: cookiePattern(cookie) } } }], serviceMatch(canary)))
}

function withCookies(weighted: HttpRoute, cookies: Readonly<Record<string, string>>): HttpRoute {
  const route = (weighted.route ?? []).map(side => {
    const cookie = cookies[side.destination.host]
    return cookie ? { ...side, headers: { response: { add: { 'Set-Cookie': cookie } } } } : side
  })
  return { ...weighted, route }
}

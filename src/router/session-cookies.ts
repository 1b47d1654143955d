/** Session cookies of a rollout, as every provider gives them out and recognises them. Pure. */

import type { Canary } from '../api/flagger/v1beta1.ts'
import { tryParseDuration } from '../apimachinery/duration.ts'
import type { SessionCookies } from './router.ts'

/** Seconds in a day: the API's default, for objects from before it. */
const defaultMaxAge = 86_400

/** The cookies that the status holds. */
export function cookiesOf({ status }: Canary): SessionCookies {
  return {
    current: status?.sessionAffinityCookie ?? '',
    previous: status?.previousSessionAffinityCookie ?? '',
    primary: status?.primarySessionAffinityCookie ?? '',
  }
}

/** The regular expression that a `Cookie` header with `name=value` in it matches. */
export function cookiePattern(cookie: string): string {
  const [name = '', value = ''] = cookie.split('=', 2)
  return `.*${name}.*${value}.*`
}

/** Whether a pattern is for a cookie of this Canary, of whichever rollout. */
export function isCookiePattern(pattern: string, { spec }: Canary): boolean {
  const { cookieName, primaryCookieName } = spec.analysis.sessionAffinity ?? {}
  const names = [cookieName, primaryCookieName].filter(name => name !== undefined && name !== '')
  return names.some(name => pattern.startsWith(`.*${name}.*`))
}

/** `Set-Cookie` for clients of the canary, which are to stay there. */
export function canarySetCookie(canary: Canary, cookie: string): string {
  return setCookie(canary, cookie, canary.spec.analysis.sessionAffinity?.maxAge || defaultMaxAge)
}

/** `Set-Cookie` for clients of the primary, which are asked again at the next step. */
export function primarySetCookie(canary: Canary, cookie: string): string {
  return setCookie(canary, cookie, Math.trunc((tryParseDuration(canary.spec.analysis.interval) ?? 60_000) / 1000))
}

/** `Set-Cookie` that takes a cookie away again. */
export function deletingSetCookie(cookie: string): string {
  return `${cookie}; Max-Age=-1`
}

function setCookie({ spec }: Canary, cookie: string, maxAge: number): string {
  const { domain, httpOnly, partitioned, path, sameSite, secure } = spec.analysis.sessionAffinity ?? {}
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

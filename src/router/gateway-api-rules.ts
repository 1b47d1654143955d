/** The rules of an HTTPRoute, made from a Canary. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { type Filter, serviceFilters, settingCookie, withCookie } from './gateway-api-filters.ts'
import { analysisMatches, anyPath, type Rule, type RuleMatch, serviceMatches, within } from './gateway-api-matches.ts'
import { serviceNames } from './names.ts'
import type { Routes, SessionCookies } from './router.ts'
import {
  canarySetCookie,
  cookiePattern,
  deletingSetCookie,
  isCookiePattern,
  primarySetCookie,
} from './session-cookies.ts'

type BackendRef = NonNullable<Rule['backendRefs']>[number]
type Shares = Pick<Routes, 'primaryWeight' | 'canaryWeight'>

/** What a version of the API has; upstream writes timeouts and CORS to v1 alone. */
export interface RuleOptions {
  readonly isV1: boolean
}

const allToPrimary: Shares = { primaryWeight: 100, canaryWeight: 0 }
const allToCanary: Shares = { primaryWeight: 0, canaryWeight: 100 }

/** `spec.rules` with the given shares. @throws RouteSpecError */
export function httpRules(
  canary: Canary,
  routes: Routes,
  cookies: SessionCookies,
  options: RuleOptions,
): readonly Rule[] {
  const base = { ...filtering(serviceFilters(canary, { cors: options.isV1 })), ...timeouts(canary, options) }
  const matches = serviceMatches(canary)
  const tested = analysisMatches(canary)
  if (tested.length > 0) {
    return [
      { ...base, matches: tested, backendRefs: sides(canary, routes) },
      { ...base, matches, backendRefs: sides(canary, allToPrimary).slice(0, 1) },
    ]
  }
  const filters = [...(base.filters ?? []), ...(routes.mirrored ? [mirror(canary, options)] : [])]
  const weighted: Rule = { ...base, ...filtering(filters), matches, backendRefs: sides(canary, routes) }
  return canary.spec.analysis.sessionAffinity ? stickyRules(canary, weighted, routes, cookies) : [weighted]
}

/** Rules for clients with a cookie, then the weighted one, which gives cookies out. */
function stickyRules(canary: Canary, weighted: Rule, routes: Routes, cookies: SessionCookies): readonly Rule[] {
  const { current, previous, primary } = cookies
  if (routes.canaryWeight === 0) {
    if (!previous) return [weighted]
    const filters = withCookie(weighted.filters ?? [], deletingSetCookie(previous))
    return [{ ...weighted, ...filtering(filters), matches: withCookieMatch(canary, previous) }, weighted]
  }
  const keepsPrimary = Boolean(canary.spec.analysis.sessionAffinity?.primaryCookieName && primary)
  const keeping = (cookie: string, shares: Shares): Rule => ({
    ...weighted,
    matches: withCookieMatch(canary, cookie),
    backendRefs: sides(canary, shares),
  })
  const giving = (cookie: string) => ({ filters: [settingCookie(cookie)] })
  const [primarySide, canarySide] = sides(canary, routes) as [BackendRef, BackendRef]
  return [
    ...(current ? [keeping(current, allToCanary)] : []),
    ...(keepsPrimary ? [keeping(primary, allToPrimary)] : []),
    {
      ...weighted,
      backendRefs: [
        { ...primarySide, ...(keepsPrimary ? giving(primarySetCookie(canary, primary)) : {}) },
        { ...canarySide, ...(current ? giving(canarySetCookie(canary, current)) : {}) },
      ],
    },
  ]
}

function withCookieMatch(canary: Canary, cookie: string): readonly RuleMatch[] {
  const header = { name: 'Cookie', type: 'RegularExpression', value: cookiePattern(cookie) } as const
  const service = serviceMatches(canary)
  return within({ headers: [header] }, service.length > 0 ? service : [{ path: anyPath }])
}

/** Whether a rule is there for a cookie of this Canary. */
export function isCookieRule({ matches }: Rule, canary: Canary): boolean {
  const headers = (matches ?? []).flatMap(match => match.headers ?? [])
  return headers.some(({ name, value }) => name === 'Cookie' && isCookiePattern(value, canary))
}

/** What rules say: the last one with both sides that is for no cookie has the weights; undefined where none is. */
export function routesOf(rules: readonly Rule[], canary: Canary): Routes | undefined {
  const names = serviceNames(canary)
  const weighted = rules.findLast(
    rule => rule.backendRefs?.some(({ name }) => name === names.canary) && !isCookieRule(rule, canary),
  )
  if (!weighted) return undefined
  const weightOf = (side: string) => weighted.backendRefs?.find(({ name }) => name === side)?.weight ?? 0
  const [primaryWeight, canaryWeight] = [weightOf(names.primary), weightOf(names.canary)]
  if (primaryWeight + canaryWeight === 0) return undefined
  return {
    primaryWeight,
    canaryWeight,
    mirrored: (weighted.filters ?? []).some(filter => mirrorsTo(filter, names.canary)),
  }
}

/** Whether a filter copies requests to that Service. */
export function mirrorsTo({ requestMirror }: Filter, service: string): boolean {
  return requestMirror?.backendRef.name === service
}

function sides(canary: Canary, { primaryWeight, canaryWeight }: Shares): readonly BackendRef[] {
  const names = serviceNames(canary)
  return [backend(canary, names.primary, primaryWeight), backend(canary, names.canary, canaryWeight)]
}

function backend({ spec }: Canary, name: string, weight: number): BackendRef {
  const port = spec.service?.port
  return { group: '', kind: 'Service', name, ...(port === undefined ? {} : { port }), weight }
}

function mirror(canary: Canary, { isV1 }: RuleOptions): Filter {
  const { weight: _, ...backendRef } = backend(canary, serviceNames(canary).canary, 0)
  const { mirrorWeight = 0 } = canary.spec.analysis
  const percent = isV1 && mirrorWeight > 0 && mirrorWeight < 100 ? { percent: mirrorWeight } : {}
  return { type: 'RequestMirror', requestMirror: { backendRef, ...percent } }
}

function filtering(filters: readonly Filter[]): Pick<Rule, 'filters'> {
  return filters.length > 0 ? { filters } : {}
}

function timeouts({ spec }: Canary, { isV1 }: RuleOptions): Pick<Rule, 'timeouts'> {
  const { timeout, backendTimeout } = spec.service ?? {}
  if (!isV1 || !(timeout || backendTimeout)) return {}
  return {
    timeouts: {
      ...(timeout ? { request: timeout } : {}),
      ...(backendTimeout ? { backendRequest: backendTimeout } : {}),
    },
  }
}

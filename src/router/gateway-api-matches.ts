/** Matches of a Canary in the words of an HTTPRoute. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { HTTPRoute } from '../api/gateway-api/v1.ts'
import { RouteSpecError } from './router.ts'

/** One entry of `spec.rules`. */
export type Rule = NonNullable<NonNullable<HTTPRoute['spec']>['rules']>[number]

/** One entry of a rule's matches. */
export type RuleMatch = NonNullable<Rule['matches']>[number]

type ServiceMatch = NonNullable<NonNullable<Canary['spec']['service']>['match']>[number]
type Text = { readonly exact?: string; readonly prefix?: string; readonly suffix?: string; readonly regex?: string }
type ValueMatch = NonNullable<RuleMatch['headers']>[number]

/** The API's default, written out so that what is stored is what was meant. */
export const anyPath = { type: 'PathPrefix', value: '/' } as const

/** `spec.service.match`; all paths where there is none. @throws RouteSpecError for what an HTTPRoute cannot say */
export function serviceMatches({ spec }: Canary): readonly RuleMatch[] {
  const given = (spec.service?.match ?? []).map((match, i) => ruleMatch(match, `spec.service.match[${i}]`))
  return given.length > 0 ? given : [{ path: anyPath }]
}

/** `spec.analysis.match`, each within one of the service's: a request has to fit both. @throws RouteSpecError */
export function analysisMatches(canary: Canary): readonly RuleMatch[] {
  const service = serviceMatches(canary)
  return (canary.spec.analysis.match ?? []).flatMap((match, i) => {
    const field = `spec.analysis.match[${i}]`
    const { headers, queryParams } = ruleMatch(match, field)
    // What is left out of a test's match would give the canary everybody.
    if (Object.keys(match.sourceLabels ?? {}).length > 0)
      refuse(`${field}.sourceLabels`, 'headers and query parameters')
    if (!headers && !queryParams) refuse(field, 'headers and query parameters')
    return within({ ...(headers ? { headers } : {}), ...(queryParams ? { queryParams } : {}) }, service)
  })
}

/** A match of headers and query parameters, within each of the service's. */
export function within(
  own: Pick<RuleMatch, 'headers' | 'queryParams'>,
  service: readonly RuleMatch[],
): readonly RuleMatch[] {
  return service.map(match => ({ ...match, ...own }))
}

function ruleMatch(match: Partial<ServiceMatch>, field: string): RuleMatch {
  const headers = valueMatches(match.headers, `${field}.headers`)
  const queryParams = valueMatches(match.queryParams, `${field}.queryParams`)
  return {
    path: match.uri ? pathMatch(match.uri, `${field}.uri`) : anyPath,
    ...(match.method ? { method: methodOf(match.method, `${field}.method`) } : {}),
    ...(headers.length > 0 ? { headers } : {}),
    ...(queryParams.length > 0 ? { queryParams } : {}),
  }
}

function pathMatch({ exact, prefix, regex }: Text, field: string): NonNullable<RuleMatch['path']> {
  if (regex !== undefined) return { type: 'RegularExpression', value: regex }
  if (exact !== undefined) return { type: 'Exact', value: exact }
  if (prefix !== undefined) return { type: 'PathPrefix', value: prefix }
  return refuse(field, 'exact, prefix or regex')
}

function methodOf({ exact }: Text, field: string): NonNullable<RuleMatch['method']> {
  // The API refuses what is no method.
  return exact === undefined ? refuse(field, 'exact') : (exact as NonNullable<RuleMatch['method']>)
}

function valueMatches(values: Readonly<Record<string, Text>> | undefined, field: string): readonly ValueMatch[] {
  return Object.entries(values ?? {}).map(([name, { exact, regex }]) => {
    if (exact !== undefined) return { name, type: 'Exact', value: exact }
    if (regex !== undefined) return { name, type: 'RegularExpression', value: regex }
    return refuse(`${field}[${name}]`, 'exact or regex')
  })
}

function refuse(field: string, allowed: string): never {
  throw new RouteSpecError(`Invalid request matching selectors: ${field}: the Gateway API can match ${allowed} alone`)
}

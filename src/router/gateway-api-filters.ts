/** What an HTTPRoute does with requests on their way, from `spec.service` of a Canary. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { tryParseDuration } from '../apimachinery/duration.ts'
import type { Rule } from './gateway-api-matches.ts'
import { RouteSpecError } from './router.ts'

/** One entry of a rule's filters. */
export type Filter = NonNullable<Rule['filters']>[number]

type Service = NonNullable<Canary['spec']['service']>
type HeaderChanges = NonNullable<NonNullable<Service['headers']>['request']>

/** The filters that do not change with the weights, in upstream's order. @throws RouteSpecError */
export function serviceFilters({ spec }: Canary, options: { readonly cors: boolean }): readonly Filter[] {
  const { headers, rewrite, mirror, corsPolicy } = spec.service ?? {}
  return [
    ...(headers?.request
      ? [{ type: 'RequestHeaderModifier' as const, requestHeaderModifier: modifier(headers.request) }]
      : []),
    ...(headers?.response
      ? [{ type: 'ResponseHeaderModifier' as const, responseHeaderModifier: modifier(headers.response) }]
      : []),
    ...(rewrite ? [{ type: 'URLRewrite' as const, urlRewrite: urlRewrite(rewrite) }] : []),
    ...(mirror ?? []).flatMap(({ backendRef }) =>
      backendRef ? [{ type: 'RequestMirror' as const, requestMirror: { backendRef } }] : [],
    ),
    ...(corsPolicy && options.cors ? [{ type: 'CORS' as const, cors: cors(corsPolicy) }] : []),
  ] as Filter[] // Literals of the API's own form; what is optional may be absent.
}

/** A filter that sets a cookie with the answer. */
export function settingCookie(text: string): Filter {
  return { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'Set-Cookie', value: text }] } }
}

/** The filters with one more response header: a rule may hold one filter of that type only. */
export function withCookie(filters: readonly Filter[], text: string): readonly Filter[] {
  const others = filters.filter(({ type }) => type !== 'ResponseHeaderModifier')
  const { responseHeaderModifier } = filters.find(({ type }) => type === 'ResponseHeaderModifier') ?? {}
  const add = [...(responseHeaderModifier?.add ?? []), { name: 'Set-Cookie', value: text }]
  return [...others, { type: 'ResponseHeaderModifier', responseHeaderModifier: { ...responseHeaderModifier, add } }]
}

function modifier({ add, set, remove }: HeaderChanges) {
  const values = (map: Readonly<Record<string, string>>) =>
    Object.entries(map)
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...(add && Object.keys(add).length > 0 ? { add: values(add) } : {}),
    ...(set && Object.keys(set).length > 0 ? { set: values(set) } : {}),
    ...(remove && remove.length > 0 ? { remove } : {}),
  }
}

function urlRewrite({ uri, authority, type }: NonNullable<Service['rewrite']>) {
  const path =
    type === 'ReplacePrefixMatch'
      ? { type: 'ReplacePrefixMatch', replacePrefixMatch: uri }
      : { type: 'ReplaceFullPath', replaceFullPath: uri }
  return { ...(authority ? { hostname: authority } : {}), ...(uri ? { path } : {}) }
}

function cors(policy: NonNullable<Service['corsPolicy']>) {
  const { allowOrigin = [], allowOrigins = [], allowMethods, allowHeaders, exposeHeaders, allowCredentials } = policy
  const maxAgeMs = tryParseDuration(policy.maxAge)
  const origins = [
    ...allowOrigin,
    ...allowOrigins.map(({ exact }, i) => {
      if (exact !== undefined) return exact
      throw new RouteSpecError(
        `spec.service.corsPolicy.allowOrigins[${i}]: the Gateway API can match exact alone, with * for a part of the host`,
      )
    }),
  ]
  return {
    ...(origins.length > 0 ? { allowOrigins: origins } : {}),
    ...(allowMethods ? { allowMethods } : {}),
    ...(allowHeaders ? { allowHeaders } : {}),
    ...(exposeHeaders ? { exposeHeaders } : {}),
    ...(allowCredentials ? { allowCredentials } : {}),
    ...(maxAgeMs === undefined ? {} : { maxAge: Math.trunc(maxAgeMs / 1000) }),
  }
}

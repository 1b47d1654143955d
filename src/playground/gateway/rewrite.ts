/** Paths and locations as rules rewrite them. */
import type { Redirect, RouteRule } from './config.ts'
import { compileString } from './matcher.ts'
import { type CompiledRule, hostOf, portOf } from './table.ts'

interface Addressed {
  /** Path and query. */
  readonly target: string
  readonly path: string
  readonly authority: string
  readonly scheme: string
}

/** The path and query to forward: a matched prefix is replaced; without one the whole path is (Istio). */
export function rewritePath({ rule, replacePath }: CompiledRule, request: Addressed): string {
  const { path: replacement, fullPath } = rule.rewrite ?? {}
  const query = request.target.slice(request.path.length)
  if (replacePath) return replacePath(request.path) + query
  if (fullPath !== undefined) return fullPath + query
  if (replacement === undefined) return request.target
  return replacePrefix(rule, request.path, replacement) + query
}

/** Where a redirect sends the client. */
export function redirectTo(rule: RouteRule, redirect: Redirect, request: Addressed): string {
  const scheme = redirect.scheme ?? request.scheme
  const authority = redirect.authority ?? hostOf(request.authority)
  const port = redirect.port ?? (redirect.authority ? undefined : portOf(request.authority, 0) || undefined)
  const isDefault = port === undefined || (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443)
  const path =
    redirect.path ?? (redirect.prefix === undefined ? request.path : replacePrefix(rule, request.path, redirect.prefix))
  const query = request.target.slice(request.path.length)
  return `${scheme}://${authority}${isDefault ? '' : `:${port}`}${path}${query}`
}

/** `path` with the prefix that the rule matched replaced; all of it where the rule matches no prefix. */
function replacePrefix(rule: RouteRule, path: string, replacement: string): string {
  const prefix = longestPrefix(rule, path)
  if (prefix === undefined) return replacement
  const rest = path.slice(prefix.length)
  // One slash between the new prefix and the rest.
  const joined = replacement.endsWith('/') && rest.startsWith('/') ? replacement + rest.slice(1) : replacement + rest
  return joined.startsWith('/') ? joined : `/${joined}`
}

function longestPrefix(rule: RouteRule, path: string): string | undefined {
  return rule.matches
    .flatMap(({ path: match }) => (match?.kind === 'prefix' && compileString(match)(path) ? [match.value] : []))
    .sort((a, b) => b.length - a.length)[0]
}

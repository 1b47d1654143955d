/** The canary annotations of ingress-nginx, and what of an analysis they can say. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { RouteSpecError } from './router.ts'

/** Prefix of ingress-nginx's own annotations, and Flagger's default of `-ingress-annotations-prefix`. */
export const defaultAnnotationsPrefix = 'nginx.ingress.kubernetes.io'

/** The annotations' names under one prefix. */
export interface CanaryKeys {
  readonly canary: string
  readonly weight: string
  readonly byHeader: string
  readonly byHeaderValue: string
  readonly byHeaderPattern: string
  readonly byCookie: string
}

/** The names; a controller that answers to another prefix has it in its own flag. */
export function canaryKeys(prefix: string = defaultAnnotationsPrefix): CanaryKeys {
  const canary = `${prefix}/canary`
  return {
    canary,
    weight: `${canary}-weight`,
    byHeader: `${canary}-by-header`,
    byHeaderValue: `${canary}-by-header-value`,
    byHeaderPattern: `${canary}-by-header-pattern`,
    byCookie: `${canary}-by-cookie`,
  }
}

/**
 * The annotations for `spec.analysis.match`; of several headers the last one counts, as upstream has it. Nothing where
 * there is no match.
 * @throws RouteSpecError for what ingress-nginx cannot match: it would send the test's requests to nobody
 */
export function matchAnnotations({ spec }: Canary, keys: CanaryKeys): Readonly<Record<string, string>> {
  const headers = (spec.analysis.match ?? []).flatMap((match, i) => {
    const entries = Object.entries(match.headers ?? {})
    if (entries.length === 0) refuse(`spec.analysis.match[${i}]`, 'a header or a cookie')
    // Left out, they would make the test one of more people than were meant.
    for (const other of ['sourceLabels', 'queryParams'] as const) {
      if (Object.keys(match[other] ?? {}).length > 0)
        refuse(`spec.analysis.match[${i}].${other}`, 'a header or a cookie')
    }
    return entries.map(([name, value]) => ({ name, value, field: `spec.analysis.match[${i}].headers[${name}]` }))
  })
  const cookie = headers.findLast(({ name }) => isCookie(name))
  const header = headers.findLast(({ name }) => !isCookie(name))
  return {
    ...(cookie ? { [keys.byCookie]: cookie.value.exact ?? refuse(cookie.field, 'exact: the name of a cookie') } : {}),
    ...(header ? { [keys.byHeader]: header.name, ...headerValue(header, keys) } : {}),
  }
}

function isCookie(name: string): boolean {
  return name.toLowerCase() === 'cookie'
}

function headerValue(
  { value, field }: { readonly value: { readonly exact?: string; readonly regex?: string }; readonly field: string },
  keys: CanaryKeys,
): Readonly<Record<string, string>> {
  if (value.exact !== undefined) return { [keys.byHeaderValue]: value.exact }
  if (value.regex !== undefined) return { [keys.byHeaderPattern]: value.regex }
  return refuse(field, 'exact or regex')
}

function refuse(field: string, allowed: string): never {
  throw new RouteSpecError(`${field}: the provider nginx can match ${allowed} alone`)
}

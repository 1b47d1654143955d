/** Compiles conditions on requests into functions. */
import { RE2JS } from 're2js'
import type { RequestMatch, StringMatch } from './config.ts'

/** A request as conditions see it. */
export interface MatchableRequest {
  readonly method: string
  /** The path without the query. */
  readonly path: string
  /** The query without `?`; empty if there is none. */
  readonly query: string
  /** The host as the client named it, with its port if it gave one. */
  readonly authority: string
  readonly scheme: string
  /** The port that the client asked for. */
  readonly port: number
  readonly sourceNamespace: string
  /** The labels of the pod that calls; none where no pod does. */
  readonly sourceLabels: Readonly<Record<string, string>>
  header(name: string): string | undefined
}

/** Says whether a request satisfies a condition. */
export type Predicate = (request: MatchableRequest) => boolean

/** A condition cannot be compiled; the rule it stands in is left out and reported. */
export class MatchError extends Error {
  override readonly name = 'MatchError'
  readonly reason = 'InvalidMatch'
}

/** Compiles the matches of a rule: true when any of them holds, always true if there are none. */
export function compileMatches(matches: readonly RequestMatch[]): Predicate {
  const predicates = matches.map(compileMatch)
  if (predicates.length === 0) return () => true
  const [only] = predicates
  if (predicates.length === 1 && only) return only
  return request => predicates.some(holds => holds(request))
}

/** Compiles a text condition. Regular expressions are RE2 and must match the whole text, as Envoy's do. */
export function compileString(match: StringMatch): (value: string | undefined) => boolean {
  if (match.kind === 'present') return value => value !== undefined
  if (match.kind === 'regex') return compileRegex(match.value)
  const fold = match.ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text
  const wanted = fold(match.value)
  if (match.kind === 'exact') return value => value !== undefined && fold(value) === wanted
  const { atElement } = match
  return value => {
    if (value === undefined || !fold(value).startsWith(wanted)) return false
    return !atElement || value.length === wanted.length || value[wanted.length] === '/'
  }
}

/** A function that replaces what a pattern finds in a text. */
export function compileReplacement(match: string, substitution: string): (text: string) => string {
  const compiled = regexOf(match)
  return text => {
    const found = compiled.matcher(text)
    let replaced = ''
    let at = 0
    while (found.find()) {
      const group = (_: string, digit: string) =>
        Number(digit) > found.groupCount() ? '' : (found.group(Number(digit)) ?? '')
      replaced += text.slice(at, found.start()) + substitution.replaceAll(/\\(\d)/g, group)
      at = found.end()
    }
    return replaced + text.slice(at)
  }
}

function compileRegex(pattern: string): (value: string | undefined) => boolean {
  const compiled = regexOf(pattern)
  return value => value !== undefined && compiled.matches(value)
}

function regexOf(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (cause) {
    throw new MatchError(`${JSON.stringify(pattern)} is not a regular expression of RE2`, { cause })
  }
}

function compileMatch(match: RequestMatch): Predicate {
  const all: Predicate[] = []
  const text = (condition: StringMatch | undefined, read: (request: MatchableRequest) => string) => {
    if (!condition) return
    const holds = compileString(condition)
    all.push(request => holds(read(request)))
  }
  text(match.path, request => request.path)
  text(match.method, request => request.method)
  text(match.authority, request => request.authority)
  text(match.scheme, request => request.scheme)
  for (const [name, condition] of Object.entries(match.headers ?? {})) {
    const holds = compileString(condition)
    all.push(request => holds(request.header(name)))
  }
  for (const [name, condition] of Object.entries(match.withoutHeaders ?? {})) {
    const holds = compileString(condition)
    all.push(request => !holds(request.header(name)))
  }
  for (const [name, condition] of Object.entries(match.queryParams ?? {})) {
    const holds = compileString(condition)
    all.push(request => holds(new URLSearchParams(request.query).get(name) ?? undefined))
  }
  const { port, sourceNamespace } = match
  const sourceLabels = Object.entries(match.sourceLabels ?? {})
  if (port !== undefined) all.push(request => request.port === port)
  if (sourceNamespace !== undefined) all.push(request => request.sourceNamespace === sourceNamespace)
  for (const [name, value] of sourceLabels) all.push(request => request.sourceLabels[name] === value)
  return request => all.every(holds => holds(request))
}

/** What a selector asks of one label. */
import { RE2JS } from 're2js'

/** How a matcher compares. */
export type MatchOp = '=' | '!=' | '=~' | '!~'

/** One label matcher; an absent label has the value ''. */
export interface Matcher {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
  matches(labelValue: string): boolean
}

/** How much of the language's regular expressions a matcher uses; see {@link Dialect}. */
export interface RegexOptions {
  /** Whether `.` matches a line break too: it does since Prometheus 3.0. */
  readonly dotMatchesNewline: boolean
}

/** A matcher. Throws an Error with RE2's words when `value` is not a regular expression and `op` needs one. */
export function newMatcher(name: string, op: MatchOp, value: string, options: RegexOptions): Matcher {
  return { name, op, value, matches: predicate(op, value, options) }
}

/** Whether a matcher could be satisfied by a series without the label. */
export function matchesEmpty(matcher: Matcher): boolean {
  return matcher.matches('')
}

function predicate(op: MatchOp, value: string, options: RegexOptions): (labelValue: string) => boolean {
  switch (op) {
    case '=':
      return labelValue => labelValue === value
    case '!=':
      return labelValue => labelValue !== value
    case '=~':
      return anchored(value, options)
    case '!~': {
      const matches = anchored(value, options)
      return labelValue => !matches(labelValue)
    }
  }
}

/** A whole-string match. RE2 keeps a hostile pattern from taking exponential time; literals skip it. */
function anchored(pattern: string, options: RegexOptions): (text: string) => boolean {
  const literals = pattern.split('|')
  if (literals.every(literal => /^[\w\s\-:/@=,;"'<>#%&~!]*$/.test(literal))) {
    const accepted = new Set(literals)
    return text => accepted.has(text)
  }
  const regex = anchoredRe2(pattern, options)
  return remembering(text => regex.matches(text))
}

/** RE2's program for the whole of a text to match `pattern`. Throws an Error in RE2's words when it is not valid. */
export function anchoredRe2(pattern: string, options: RegexOptions): RE2JS {
  return RE2JS.compile(options.dotMatchesNewline ? `^(?s:${pattern})$` : `^(?:${pattern})$`)
}

// A label has few distinct values; the bound only guards against one that has many.
const maxRemembered = 10_000

function remembering(matches: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>()
  return text => {
    let result = known.get(text)
    if (result === undefined) {
      result = matches(text)
      if (known.size < maxRemembered) known.set(text, result)
    }
    return result
  }
}

/** Regular expressions as the API reads them: Go's RE2 syntax, matched anywhere in linear time. */
import { RE2JS } from 're2js'

/** A compiled pattern, or why it is none. */
export type Pattern =
  | {
      readonly kind: 'pattern'
      /** Whether the pattern matches somewhere in the text. */
      readonly test: (text: string) => boolean
      /** The texts of all matches from left to right, at most `limit`. */
      readonly findAll: (text: string, limit?: number) => string[]
    }
  | { readonly kind: 'invalid'; readonly problem: string }

/** Compiles a pattern. Never throws. */
export function compilePattern(pattern: string): Pattern {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    return { kind: 'invalid', problem: error instanceof Error ? error.message : String(error) }
  }
  return {
    kind: 'pattern',
    test: text => compiled.test(text),
    findAll: (text, limit = Number.POSITIVE_INFINITY) => {
      const found: string[] = []
      const matcher = compiled.matcher(text)
      while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '')
      return found
    },
  }
}

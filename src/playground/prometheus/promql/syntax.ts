/** Where the grammar does not accept a query, and what to say about it. */
import type { Tree } from '@lezer/common'
import { PromqlSyntaxError, UnsupportedPromqlError } from './errors.ts'
import { unsupportedFunctions } from './signatures.ts'
import { goQuote } from './text.ts'

/** How deep a query may nest: bounds the recursion of everything that walks the tree. */
const maxDepth = 1000

/**
 * The query without what the grammar's tree would make harder to read: comments, and the dot of a number such as `2.`,
 * which the grammar lacks. Both become blanks, so offsets stay as they are.
 */
export function normalized(query: string): string {
  return query.replaceAll(tokens, token => {
    if (token.startsWith('#')) return ' '.repeat(token.length)
    return token.endsWith('.') ? `${token.slice(0, -1)} ` : token
  })
}

const commentsAndStrings = /#[^\n]*|"(?:[^"\\\n]|\\.)*("|$|(?=\n))|'(?:[^'\\\n]|\\.)*('|$|(?=\n))|`[^`]*(`|$)/g

const tokens = new RegExp(`${commentsAndStrings.source}|(?<![\\w.])\\d+\\.(?![\\w.])`, 'g')

/** Throws when the tree holds an error or nests too deep. */
export function checkSyntax(tree: Tree, query: string): void {
  if (query.trim() === '') throw new PromqlSyntaxError('no expression found in input', query, 0)
  let depth = 0
  let firstError: number | undefined
  tree.iterate({
    enter(node) {
      if (++depth > maxDepth)
        throw new PromqlSyntaxError(`query nests deeper than ${maxDepth} levels`, query, node.from)
      if (node.type.isError) firstError ??= node.from
    },
    leave() {
      depth--
    },
  })
  if (firstError !== undefined) throw describe(query, firstError)
}

function describe(query: string, at: number): Error {
  const open = openString(query)
  if (open !== undefined) return new PromqlSyntaxError('unterminated quoted string', query, open)
  const offset = at + (/^\s*/.exec(query.slice(at))?.[0].length ?? 0)
  const rest = query.slice(offset)
  const before = query.slice(0, offset)
  if (/^(step|range|min_of|max_of)\s*\(/i.test(rest)) return new UnsupportedPromqlError('a duration expression')
  const called = rest.startsWith('(') ? /([a-zA-Z_:][\w:]*)\s*$/.exec(before) : null
  if (called?.[1]) {
    if (unsupportedFunctions.has(called[1])) return new UnsupportedPromqlError(`function ${called[1]}()`)
    return new PromqlSyntaxError(`unknown function with name ${goQuote(called[1])}`, query, called.index)
  }
  return new PromqlSyntaxError(`unexpected ${tokenAt(rest)}${contextOf(before)}`, query, offset)
}

/** The parser's word for the next token. */
function tokenAt(rest: string): string {
  if (rest === '') return 'end of input'
  const number = /^(\d[\w.]*|\.\d[\w.]*)/.exec(rest)
  if (number) return `number ${goQuote(number[0])}`
  const identifier = /^[a-zA-Z_:][\w:]*/.exec(rest)
  if (identifier) return `${keywordKinds[identifier[0].toLowerCase()] ?? 'identifier'} ${goQuote(identifier[0])}`
  const string = /^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/.exec(rest)
  if (string) return `string ${string[0]}`
  const operator = /^(==|!=|>=|<=|=~|!~)/.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0)
  return operators.has(operator) ? `<op:${operator}>` : goQuote(operator)
}

function contextOf(before: string): string {
  const opened = before.lastIndexOf('{')
  if (opened > before.lastIndexOf('}')) return ' in label matching'
  return /\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*$/i.test(before) ? ' in grouping opts' : ''
}

/** Where a string begins that never ends, comments left out. */
function openString(query: string): number | undefined {
  for (const token of query.matchAll(commentsAndStrings)) {
    if (!token[0].startsWith('#') && (token[1] ?? token[2] ?? token[3] ?? '') === '') return token.index
  }
  return undefined
}

const operators: ReadonlySet<string> = new Set('+ - * / % ^ == != > < >= <= =~ !~'.split(' '))

const keywordKinds: Readonly<Record<string, string>> = {
  and: '<and>',
  or: '<or>',
  unless: '<unless>',
  by: '<by>',
  without: '<without>',
  on: '<on>',
  ignoring: '<ignoring>',
  group_left: '<group_left>',
  group_right: '<group_right>',
  bool: '<bool>',
  offset: '<offset>',
}

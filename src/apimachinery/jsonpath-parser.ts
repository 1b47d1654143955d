/** Reads JSONPath text. */
import type { Json } from './meta.ts'

/** A parsed path: steps from the root. */
export type JsonPath = readonly JsonPathStep[]

/** One step of a path. */
export type JsonPathStep =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  /** Items `from` up to but not including `to`, every `step`-th; negative ones count from the end. */
  | {
      readonly kind: 'slice'
      readonly from?: number
      readonly to?: number
      readonly step?: number
      readonly isIndex: boolean
    }
  | { readonly kind: 'union'; readonly paths: readonly JsonPath[] }
  /** The items for which `left` exists, or compares with `right`. */
  | {
      readonly kind: 'filter'
      readonly left: JsonPath
      readonly comparison?: { readonly operator: string; readonly right: JsonPath }
    }
  | { readonly kind: 'literal'; readonly value: Json }

/** The text is no JSONPath, or the value does not have the shape that the path asks for. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
  readonly reason = 'InvalidJsonPath'
}

/** Parses a path such as `.status.conditions[?(@.type=="Ready")].status`. @throws JsonPathError */
export function parseJsonPath(text: string): JsonPath {
  const steps: JsonPathStep[] = []
  for (let rest = text; rest !== ''; ) {
    const taken = takeToken(rest, steps)
    rest = rest.slice(taken)
  }
  return steps
}

/** Reads one token at the start of `text`, adds its steps and returns its length. */
function takeToken(text: string, steps: JsonPathStep[]): number {
  if (/^[ @$]/.test(text)) return 1
  if (text.startsWith('[?(')) return takeFilter(text, steps)
  if (text.startsWith('..')) return takeRecursive(text, steps)
  if (text.startsWith('[')) return takeBrackets(text, steps)
  if (text.startsWith('.')) return takeField(text, steps)
  return takeLiteral(text, steps)
}

function takeField(text: string, steps: JsonPathStep[]): number {
  const [all = '', name = ''] = /^\.?((?:\\[\s\S]|[^\s.,[\]$@{}\\])*)/.exec(text) ?? []
  steps.push(name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') })
  return all.length
}

function takeRecursive(text: string, steps: JsonPathStep[]): number {
  if (steps.at(-1)?.kind === 'recursive') throw new JsonPathError('invalid multiple recursive descent')
  steps.push({ kind: 'recursive' })
  return /^\.\.[\p{L}\p{N}_]/u.test(text) ? 2 + takeField(text.slice(2), steps) : 2
}

function takeBrackets(text: string, steps: JsonPathStep[]): number {
  const end = text.indexOf(']')
  if (end < 0) throw new JsonPathError('unterminated array')
  const inner = text.slice(1, end)
  const parts = inner.split(',')
  if (parts.length > 1) steps.push({ kind: 'union', paths: parts.map(part => parseJsonPath(`[${part.trim()}]`)) })
  else steps.push(...bracketSteps(inner))
  return end + 1
}

function bracketSteps(inner: string): JsonPath {
  if (inner === '*') return [{ kind: 'slice', isIndex: false }]
  const quoted = /^'([^']*)'$/.exec(inner)
  if (quoted) return parseJsonPath(`.${quoted[1]}`)
  const numbers = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inner)
  if (!numbers) throw new JsonPathError(`invalid array index ${inner}`)
  const [from, to, step] = numbers.slice(1).map(toNumber)
  return [
    {
      kind: 'slice',
      isIndex: numbers[2] === undefined,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(step === undefined ? {} : { step }),
    },
  ]
}

function toNumber(text: string | undefined): number | undefined {
  const digits = text?.replace(/^:/, '')
  if (!digits) return undefined
  if (digits === '-') throw new JsonPathError(`array index ${digits} is not a number`)
  return Number(digits)
}

function takeFilter(text: string, steps: JsonPathStep[]): number {
  const inner = filterText(text)
  if (text[inner.length + 4] !== ']') throw new JsonPathError('unclosed array expect ]')
  const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/s.exec(inner)
  const [, left = inner, operator = '', right = ''] = parts ?? []
  steps.push({
    kind: 'filter',
    left: parseJsonPath(left),
    ...(parts ? { comparison: { operator, right: parseJsonPath(right) } } : {}),
  })
  return inner.length + 5
}

// Up to the closing parenthesis; one quoted text may hold parentheses of its own.
function filterText(text: string): string {
  const found = /^\[\?\(((?:[^"')]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*)\)/s.exec(text)
  if (!found) throw new JsonPathError('unterminated filter')
  return found[1] ?? ''
}

function takeLiteral(text: string, steps: JsonPathStep[]): number {
  const quoted = /^(["'])((?:\\.|(?!\1)[^\\])*)\1/s.exec(text)
  const number = /^[+-]?[\d.]+/.exec(text)
  const word = /^(?:true|false)(?![\p{L}\p{N}_])/u.exec(text)
  const found = quoted ?? number ?? word
  if (!found) throw new JsonPathError(`unrecognized character in action: ${JSON.stringify(text[0])}`)
  if (quoted) steps.push({ kind: 'literal', value: (quoted[2] ?? '').replaceAll(/\\(.)/gs, '$1') })
  else if (number) steps.push({ kind: 'literal', value: literalNumber(number[0]) })
  else steps.push({ kind: 'literal', value: found[0] === 'true' })
  return found[0].length
}

function literalNumber(text: string): number {
  const value = Number(text)
  if (Number.isNaN(value)) throw new JsonPathError(`cannot parse number ${text}`)
  return value
}

/** Label selectors: their text, their objects, and what they match. Semantics and errors of k8s.io/apimachinery/pkg/labels. */
import { type FieldError, invalid, toText } from './field-error.ts'
import { scanSelector, type Token } from './label-tokens.ts'
import type { LabelSelector } from './meta.ts'
import { labelValueProblems, qualifiedNameProblems } from './names.ts'

/** The labels of an object; absent means none. */
export type Labels = Readonly<Record<string, string>> | undefined

/** How a requirement relates a label to its values, as it is written in selector text. */
export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!'

/** One requirement of a selector. `values` is empty for `exists` and `!`. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: SelectorOperator
  readonly values: readonly string[]
}

/** All requirements must hold; none at all matches everything. Sorted by key. */
export type Selector = readonly LabelRequirement[]

/** The text or object is no label selector. The message is the API's. */
export class LabelSelectorError extends Error {
  override readonly name = 'LabelSelectorError'
  readonly reason = 'InvalidLabelSelector'
}

/**
 * Parses selector text such as `app=web,tier!=db,env in (a,b),!legacy`. The empty text selects everything.
 * @throws LabelSelectorError
 */
export function parseLabelSelector(text: string): Selector {
  const requirements = new SelectorParser(scanSelector(text)).parse()
  return requirements.sort(byKey)
}

/**
 * The requirements of a LabelSelector object. Absent selects nothing (`undefined` is returned), empty everything.
 * @throws LabelSelectorError
 */
export function selectorOf(selector: LabelSelector | undefined): Selector | undefined {
  if (selector === undefined) return undefined
  const fromLabels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => newRequirement(key, '=', [value]))
  const fromExpressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const known = expressionOperators[operator]
    if (!known) throw new LabelSelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`)
    return newRequirement(key, known, values ?? [])
  })
  return [...fromLabels, ...fromExpressions].sort(byKey)
}

/** Whether the labels meet all requirements; an undefined selector matches nothing. */
export function matchesLabels(selector: Selector | undefined, labels: Labels): boolean {
  return selector?.every(requirement => meets(requirement, labels ?? {})) ?? false
}

/** Whether a LabelSelector object selects the labels. Absent selects nothing. @throws LabelSelectorError */
export function selectsLabels(selector: LabelSelector | undefined, labels: Labels): boolean {
  return matchesLabels(selectorOf(selector), labels)
}

/** The canonical text of a selector; {@link parseLabelSelector} reads it back. */
export function selectorToText(selector: Selector): string {
  return selector.map(requirementToText).join(',')
}

/** The selector text of a set of labels: `a=b,c=d`, sorted by key. */
export function labelsToText(labels: Labels): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

const expressionOperators: Readonly<Record<string, SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

const binaryOperators: readonly SelectorOperator[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt']

function meets({ key, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value)
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0] ?? '0')
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0] ?? '0')
  }
}

function requirementToText({ key, operator, values }: LabelRequirement): string {
  const list = [...values].sort().join(',')
  switch (operator) {
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'gt':
      return `${key}>${list}`
    case 'lt':
      return `${key}<${list}`
    default:
      return `${key}${operator}${list}`
  }
}

function newRequirement(key: string, operator: SelectorOperator, values: readonly string[]): LabelRequirement {
  const errors: FieldError[] = []
  const keyProblems = qualifiedNameProblems(key)
  if (keyProblems.length > 0) errors.push(invalid('key', key, keyProblems.join('; ')))
  const countProblem = wrongCount(operator, values.length)
  if (countProblem) errors.push(invalid('values', values.length > 0 ? values : undefined, countProblem))
  if (operator === 'gt' || operator === 'lt') {
    for (const [i, value] of values.entries()) {
      if (!isInteger(value)) {
        errors.push(invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
      }
    }
  }
  for (const [i, value] of values.entries()) {
    const problems = labelValueProblems(value)
    if (problems.length > 0) errors.push(invalid(`values[${i}][${key}]`, value, problems.join('; ')))
  }
  if (errors.length > 0) throw new LabelSelectorError(aggregate(errors))
  return { key, operator, values }
}

function wrongCount(operator: SelectorOperator, count: number): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return count === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined
    case '=':
    case '==':
    case '!=':
      return count === 1 ? undefined : 'exact-match compatibility requires one single value'
    case 'exists':
    case '!':
      return count === 0 ? undefined : 'values set must be empty for exists and does not exist'
    default:
      return count === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required"
  }
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = errors.map(toText)
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

function byKey(a: LabelRequirement, b: LabelRequirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^[-+]?[0-9]{1,18}$/.test(text)
}

/** Recursive descent over the tokens of selector text; the last token is always `end`. */
class SelectorParser {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    for (;;) {
      const token = this.#peek()
      if (token.kind === 'end') return requirements
      if (!startsRequirement(token)) throw unexpected(token, ": !, identifier, or 'end of string'")
      requirements.push(this.#requirement())
      const next = this.#take()
      if (next.kind === 'end') return requirements
      if (next.kind !== ',') throw unexpected(next, ": ',' or 'end of string'")
      if (!startsRequirement(this.#peek())) throw unexpected(this.#peek(), ": identifier after ','")
    }
  }

  #requirement(): LabelRequirement {
    try {
      const negated = this.#peek().kind === '!'
      if (negated) this.#take()
      const key = this.#take()
      if (!isWord(key)) throw unexpected(key, ': identifier')
      const problems = qualifiedNameProblems(key.text)
      // The API's parser has no path at this place and prints it as <nil>.
      if (problems.length > 0) throw new LabelSelectorError(toText(invalid('<nil>', key.text, problems.join('; '))))
      if (negated) return newRequirement(key.text, '!', [])
      const next = this.#peek().kind
      if (next === 'end' || next === ',') return newRequirement(key.text, 'exists', [])
      const operator = this.#operator()
      const values = operator === 'in' || operator === 'notin' ? this.#valueSet() : [this.#exactValue()]
      return newRequirement(key.text, operator, values)
    } catch (error) {
      if (!(error instanceof LabelSelectorError)) throw error
      throw new LabelSelectorError(`unable to parse requirement: ${error.message}`)
    }
  }

  #operator(): SelectorOperator {
    const token = this.#take()
    switch (token.kind) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return token.kind
      case '>':
        return 'gt'
      case '<':
        return 'lt'
      default:
        throw unexpected(token, `: ${binaryOperators.join(', ')}`)
    }
  }

  #valueSet(): string[] {
    const open = this.#take()
    if (open.kind !== '(') throw new LabelSelectorError(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (first.kind === ')') {
      this.#take()
      return ['']
    }
    if (!isWord(first) && first.kind !== ',') throw unexpected(first, ": ',', ')' or identifier")
    return this.#values()
  }

  #values(): string[] {
    const values = new Set<string>()
    for (;;) {
      const token = this.#take()
      if (isWord(token)) {
        values.add(token.text)
        const next = this.#peek()
        if (next.kind === ')') break
        if (next.kind !== ',') throw unexpected(next, ": ',' or ')'")
      } else if (token.kind === ',') {
        if (values.size === 0) values.add('')
        const next = this.#peek()
        if (next.kind === ')' || next.kind === ',') values.add('')
        if (next.kind === ')') break
      } else {
        throw unexpected(token, ": ',', or identifier")
      }
    }
    this.#take()
    return [...values].sort()
  }

  #exactValue(): string {
    const next = this.#peek()
    if (next.kind === 'end' || next.kind === ',') return ''
    const token = this.#take()
    if (!isWord(token)) throw unexpected(token, ': identifier')
    return token.text
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? endToken
  }

  #take(): Token {
    const token = this.#peek()
    this.#position += 1
    return token
  }
}

const endToken: Token = { kind: 'end', text: '' }

/** `in` and `notin` are ordinary words wherever an operator cannot stand. */
function isWord(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'in' || token.kind === 'notin'
}

function startsRequirement(token: Token): boolean {
  return isWord(token) || token.kind === '!'
}

function unexpected(token: Token, expected: string): LabelSelectorError {
  return new LabelSelectorError(`found '${token.text}', expected${expected}`)
}

/** From the text of a query to its tree, over Prometheus's own grammar. */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { Dialect } from '../dialect.ts'
import { metricName } from '../labels.ts'
import { type Matcher, type MatchOp, newMatcher } from '../matcher.ts'
import type { Aggregate, AggregateOp, AtModifier, Binary, Call, Expr, Position, VectorSelector } from './ast.ts'
import { checkTypes } from './check.ts'
import { PromqlSyntaxError, UnsupportedPromqlError } from './errors.ts'
import { fold, piecesOf } from './operators.ts'
import { checkSyntax, normalized } from './syntax.ts'
import { goQuote, parseNumber, unquote } from './text.ts'

/**
 * The tree of a query, with its types checked. Throws {@link PromqlSyntaxError} in Prometheus's words, or
 * {@link UnsupportedPromqlError} where the query asks for what only a real Prometheus has.
 */
export function parsePromql(text: string, dialect: Dialect): Expr {
  const query = normalized(text)
  const tree = parser.parse(query)
  checkSyntax(tree, query)
  const root = tree.topNode.firstChild
  if (!root) throw new PromqlSyntaxError('no expression found in input', query, 0)
  const expr = new TreeBuilder(query, dialect).build(root)
  checkTypes(expr, query)
  return expr
}

/** Milliseconds that a time given in seconds may reach, either way: what 64-bit nanoseconds hold. */
const maxTimeMs = 9_223_372_036_854

class TreeBuilder {
  readonly #query: string
  readonly #dialect: Dialect

  constructor(query: string, dialect: Dialect) {
    this.#query = query
    this.#dialect = dialect
  }

  build(node: SyntaxNode): Expr {
    return fold<Expr>(piecesOf(node, this.#query), {
      operand: piece => this.#operand(piece.node, piece.start),
      suffix: (piece, inner) => this.#suffix(piece.node, inner),
      sign: (piece, expr) => {
        const position = { start: piece.start, end: expr.position.end }
        if (expr.kind === 'number') return { ...expr, position, value: piece.op === '-' ? -expr.value : expr.value }
        return { kind: 'unary', position, op: piece.op, expr }
      },
      binary: (piece, left, right) => this.#binary(piece.op, piece.node, left, right),
    })
  }

  #operand(node: SyntaxNode, start: number): Expr {
    const position = { start, end: node.to }
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { kind: 'number', position, value: this.#number(position) }
      case 'StringLiteral':
        return { kind: 'string', position, value: this.#string(node) }
      case 'VectorSelector':
        return this.#vectorSelector(node)
      case 'ParenExpr':
        return { kind: 'paren', position, expr: this.build(child(node, 0)) }
      case 'FunctionCall':
        return this.#call(node)
      case 'AggregateExpr':
        return this.#aggregate(node)
      default:
        throw this.#error(`unexpected ${goQuote(this.#text(node))}`, node.from)
    }
  }

  #vectorSelector(node: SyntaxNode): VectorSelector {
    const identifier = node.getChild('Identifier')
    const name = identifier ? this.#text(identifier) : undefined
    const matchers: Matcher[] = []
    let quotedName: string | undefined
    for (const inner of childrenOf(node.getChild('LabelMatchers'))) {
      if (inner.name !== 'QuotedLabelName') {
        matchers.push(this.#matcher(inner))
        continue
      }
      const quoted = this.#string(child(inner, 0))
      const earlier = name ?? quotedName
      if (earlier !== undefined) throw this.#nameTwice(earlier, quoted, node)
      quotedName = quoted
    }
    const chosen = name ?? quotedName
    if (chosen !== undefined) {
      const second = matchers.find(matcher => matcher.name === metricName)
      if (second) throw this.#nameTwice(chosen, second.value, node)
      matchers.push(this.#newMatcher(metricName, '=', chosen, node))
    }
    const position = { start: node.from, end: node.to }
    return {
      kind: 'vectorSelector',
      position,
      matchers,
      offsetMs: 0,
      ...(chosen === undefined ? {} : { name: chosen }),
    }
  }

  #nameTwice(first: string, second: string, node: SyntaxNode): Error {
    return this.#error(`metric name must not be set twice: ${goQuote(first)} or ${goQuote(second)}`, node.from)
  }

  #matcher(node: SyntaxNode): Matcher {
    const [name, op, value] = [child(node, 0), child(node, 1), child(node, 2)]
    const label = name.name === 'QuotedLabelName' ? this.#string(child(name, 0)) : this.#text(name)
    return this.#newMatcher(label, this.#text(op) as MatchOp, this.#string(value), name)
  }

  #newMatcher(name: string, op: MatchOp, value: string, node: SyntaxNode): Matcher {
    try {
      return newMatcher(name, op, value, this.#dialect)
    } catch (error) {
      throw this.#error(error instanceof Error ? error.message : String(error), node.from)
    }
  }

  #call(node: SyntaxNode): Call {
    const args = childrenOf(node.getChild('FunctionCallBody')).map(arg => this.build(arg))
    const position = { start: node.from, end: node.to }
    return { kind: 'call', position, name: this.#text(child(node, 0)), args }
  }

  #aggregate(node: SyntaxNode): Aggregate {
    const op = this.#text(child(node, 0)).toLowerCase()
    const args = childrenOf(node.getChild('FunctionCallBody')).map(arg => this.build(arg))
    if (op === 'limit_ratio') throw new UnsupportedPromqlError('limit_ratio')
    if (args.length === 0) throw this.#error('no arguments for aggregate expression provided', node.from)
    const wanted = withParameter.has(op) ? 2 : 1
    const expr = args[wanted - 1]
    if (args.length !== wanted || !expr) {
      const counts = `expected ${wanted}, got ${args.length}`
      throw this.#error(`wrong number of arguments for aggregate expression provided, ${counts}`, node.from)
    }
    const modifier = node.getChild('AggregateModifier')
    return {
      kind: 'aggregate',
      position: { start: node.from, end: node.to },
      op: op as AggregateOp, // the grammar has no other words here
      expr,
      ...(wanted === 2 && args[0] ? { param: args[0] } : {}),
      grouping: { by: modifier?.getChild('Without') ? 'without' : 'by', labels: this.#grouping(modifier) },
    }
  }

  #grouping(holder: SyntaxNode | null): string[] {
    return childrenOf(holder?.getChild('GroupingLabels') ?? null).map(label =>
      label.name === 'QuotedLabelName' ? this.#string(child(label, 0)) : this.#text(label),
    )
  }

  #binary(op: Binary['op'], node: SyntaxNode, left: Expr, right: Expr): Binary {
    if (node.getChild('FillModifier')) throw new UnsupportedPromqlError('the fill modifier of binary operators')
    const operator = child(node, 1)
    const clause = node.getChild('MatchingModifierClause')
    const group = clause?.getChild('GroupLeft') ?? clause?.getChild('GroupRight')
    const lists = clause?.getChildren('GroupingLabels') ?? []
    const labels = this.#grouping(clause)
    const included = lists[1]
    return {
      kind: 'binary',
      position: { start: left.position.start, end: right.position.end },
      op,
      opPosition: { start: operator.from, end: operator.to },
      left,
      right,
      bool: node.getChild('BoolModifier') !== null,
      matching: {
        cardinality: !group ? 'one-to-one' : group.name === 'GroupLeft' ? 'many-to-one' : 'one-to-many',
        on: (clause?.getChild('On') ?? null) !== null,
        labels,
        include: included ? childrenOf(included).map(label => this.#text(label)) : [],
      },
    }
  }

  #suffix(node: SyntaxNode, inner: Expr): Expr {
    switch (node.name) {
      case 'MatrixSelector':
        return this.#range(node, inner)
      case 'SubqueryExpr': {
        const [range, step] = node.getChildren('DurationExpr')
        const rangeMs = this.#positiveDuration(range ?? node)
        const position = { start: inner.position.start, end: node.to }
        const subquery = { kind: 'subquery', position, expr: inner, rangeMs, offsetMs: 0 } as const
        return step ? { ...subquery, stepMs: this.#positiveDuration(step) } : subquery
      }
      case 'OffsetExpr':
        return this.#shifted(inner, node, 'offset', this.#signedDuration(child(node, 2)))
      case 'StepInvariantExpr':
        return this.#shifted(inner, node, '@', this.#at(node))
      default:
        throw new UnsupportedPromqlError(`the modifier ${this.#text(child(node, 1))}`)
    }
  }

  #range(node: SyntaxNode, inner: Expr): Expr {
    const bracket = inner.position.end
    if (inner.kind !== 'vectorSelector') {
      throw this.#error('ranges only allowed for vector selectors', bracket)
    }
    if (inner.offsetMs !== 0) throw this.#error('no offset modifiers allowed before range', bracket)
    if (inner.at) throw this.#error('no @ modifiers allowed before range', bracket)
    const rangeMs = this.#positiveDuration(child(node, 1))
    return { kind: 'matrixSelector', position: { start: inner.position.start, end: node.to }, selector: inner, rangeMs }
  }

  #shifted(inner: Expr, node: SyntaxNode, word: 'offset', offsetMs: number): Expr
  #shifted(inner: Expr, node: SyntaxNode, word: '@', at: AtModifier): Expr
  #shifted(inner: Expr, node: SyntaxNode, word: 'offset' | '@', value: number | AtModifier): Expr {
    const position = { start: inner.position.start, end: node.to }
    if (inner.kind === 'matrixSelector') {
      const selector = this.#moved(inner.selector, word, value)
      return { ...inner, position, selector: { ...selector, position: inner.selector.position } }
    }
    if (inner.kind === 'vectorSelector' || inner.kind === 'subquery') {
      return { ...this.#moved(inner, word, value), position }
    }
    const before = 'must be preceded by an instant vector selector or range vector selector or a subquery'
    throw this.#error(`${word} modifier ${before}`, inner.position.start)
  }

  #moved<T extends VectorSelector | Extract<Expr, { kind: 'subquery' }>>(
    selector: T,
    word: 'offset' | '@',
    value: number | AtModifier,
  ): T {
    const twice = word === 'offset' ? selector.offsetMs !== 0 : selector.at !== undefined
    if (twice) {
      const what = word === 'offset' ? 'offset' : '@ <timestamp>'
      throw this.#error(`${what} may not be set multiple times`, selector.position.start)
    }
    return typeof value === 'number' ? { ...selector, offsetMs: value } : { ...selector, at: value }
  }

  #at(node: SyntaxNode): AtModifier {
    const preprocessor = node.getChild('AtModifierPreprocessors')
    if (preprocessor) return { kind: preprocessor.getChild('AtStart') ? 'start' : 'end' }
    const literal = child(node, 2)
    const seconds = this.#number({ start: literal.from, end: literal.to })
    const atMs = Math.round(seconds * 1000)
    if (!(Math.abs(atMs) <= maxTimeMs)) {
      throw this.#error(`timestamp out of bounds for @ modifier: ${seconds.toFixed(6)}`, node.from)
    }
    return { kind: 'time', atMs }
  }

  #positiveDuration(node: SyntaxNode): number {
    const ms = this.#signedDuration(node)
    if (ms <= 0) throw this.#error('duration must be greater than 0', node.from)
    return ms
  }

  /** Milliseconds of a plain duration with any signs; anything more is an experimental duration expression. */
  #signedDuration(node: SyntaxNode): number {
    const [first, second] = childrenOf(node)
    if (node.name === 'NumberDurationLiteralInDurationContext' || !first) {
      const ms = Math.round(this.#number({ start: node.from, end: node.to }) * 1000)
      if (!(Math.abs(ms) <= maxTimeMs)) throw this.#error('duration out of range', node.from)
      return ms
    }
    if (first.name === 'UnaryOp' && second) {
      return this.#text(first) === '-' ? -this.#signedDuration(second) : this.#signedDuration(second)
    }
    if (second || first.name !== 'NumberDurationLiteralInDurationContext') {
      throw new UnsupportedPromqlError(`the duration expression ${goQuote(this.#text(node))}`)
    }
    return this.#signedDuration(first)
  }

  #number(position: Position): number {
    const text = this.#query.slice(position.start, position.end)
    const value = parseNumber(text)
    if (value === undefined) throw this.#error(`bad number or duration syntax: ${goQuote(text)}`, position.start)
    return value
  }

  #string(node: SyntaxNode): string {
    const literal = this.#text(node)
    const text = unquote(literal)
    if (text === undefined) throw this.#error(`error unquoting string ${goQuote(literal)}: invalid syntax`, node.from)
    return text
  }

  #text(node: SyntaxNode): string {
    return this.#query.slice(node.from, node.to)
  }

  #error(message: string, offset: number): PromqlSyntaxError {
    return new PromqlSyntaxError(message, this.#query, offset)
  }
}

const withParameter: ReadonlySet<string> = new Set(['topk', 'bottomk', 'limitk', 'quantile', 'count_values'])

function childrenOf(node: SyntaxNode | null): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let at = node?.firstChild ?? null; at; at = at.nextSibling) children.push(at)
  return children
}

/** The n-th child; a tree without errors has it wherever the grammar says so. */
function child(node: SyntaxNode, index: number): SyntaxNode {
  const found = childrenOf(node)[index]
  if (!found) throw new Error(`the grammar promised child ${index} of ${node.name}`)
  return found
}

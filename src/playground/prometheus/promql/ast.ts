/** PromQL as a tree: what the parser makes and the evaluator walks. */
import type { Matcher } from '../matcher.ts'

/** Character offsets into the query. */
export interface Position {
  readonly start: number
  readonly end: number
}

/** The four types of the language, as its error messages call them. */
export type ExprType = 'scalar' | 'instant vector' | 'range vector' | 'string'

/** `@ 1609746000`, `@ start()`, `@ end()`. */
export type AtModifier = { readonly kind: 'time'; readonly atMs: number } | { readonly kind: 'start' | 'end' }

/** What selectors and subqueries share. */
export interface TimeShift {
  /** How far to look back from the evaluation time (or `at`); negative looks ahead. */
  readonly offsetMs: number
  readonly at?: AtModifier
}

export interface NumberLiteral {
  readonly kind: 'number'
  readonly position: Position
  readonly value: number
}

export interface StringLiteral {
  readonly kind: 'string'
  readonly position: Position
  readonly value: string
}

export interface VectorSelector extends TimeShift {
  readonly kind: 'vectorSelector'
  readonly position: Position
  /** The name in front of the braces. */
  readonly name?: string
  /** All matchers, the name's included. */
  readonly matchers: readonly Matcher[]
}

export interface MatrixSelector {
  readonly kind: 'matrixSelector'
  readonly position: Position
  readonly selector: VectorSelector
  readonly rangeMs: number
}

export interface Subquery extends TimeShift {
  readonly kind: 'subquery'
  readonly position: Position
  readonly expr: Expr
  readonly rangeMs: number
  /** Absent: the engine's default. */
  readonly stepMs?: number
}

export interface Call {
  readonly kind: 'call'
  readonly position: Position
  readonly name: string
  readonly args: readonly Expr[]
}

/** The aggregation operators. */
export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'limitk'
  | 'quantile'
  | 'count_values'

export interface Aggregate {
  readonly kind: 'aggregate'
  readonly position: Position
  readonly op: AggregateOp
  readonly expr: Expr
  /** k, the quantile or the label. */
  readonly param?: Expr
  readonly grouping: { readonly by: 'by' | 'without'; readonly labels: readonly string[] }
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<='
export type SetOp = 'and' | 'or' | 'unless'
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp

/** How the sides of an operation between vectors meet. */
export interface Matching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  readonly on: boolean
  readonly labels: readonly string[]
  /** Labels that the "one" side adds to the result. */
  readonly include: readonly string[]
}

export interface Binary {
  readonly kind: 'binary'
  readonly position: Position
  readonly op: BinaryOp
  /** Where the operator itself stands. */
  readonly opPosition: Position
  readonly left: Expr
  readonly right: Expr
  readonly bool: boolean
  readonly matching: Matching
}

export interface Unary {
  readonly kind: 'unary'
  readonly position: Position
  readonly op: '+' | '-'
  readonly expr: Expr
}

export interface Paren {
  readonly kind: 'paren'
  readonly position: Position
  readonly expr: Expr
}

/** Any expression. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren

/** The expression inside any parentheses. */
export function unwrapped(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapped(expr.expr) : expr
}

/** Whether the operator compares. */
export function isComparison(op: BinaryOp): op is ComparisonOp {
  return op === '==' || op === '!=' || op === '>' || op === '<' || op === '>=' || op === '<='
}

/** Whether the operator works on sets of series. */
export function isSetOp(op: BinaryOp): op is SetOp {
  return op === 'and' || op === 'or' || op === 'unless'
}

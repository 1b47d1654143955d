/** What a function gets to evaluate its arguments with. */
import type { Expr } from '../promql/ast.ts'
import type { QueryContext } from './context.ts'
import type { RangeReader } from './selectors.ts'
import type { At, Vector } from './values.ts'

/** The parts of one query, compiled. Each method takes an expression of its type; the type check made sure of that. */
export interface Parts {
  readonly context: QueryContext
  scalar(expr: Expr): At<number>
  vector(expr: Expr): At<Vector>
  range(expr: Expr): RangeReader
  /** A string literal's text. */
  text(expr: Expr): string
}

/** Turns the tree of a query into functions of the evaluation time. */

import { type Aggregate, type Binary, type Expr, isSetOp, unwrapped } from '../promql/ast.ts'
import { typeOf } from '../promql/check.ts'
import { aggregation } from './aggregate.ts'
import { scalarBinary, vectorBinary, vectorScalarBinary } from './binary.ts'
import { distinct, type QueryContext, renamed } from './context.ts'
import { compileCall, compileScalarCall } from './functions/calls.ts'
import type { Parts } from './parts.ts'
import { instantReader, matrixReader, type RangeReader, subqueryReader } from './selectors.ts'
import type { At, Vector } from './values.ts'

/** Compiles the parts of one query. The expressions have passed the type check. */
export class Compiler implements Parts {
  readonly context: QueryContext

  constructor(context: QueryContext) {
    this.context = context
  }

  /** An expression of type scalar. */
  scalar(expr: Expr): At<number> {
    switch (expr.kind) {
      case 'number':
        return () => expr.value
      case 'paren':
        return this.scalar(expr.expr)
      case 'unary': {
        const inner = this.scalar(expr.expr)
        return expr.op === '-' ? atMs => -inner(atMs) : inner
      }
      case 'binary':
        if (isSetOp(expr.op)) break
        return scalarBinary(expr.op, this.scalar(expr.left), this.scalar(expr.right))
      case 'call':
        return compileScalarCall(this, expr)
    }
    throw misplaced(expr, 'scalar')
  }

  /** An expression of type instant vector. */
  vector(expr: Expr): At<Vector> {
    switch (expr.kind) {
      case 'vectorSelector':
        return instantReader(this.context, expr)
      case 'paren':
        return this.vector(expr.expr)
      case 'unary':
        return this.#negated(expr.op, this.vector(expr.expr))
      case 'binary':
        return this.#binary(expr)
      case 'aggregate':
        return this.#aggregate(expr)
      case 'call':
        return compileCall(this, expr)
    }
    throw misplaced(expr, 'instant vector')
  }

  /** An expression of type range vector. */
  range(expr: Expr): RangeReader {
    const inner = unwrapped(expr)
    if (inner.kind === 'matrixSelector') return matrixReader(this.context, inner)
    if (inner.kind === 'subquery') return subqueryReader(this.context, inner, this.vector(inner.expr))
    throw misplaced(expr, 'range vector')
  }

  /** A string literal's text. */
  text(expr: Expr): string {
    const inner = unwrapped(expr)
    if (inner.kind === 'string') return inner.value
    throw misplaced(expr, 'string')
  }

  #negated(op: '+' | '-', inner: At<Vector>): At<Vector> {
    if (op === '+') return inner
    return atMs =>
      distinct(
        this.context,
        inner(atMs).map(sample => renamed(this.context, sample, -sample.value)),
      )
  }

  #binary(expr: Binary): At<Vector> {
    const leftIsScalar = typeOf(expr.left) === 'scalar'
    if (leftIsScalar || typeOf(expr.right) === 'scalar') {
      const [vector, scalar] = leftIsScalar ? [expr.right, expr.left] : [expr.left, expr.right]
      return vectorScalarBinary(this.context, expr, this.vector(vector), this.scalar(scalar), leftIsScalar)
    }
    return vectorBinary(this.context, expr, this.vector(expr.left), this.vector(expr.right))
  }

  #aggregate(expr: Aggregate): At<Vector> {
    const { param } = expr
    const parameter = !param
      ? {}
      : expr.op === 'count_values'
        ? { text: this.text(param) }
        : { number: this.scalar(param) }
    return aggregation(this.context, expr, this.vector(expr.expr), parameter)
  }
}

function misplaced(expr: Expr, wanted: string): Error {
  return new Error(`a ${expr.kind} stands where the type check allows ${wanted} only`)
}

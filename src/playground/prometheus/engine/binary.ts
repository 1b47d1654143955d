/** Binary operators. */
import { type ArithmeticOp, type Binary, type ComparisonOp, isComparison, isSetOp, type SetOp } from '../promql/ast.ts'
import { arithmetic, compares } from './arithmetic.ts'
import { distinct, type QueryContext, renamed } from './context.ts'
import { matchLabels } from './grouping.ts'
import { vectorMatching } from './matching.ts'
import type { At, Sample, Vector } from './values.ts'

/** A scalar operator; comparisons give 1 or 0. */
export function scalarBinary(op: ArithmeticOp | ComparisonOp, left: At<number>, right: At<number>): At<number> {
  return atMs => applied(op, left(atMs), right(atMs))
}

function applied(op: ArithmeticOp | ComparisonOp, left: number, right: number): number {
  return isComparison(op) ? Number(compares(op, left, right)) : arithmetic(op, left, right)
}

/** An operator between a vector and a scalar; a comparison without `bool` filters the vector. */
export function vectorScalarBinary(
  context: QueryContext,
  { op, bool }: Binary,
  vector: At<Vector>,
  scalar: At<number>,
  scalarIsLeft: boolean,
): At<Vector> {
  if (isSetOp(op)) throw new Error(`${op} between a vector and a scalar passed the type check`)
  const filters = isComparison(op) && !bool
  return atMs => {
    const number = scalar(atMs)
    const out: Sample[] = []
    for (const sample of vector(atMs)) {
      const [left, right] = scalarIsLeft ? [number, sample.value] : [sample.value, number]
      const value = applied(op, left, right)
      if (!filters) out.push(renamed(context, sample, value))
      else if (value === 1) out.push(sample)
    }
    return filters ? out : distinct(context, out)
  }
}

/** An operator between two vectors. */
export function vectorBinary(context: QueryContext, binary: Binary, left: At<Vector>, right: At<Vector>): At<Vector> {
  const { op } = binary
  if (isSetOp(op)) {
    const combine = setOperation(op, binary)
    return atMs => distinct(context, combine(left(atMs), right(atMs)))
  }
  const filters = isComparison(op) && !binary.bool
  const combine = vectorMatching(context, binary, (a, b) => {
    const value = applied(op, a, b)
    return filters ? (value === 1 ? a : undefined) : value
  })
  return atMs => distinct(context, combine(left(atMs), right(atMs)))
}

function setOperation(op: SetOp, binary: Binary): (left: Vector, right: Vector) => Vector {
  const signature = matchLabels(binary.matching)
  const keys = (vector: Vector) => new Set(vector.map(sample => signature(sample.labels).key))
  switch (op) {
    case 'and':
      return (left, right) => {
        const present = keys(right)
        return left.filter(sample => present.has(signature(sample.labels).key))
      }
    case 'unless':
      return (left, right) => {
        const present = keys(right)
        return left.filter(sample => !present.has(signature(sample.labels).key))
      }
    case 'or':
      return (left, right) => {
        const present = keys(left)
        return [...left, ...right.filter(sample => !present.has(signature(sample.labels).key))]
      }
  }
}

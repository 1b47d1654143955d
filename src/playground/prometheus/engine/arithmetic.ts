/** Operators on single numbers. */
import type { ArithmeticOp, ComparisonOp } from '../promql/ast.ts'

/** The result of an arithmetic operator, as IEEE 754 and Go's math package define it. */
export function arithmetic(op: ArithmeticOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '^':
      return power(left, right)
    case 'atan2':
      return Math.atan2(left, right)
  }
}

/** `**`, but 1 to any power and -1 to an infinite one are 1 (C99, and Go's math.Pow). */
function power(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1
  return base ** exponent
}

/** Whether a comparison holds; with NaN only `!=` does. */
export function compares(op: ComparisonOp, left: number, right: number): boolean {
  switch (op) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > right
    case '<':
      return left < right
    case '>=':
      return left >= right
    case '<=':
      return left <= right
  }
}

/** The types of a query's parts, and the rules that the grammar alone does not hold. */
import { matchesEmpty } from '../matcher.ts'
import { type Aggregate, type Binary, type Call, type Expr, type ExprType, isComparison, isSetOp } from './ast.ts'
import { PromqlSyntaxError, UnsupportedPromqlError } from './errors.ts'
import { signatures, unsupportedFunctions } from './signatures.ts'
import { goQuote } from './text.ts'

/** The type of an expression's result. */
export function typeOf(expr: Expr): ExprType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'vectorSelector':
    case 'aggregate':
      return 'instant vector'
    case 'matrixSelector':
    case 'subquery':
      return 'range vector'
    case 'paren':
    case 'unary':
      return typeOf(expr.expr)
    case 'call':
      return signatures.get(expr.name)?.returns ?? 'instant vector'
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'instant vector'
  }
}

/** Throws {@link PromqlSyntaxError} for the first rule of the language that the query breaks. */
export function checkTypes(expr: Expr, query: string): void {
  new Checker(query).check(expr)
}

class Checker {
  readonly #query: string

  constructor(query: string) {
    this.#query = query
  }

  check(expr: Expr): ExprType {
    switch (expr.kind) {
      case 'aggregate':
        this.#aggregate(expr)
        break
      case 'binary':
        this.#binary(expr)
        break
      case 'call':
        this.#call(expr)
        break
      case 'paren':
        this.check(expr.expr)
        break
      case 'unary': {
        const type = this.check(expr.expr)
        if (type !== 'scalar' && type !== 'instant vector') {
          const only = 'unary expression only allowed on expressions of type scalar or instant vector'
          this.#fail(`${only}, got ${goQuote(type)}`, expr)
        }
        break
      }
      case 'subquery': {
        const type = this.check(expr.expr)
        if (type !== 'instant vector') {
          this.#fail(`subquery is only allowed on instant vector, got ${shortNames[type]} instead`, expr)
        }
        break
      }
      case 'matrixSelector':
        this.check(expr.selector)
        break
      case 'vectorSelector':
        if (expr.name === undefined && expr.matchers.every(matchesEmpty)) {
          this.#fail('vector selector must contain at least one non-empty matcher', expr)
        }
        break
      case 'number':
      case 'string':
        break
    }
    return typeOf(expr)
  }

  #aggregate(expr: Aggregate): void {
    this.#expect(expr.expr, 'instant vector', 'aggregation expression')
    if (expr.param) {
      this.#expect(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter')
    }
  }

  #expect(expr: Expr, wanted: ExprType, context: string): void {
    const type = this.check(expr)
    if (type !== wanted) this.#fail(`expected type ${wanted} in ${context}, got ${type}`, expr)
  }

  #binary(expr: Binary): void {
    const left = this.check(expr.left)
    const right = this.check(expr.right)
    const { matching, op } = expr
    const atOperator = { position: expr.opPosition }
    if (expr.bool && !isComparison(op)) this.#fail('bool modifier can only be used on comparison operators', atOperator)
    if (isComparison(op) && !expr.bool && left === 'scalar' && right === 'scalar') {
      this.#fail('comparisons between scalars must use BOOL modifier', atOperator)
    }
    const both = matching.on ? matching.labels.find(label => matching.include.includes(label)) : undefined
    if (both !== undefined) {
      this.#fail(`label ${goQuote(both)} must not occur in ON and GROUP clause at once`, atOperator)
    }
    const sides = [
      [expr.left, left],
      [expr.right, right],
    ] as const
    for (const [side, type] of sides) {
      if (type !== 'scalar' && type !== 'instant vector') {
        this.#fail('binary expression must contain only scalar and instant vector types', side)
      }
    }
    if (left === 'scalar' || right === 'scalar') {
      if (matching.labels.length > 0) this.#fail('vector matching only allowed between instant vectors', expr)
      if (isSetOp(op)) this.#fail(`set operator ${goQuote(op)} not allowed in binary scalar expression`, expr)
    } else if (isSetOp(op) && matching.cardinality !== 'one-to-one') {
      this.#fail(`no grouping allowed for ${goQuote(op)} operation`, expr)
    }
  }

  #call(expr: Call): void {
    const signature = signatures.get(expr.name)
    if (!signature) {
      if (unsupportedFunctions.has(expr.name)) throw new UnsupportedPromqlError(`function ${expr.name}()`)
      this.#fail(`unknown function with name ${goQuote(expr.name)}`, expr)
    }
    const { args, variadic } = signature
    const given = expr.args.length
    const inCall = `argument(s) in call to ${goQuote(expr.name)}, got ${given}`
    if (variadic === 0 && given !== args.length) this.#fail(`expected ${args.length} ${inCall}`, expr)
    const least = args.length - 1
    if (variadic !== 0 && given < least) this.#fail(`expected at least ${least} ${inCall}`, expr)
    if (variadic > 0 && given > least + variadic) this.#fail(`expected at most ${least + variadic} ${inCall}`, expr)
    expr.args.forEach((arg, i) => {
      const wanted = args[Math.min(i, args.length - 1)]
      if (wanted) this.#expect(arg, wanted, `call to function ${goQuote(expr.name)}`)
    })
  }

  #fail(message: string, at: Pick<Expr, 'position'>): never {
    throw new PromqlSyntaxError(message, this.#query, at.position.start)
  }
}

const shortNames: Readonly<Record<ExprType, string>> = {
  scalar: 'scalar',
  string: 'string',
  'instant vector': 'vector',
  'range vector': 'matrix',
}

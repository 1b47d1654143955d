import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dialectV2, dialectV3 } from '../dialect.ts'
import type { Expr } from './ast.ts'
import { parsePromql } from './parse.ts'

/** The tree in a short notation that shows what belongs together. */
function shape(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return String(expr.value)
    case 'string':
      return JSON.stringify(expr.value)
    case 'vectorSelector': {
      const matchers = expr.matchers.map(({ name, op, value }) => `${name}${op}${value}`)
      return `{${matchers.join(',')}}${shiftOf(expr)}`
    }
    case 'matrixSelector':
      return `${shape(expr.selector)}[${expr.rangeMs}]`
    case 'subquery':
      return `${shape(expr.expr)}[${expr.rangeMs}:${expr.stepMs ?? ''}]${shiftOf(expr)}`
    case 'call':
      return `${expr.name}(${expr.args.map(shape).join(', ')})`
    case 'aggregate':
      return `${expr.op} ${expr.grouping.by}(${expr.grouping.labels}) (${[expr.param, expr.expr].flatMap(one => (one ? [shape(one)] : [])).join(', ')})`
    case 'binary': {
      const { cardinality, on, labels, include } = expr.matching
      const matching =
        cardinality === 'one-to-one' && labels.length === 0 && !on
          ? ''
          : ` ${on ? 'on' : 'ignoring'}(${labels}) ${cardinality}(${include})`
      return `(${shape(expr.left)} ${expr.op}${expr.bool ? ' bool' : ''}${matching} ${shape(expr.right)})`
    }
    case 'unary':
      return `(${expr.op}${shape(expr.expr)})`
    case 'paren':
      return shape(expr.expr)
  }
}

function shiftOf({ offsetMs, at }: { offsetMs: number; at?: { kind: string; atMs?: number } }): string {
  return `${offsetMs === 0 ? '' : ` offset ${offsetMs}`}${at ? ` @ ${at.atMs ?? at.kind}` : ''}`
}

describe('parsePromql', () => {
  const trees: readonly { name: string; query: string; want: string }[] = [
    { name: 'binds ^ tighter than a sign', query: '-1 ^ 2', want: '(-(1 ^ 2))' },
    { name: 'groups ^ to the right', query: '2 ^ 3 ^ 2', want: '(2 ^ (3 ^ 2))' },
    { name: 'groups other operators to the left', query: '1 - 2 - 3', want: '((1 - 2) - 3)' },
    {
      name: 'orders operators by precedence',
      query: 'a or b and c == d + e * f ^ g',
      want:
        '({__name__=a} or ({__name__=b} and ({__name__=c} == ' +
        '({__name__=d} + ({__name__=e} * ({__name__=f} ^ {__name__=g}))))))',
    },
    {
      name: 'applies offset to the last operand only',
      query: 'a + b offset 5m * c',
      want: '({__name__=a} + ({__name__=b} offset 300000 * {__name__=c}))',
    },
    {
      name: 'applies a range to the last operand only',
      query: 'a + rate(b[1m])',
      want: '({__name__=a} + rate({__name__=b}[60000]))',
    },
    { name: 'takes @ and offset in any order', query: 'a @ 1.5 offset -1m', want: '{__name__=a} offset -60000 @ 1500' },
    { name: 'reads a subquery without a step', query: 'a[5m:] @ end()', want: '{__name__=a}[300000:] @ end' },
    { name: 'reads a duration as a number of seconds', query: '1h30m', want: '5400' },
    { name: 'reads hexadecimal, octal and signs', query: '- -0x10 + 010', want: '(16 + 8)' },
    { name: 'reads a name in quotes', query: '{"my metric", "a.b"="c"}', want: '{a.b=c,__name__=my metric}' },
    { name: 'leaves comments out', query: 'a # one "thing\n+ 1', want: '({__name__=a} + 1)' },
    { name: 'keeps a # inside of a string', query: '{a="#b"}', want: '{a=#b}' },
    { name: 'reads keywords as names', query: 'by{on="x", bool!~"y"}', want: '{on=x,bool!~y,__name__=by}' },
    { name: 'reads escapes', query: String.raw`"\x41\t\u00e9\101'"`, want: JSON.stringify('A\té' + "A'") },
    { name: 'reads a raw string', query: '`\\n`', want: JSON.stringify('\\n') },
    {
      name: 'reads matching with a group',
      query: 'a * on(x) group_left(y) b',
      want: '({__name__=a} * on(x) many-to-one(y) {__name__=b})',
    },
    { name: 'reads a modifier on either side', query: 'sum(a) without (x)', want: 'sum without(x) ({__name__=a})' },
  ]
  for (const { name, query, want } of trees) {
    it(name, () => assert.equal(shape(parsePromql(query, dialectV3)), want))
  }

  const refusals: readonly { query: string; want: RegExp }[] = [
    { query: '', want: /^1:1: parse error: no expression found in input$/ },
    { query: '# only a comment', want: /no expression found in input/ },
    { query: 'a b', want: /^1:3: parse error: unexpected identifier "b"$/ },
    { query: 'a\n  )', want: /^2:3: parse error: unexpected "\)"$/ },
    { query: 'sum(a', want: /unexpected end of input/ },
    { query: 'a{b=c}', want: /unexpected identifier "c" in label matching/ },
    { query: '{a="b}', want: /unterminated quoted string/ },
    { query: 'foo(a)', want: /^1:1: parse error: unknown function with name "foo"$/ },
    { query: 'a[0s]', want: /duration must be greater than 0/ },
    { query: 'a offset 1m[5m]', want: /no offset modifiers allowed before range/ },
    { query: 'a @ 1e99', want: /timestamp out of bounds for @ modifier/ },
    { query: 'a{b=~"*"}', want: /error parsing regexp: missing argument to repetition operator: `\*`/ },
    {
      query: '-a[5m]',
      want: /unary expression only allowed on expressions of type scalar or instant vector, got "range vector"/,
    },
    { query: 'rate(a[5m])[5m:1m][1m]', want: /ranges only allowed for vector selectors/ },
    {
      query: 'holt_winters(a[5m], 0.5, 0.5)',
      want: /function holt_winters\(\) is not supported.*serin up --prometheus URL\|BINARY/,
    },
    { query: 'histogram_avg(a)', want: /function histogram_avg\(\) is not supported/ },
    { query: 'info(a)', want: /function info\(\) is not supported/ },
    { query: 'a + on(x) fill(0) b', want: /the fill modifier of binary operators is not supported/ },
    { query: 'rate(a[5m] smoothed)', want: /the modifier smoothed is not supported/ },
    { query: 'a[5m + 1m]', want: /the duration expression "5m \+ 1m" is not supported/ },
    { query: 'limit_ratio(0.5, a)', want: /limit_ratio is not supported/ },
    { query: `${'('.repeat(2000)}1${')'.repeat(2000)}`, want: /query nests deeper than 1000 levels/ },
  ]
  for (const { query, want } of refusals) {
    it(`refuses ${JSON.stringify(query.slice(0, 40))}`, () => {
      assert.throws(
        () => parsePromql(query, dialectV3),
        (error: Error & { reason?: string }) => want.test(error.message) && error.reason === 'bad_data',
      )
    })
  }

  it('lets a dot match a line break since Prometheus 3 only', () => {
    const matches = (dialect: typeof dialectV3) => {
      const expr = parsePromql('{a=~"x.y"}', dialect)
      return expr.kind === 'vectorSelector' && expr.matchers[0]?.matches('x\ny')
    }
    assert.deepEqual([matches(dialectV3), matches(dialectV2)], [true, false])
  })
})

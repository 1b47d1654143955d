import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matchesLabels, parseLabelSelector, selectorOf, selectorToText, selectsLabels } from './labels.ts'
import type { LabelSelector } from './meta.ts'

// Text and canonical text, as k8s.io/apimachinery 0.37 prints it.
const texts: readonly [text: string, want: string][] = [
  ['', ''],
  ['a=b', 'a=b'],
  ['b=1, a==2', 'a==2,b=1'],
  ['x in (foo,,baz),y,z notin ()', 'x in (,baz,foo),y,z notin ()'],
  ['!legacy', '!legacy'],
  ['a!=b', 'a!=b'],
  ['a=', 'a='],
  ['in in (in,notin)', 'in in (in,notin)'],
  ['n>5,m<7', 'm<7,n>5'],
  ['example.com/app = web', 'example.com/app=web'],
]

const errors: readonly [text: string, message: string][] = [
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['a=b,', "found '', expected: identifier after ','"],
  [',a', "found ',', expected: !, identifier, or 'end of string'"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  [
    'a>x',
    "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
  [
    '-a=b',
    "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  [
    'a=b@',
    "unable to parse requirement: values[0][a]: Invalid value: \"b@\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
]

const matches: readonly [text: string, labels: Record<string, string>, want: boolean][] = [
  ['', {}, true],
  ['a=b', { a: 'b' }, true],
  ['a=b', {}, false],
  ['a!=b', {}, true],
  ['a!=b', { a: 'b' }, false],
  ['a in (x,y)', { a: 'y' }, true],
  ['a notin (x,y)', { a: 'y' }, false],
  ['a notin (x,y)', {}, true],
  ['a', { a: '' }, true],
  ['!a', { a: '' }, false],
  ['a>3', { a: '4' }, true],
  ['a>3', { a: 'four' }, false],
  ['a<3', { a: '-1' }, true],
  ['a=b,c=d', { a: 'b' }, false],
  ['toString', {}, false],
]

const objects: readonly [selector: LabelSelector | undefined, labels: Record<string, string>, want: boolean][] = [
  [undefined, { a: 'b' }, false],
  [{}, { a: 'b' }, true],
  [{ matchLabels: { a: 'b' } }, { a: 'b', c: 'd' }, true],
  [{ matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] }, { a: 'b' }, false],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] }, { a: 'c' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, {}, true],
]

describe('label selectors', () => {
  for (const [text, want] of texts) {
    it(`reads and prints ${JSON.stringify(text)}`, () => {
      assert.equal(selectorToText(parseLabelSelector(text)), want)
      assert.deepEqual(parseLabelSelector(want), parseLabelSelector(text))
    })
  }
  for (const [text, message] of errors) {
    it(`refuses ${JSON.stringify(text)} in the API's words`, () =>
      assert.throws(() => parseLabelSelector(text), { name: 'LabelSelectorError', message }))
  }
  for (const [text, labels, want] of matches) {
    it(`${JSON.stringify(text)} ${want ? 'selects' : 'passes by'} ${JSON.stringify(labels)}`, () =>
      assert.equal(matchesLabels(parseLabelSelector(text), labels), want))
  }
  for (const [selector, labels, want] of objects) {
    it(`${JSON.stringify(selector)} ${want ? 'selects' : 'passes by'} ${JSON.stringify(labels)}`, () =>
      assert.equal(selectsLabels(selector, labels), want))
  }
  it('refuses an expression without values where the operator needs some', () => {
    assert.throws(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] }), {
      message: "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
    })
  })
})

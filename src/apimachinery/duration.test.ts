import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration, tryParseDuration } from './duration.ts'

// Text, milliseconds, and the text that Go prints for it.
const cases: readonly [text: string, ms: number, canonical: string][] = [
  ['1m30s', 90_000, '1m30s'],
  ['1h', 3_600_000, '1h0m0s'],
  ['100h30.5s', 360_030_500, '100h0m30.5s'],
  ['300ms', 300, '300ms'],
  ['0', 0, '0s'],
  ['-1m', -60_000, '-1m0s'],
  ['.5s', 500, '500ms'],
  ['1µs', 0.001, '1µs'],
  ['1ns', 0.000001, '1ns'],
  ['59.999s', 59_999, '59.999s'],
]

const errors: readonly [text: string, message: string][] = [
  ['', 'time: invalid duration ""'],
  ['5', 'time: missing unit in duration "5"'],
  ['1h30', 'time: missing unit in duration "1h30"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['x', 'time: invalid duration "x"'],
  ['.', 'time: invalid duration "."'],
  ['2562048h', 'time: invalid duration "2562048h"'],
  ['1toString', 'time: unknown unit "toString" in duration "1toString"'],
]

describe('durations', () => {
  for (const [text, ms, canonical] of cases) {
    it(`${text} is ${ms} ms and prints as ${canonical}`, () => {
      assert.equal(parseDuration(text), ms)
      assert.equal(formatDuration(ms), canonical)
    })
  }
  for (const [text, message] of errors) {
    it(`refuses ${JSON.stringify(text)} in the words of Go`, () => {
      assert.throws(() => parseDuration(text), { name: 'DurationError', message })
      assert.equal(tryParseDuration(text), undefined)
    })
  }
  it('whatever prints reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), ms => parseDuration(formatDuration(ms)) === ms),
      { seed: 1 },
    )
  })
})

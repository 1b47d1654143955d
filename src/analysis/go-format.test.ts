import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTwoDecimals } from './go-format.ts'

describe('numbers', () => {
  const cases: readonly (readonly [number, string])[] = [
    [69.1666, '69.17'],
    [0.125, '0.12'],
    [0.375, '0.38'],
    [-1.5, '-1.50'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ]
  for (const [n, want] of cases)
    it(`${n} has two decimals as in Go: ${want}`, () => assert.equal(formatTwoDecimals(n), want))
})

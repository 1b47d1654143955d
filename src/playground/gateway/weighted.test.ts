import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { weightedPicker } from './weighted.ts'

describe('the choice by weight', () => {
  // Critical values of the chi-square distribution for p = 0.001 by degrees of freedom.
  const critical = [0, 10.83, 13.82, 16.27]
  const draws = 100_000
  for (const weights of [
    [90, 10],
    [50, 50],
    [99, 1],
    [1, 1, 1],
    [70, 20, 9, 1],
  ]) {
    it(`shares ${draws} draws as ${weights.join('/')}`, () => {
      const pick = weightedPicker(weights.map((weight, value) => ({ weight, value })))
      const next = seededRandom(7)
      const counts = weights.map(() => 0)
      for (let draw = 0; draw < draws; draw++) {
        const at = pick(next()) ?? -1
        counts[at] = (counts[at] ?? 0) + 1
      }
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const chiSquare = weights.reduce((sum, weight, at) => {
        const expected = (draws * weight) / total
        return sum + ((counts[at] ?? 0) - expected) ** 2 / expected
      }, 0)
      assert.ok(chiSquare < (critical[weights.length - 1] ?? 0), `${counts}, chi-square ${chiSquare}`)
    })
  }

  const edges: readonly { name: string; weights: readonly number[]; chance: number; want: number | undefined }[] = [
    { name: 'takes the first for the smallest chance', weights: [90, 10], chance: 0, want: 0 },
    { name: 'takes the last for the largest chance', weights: [90, 10], chance: 1 - 2 ** -53, want: 1 },
    { name: 'takes the next where the share of one ends', weights: [50, 50], chance: 0.5, want: 1 },
    { name: 'never takes what has no weight', weights: [0, 100, 0], chance: 0, want: 1 },
    { name: 'takes nothing where nothing has a weight', weights: [0, 0], chance: 0.5, want: undefined },
  ]
  for (const { name, weights, chance, want } of edges) {
    it(name, () => {
      const pick = weightedPicker(weights.map((weight, value) => ({ weight, value })))
      assert.equal(pick(chance), want)
    })
  }
})

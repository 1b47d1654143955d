import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toText } from '../../apimachinery/field-error.ts'
import { type BoundedAnalysis, canaryLimits, limitErrors } from './limits.ts'

const hook = { url: 'http://gate.test/' }
const cases: readonly { readonly name: string; readonly given: BoundedAnalysis; readonly want: readonly RegExp[] }[] = [
  { name: 'nothing', given: {}, want: [] },
  {
    name: 'everything at its bound',
    given: {
      webhooks: Array.from({ length: canaryLimits.items }, () => ({ ...hook, timeout: '1h', retries: 10 })),
      metrics: [{ query: 'x'.repeat(canaryLimits.queryLength), templateVariables: { a: 'x'.repeat(32_767) } }],
      stepWeights: Array.from({ length: 100 }, (_, i) => i + 1),
    },
    want: [],
  },
  {
    name: 'too many webhooks, whatever they are',
    given: { webhooks: Array.from({ length: 65 }, () => ({ ...hook, retries: 1e9 })) },
    want: [/^spec\.analysis\.webhooks: Too many: 65: must have at most 64 items$/],
  },
  {
    name: 'too many steps and matches',
    given: { stepWeights: Array(101).fill(1), match: Array(65).fill({}) },
    want: [/^spec\.analysis\.match: Too many/, /^spec\.analysis\.stepWeights: Too many/],
  },
  {
    name: 'a webhook that takes too long, is asked too often, has too long a URL and too much to say',
    given: {
      webhooks: [
        {
          url: `http://gate.test/${'x'.repeat(2_048)}`,
          timeout: '61m',
          retries: 11,
          metadata: { a: 'x'.repeat(40_000) },
        },
      ],
    },
    want: [
      /^spec\.analysis\.webhooks\[0\]\.url: Too long/,
      /^spec\.analysis\.webhooks\[0\]\.timeout: .*must not be longer than 60m$/,
      /^spec\.analysis\.webhooks\[0\]\.retries: .*must be at most 10$/,
      /^spec\.analysis\.webhooks\[0\]\.metadata: Too long/,
    ],
  },
  {
    name: 'a query and variables that are too long',
    given: { metrics: [{ query: 'x'.repeat(16_385), templateVariables: { a: 'x'.repeat(32_768) } }] },
    want: [
      /^spec\.analysis\.metrics\[0\]\.query: Too long/,
      /^spec\.analysis\.metrics\[0\]\.templateVariables: Too long/,
    ],
  },
]

describe('the bounds of a Canary', () => {
  for (const { name, given, want } of cases) {
    it(`${want.length > 0 ? 'refuse' : 'accept'} ${name}`, () => {
      const texts = limitErrors(given).map(toText)
      assert.equal(texts.length, want.length, texts.join('\n'))
      for (const [at, text] of texts.entries()) assert.match(text, want[at] ?? /^$/)
    })
  }
})

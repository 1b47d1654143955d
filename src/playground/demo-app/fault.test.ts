import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawFault, parseFault } from './fault.ts'

describe('a fault', () => {
  const cases = [
    { text: 'errors=20%', want: { errorRate: 0.2, status: 500, delayRate: 0, delay: { minMs: 0, maxMs: 0 } } },
    {
      text: 'errors=0.5,status=503',
      want: { errorRate: 0.5, status: 503, delayRate: 0, delay: { minMs: 0, maxMs: 0 } },
    },
    { text: 'delay=1s', want: { errorRate: 0, status: 500, delayRate: 1, delay: { minMs: 1000, maxMs: 1000 } } },
    {
      text: 'delay=200ms-1s@50%',
      want: { errorRate: 0, status: 500, delayRate: 0.5, delay: { minMs: 200, maxMs: 1000 } },
    },
  ]
  for (const c of cases) it(`reads ${c.text}`, () => assert.deepEqual(parseFault(c.text), c.want))

  for (const text of ['errors', 'errors=101%', 'delay=5', 'delay=2s-1s', 'status=700', 'colour=red']) {
    it(`refuses ${text}`, () => assert.throws(() => parseFault(text), { reason: 'FaultSyntax' }))
  }

  it('draws errors and delays at their rates', () => {
    const fault = parseFault('errors=30%,delay=100ms-200ms@50%')
    assert.deepEqual(
      drawFault(fault, () => 0.29),
      { delayMs: 129, status: 500 },
    )
    assert.deepEqual(
      drawFault(fault, () => 0.9),
      { delayMs: 0 },
    )
  })
})

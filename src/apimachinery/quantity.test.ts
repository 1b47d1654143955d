import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareQuantities, parseQuantity, quantityToNumber, quantityToText, roundUpToMilli } from './quantity.ts'

const canonical = (text: string) => {
  const quantity = parseQuantity(text)
  return quantity && quantityToText(quantity)
}

describe('quantity', () => {
  // What a real kube-apiserver answers for resource lists.
  const cases: readonly [string, string | undefined][] = [
    ['0', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['100000', '100k'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1e3', '1e3'],
    ['12e3', '12e3'],
    ['1E', '1E'],
    ['128974848', '128974848'],
    ['129e6', '129e6'],
    ['129M', '129M'],
    ['123Mi', '123Mi'],
    ['+1', '1'],
    ['-1.5', '-1500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['', undefined],
    ['abc', undefined],
    ['1.2.3', undefined],
    ['1 Gi', undefined],
    ['1gi', undefined],
  ]
  for (const [text, want] of cases) {
    it(`writes ${JSON.stringify(text)} as ${want ?? 'no quantity'}`, () => assert.equal(canonical(text), want))
  }

  it('rounds less than a thousandth up, away from zero', () => {
    const rounded = (text: string) => quantityToText(roundUpToMilli(parseQuantity(text) ?? assert.fail()))
    assert.deepEqual([rounded('1u'), rounded('-1u'), rounded('1.0001')], ['1m', '-1m', '1001m'])
  })

  it('keeps its amount through its canonical text', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.constantFrom('binary', 'decimal', 'exponent'),
        (nanos, format) => {
          const again = parseQuantity(quantityToText({ nanos, format }))
          assert.equal(again?.nanos, nanos)
        },
      ),
      { seed: 1 },
    )
  })

  it('compares by amount across formats', () => {
    const [a, b] = [parseQuantity('1Ki') ?? assert.fail(), parseQuantity('1024') ?? assert.fail()]
    assert.equal(compareQuantities(a, b), 0)
    assert.equal(quantityToNumber(a), 1024)
  })
})

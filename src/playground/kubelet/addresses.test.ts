import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AddressPool } from './addresses.ts'

describe('the addresses of a network', () => {
  it('are different for every holder and the same for one', () => {
    const pool = new AddressPool(7)
    assert.deepEqual([pool.take('a'), pool.take('b'), pool.take('a')], ['127.7.1.1', '127.7.1.2', '127.7.1.1'])
  })

  it('come back to who had them before', () => {
    assert.equal(new AddressPool(7).take('a', '127.7.3.4'), '127.7.3.4')
  })

  for (const { name, before } of [
    { name: 'of another network', before: '127.8.3.4' },
    { name: 'that somebody else has', before: '127.7.1.1' },
  ]) {
    it(`are not taken back where they are ${name}`, () => {
      const pool = new AddressPool(7)
      pool.take('other')
      assert.equal(pool.take('a', before), '127.7.1.2')
    })
  }

  it('are not handed out again soon, but before there is none', () => {
    const pool = new AddressPool(7)
    const size = 191 * 254
    const first = pool.take('0')
    pool.release('0')
    for (let at = 1; at < size; at++) assert.notEqual(pool.take(String(at)), first)
    assert.equal(pool.take('last'), first)
    assert.throws(() => pool.take('one more'), { reason: 'AddressesExhausted' })
  })
})

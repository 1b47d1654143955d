import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { takeNetwork } from './network.ts'

describe('loopback networks', () => {
  it('go to one holder at a time', async () => {
    const one = await takeNetwork(240)
    const other = await takeNetwork(one.number)
    assert.notEqual(other.number, one.number)
    await one.release()
    const again = await takeNetwork(one.number)
    assert.equal(again.number, one.number)
    await Promise.all([other.release(), again.release()])
  })

  it('go round at the end', async () => {
    const taken = [await takeNetwork(254), await takeNetwork(254)]
    assert.ok(taken.every(({ number }) => number >= 1 && number <= 254))
    await Promise.all(taken.map(network => network.release()))
  })
})

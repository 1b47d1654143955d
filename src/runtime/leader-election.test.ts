import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { newCompetitor, pass } from '../../test/support/competitors.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Lease } from '../api/core/coordination-v1.ts'

describe('leader election', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  const compete = (name: string, identity: string, clock: FakeClock) =>
    newCompetitor(cluster.client, { name, identity, clock })
  const lease = (name: string) => cluster.client.fetch(Lease, { namespace: 'default', name })

  it('gives the Lease to the first, and to the next at once when the first ends', async () => {
    const clock = new FakeClock()
    const a = compete('first', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    const b = compete('first', 'b', clock)
    await eventually('b has looked', () => b.requests() > 0)
    await pass(clock, 20_000, a, b)
    assert.deepEqual(b.told, [])
    const before = await lease('first')
    assert.equal(before.spec?.holderIdentity, 'a')
    assert.equal(before.spec?.leaseDurationSeconds, 15)
    assert.equal(before.spec?.leaseTransitions, 0)
    a.stop.abort()
    assert.equal(await a.ended, 'ended')
    assert.equal((await lease('first')).spec?.holderIdentity, '')
    await pass(clock, 3_000, b)
    await eventually('b leads', () => b.told.length === 1)
    const taken = (await lease('first')).spec
    assert.deepEqual([taken?.holderIdentity, taken?.leaseTransitions], ['b', 1])
    b.stop.abort()
    await b.ended
    assert.deepEqual(
      [a.told, b.told],
      [
        ['leads', 'ends'],
        ['leads', 'ends'],
      ],
    )
  })

  it('ends a leader who cannot renew before another may take over', async () => {
    const clock = new FakeClock()
    const a = compete('lost', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    const b = compete('lost', 'b', clock)
    await eventually('b has looked', () => b.requests() > 0)
    a.cut()
    await pass(clock, 9_000, a, b)
    assert.deepEqual(a.told, ['leads'])
    await pass(clock, 3_000, a, b)
    assert.equal(await a.ended, 'LeadershipLostError')
    assert.deepEqual([a.told, b.told], [['leads', 'ends'], []])
    await pass(clock, 6_000, b)
    await eventually('b leads', () => b.told.length === 1)
    b.stop.abort()
    await b.ended
  })

  it('takes over from a leader who was killed, after the Lease has run out', async () => {
    const clock = new FakeClock()
    const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' }
    await cluster.client.create(Lease, { metadata: { namespace: 'default', name: 'killed' }, spec })
    const b = compete('killed', 'b', clock)
    await eventually('b has looked', () => b.requests() > 0)
    // However old the record says it is: other clocks do not count.
    await pass(clock, 14_000, b)
    assert.deepEqual(b.told, [])
    await pass(clock, 4_000, b)
    await eventually('b leads', () => b.told.length === 1)
    b.stop.abort()
    await b.ended
  })

  it('ends a leader whose Lease was taken', async () => {
    const clock = new FakeClock()
    const a = compete('taken', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    const current = await lease('taken')
    await cluster.client.update(Lease, { ...current, spec: { ...current.spec, holderIdentity: 'thief' } })
    await pass(clock, 5_000, a)
    assert.equal(await a.ended, 'LeadershipLostError')
    assert.equal((await lease('taken')).spec?.holderIdentity, 'thief')
  })

  it('makes a Lease anew that somebody has deleted', async () => {
    const clock = new FakeClock()
    const a = compete('deleted', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    await cluster.client.delete(Lease, { namespace: 'default', name: 'deleted' })
    await pass(clock, 6_000, a)
    assert.equal((await lease('deleted')).spec?.holderIdentity, 'a')
    a.stop.abort()
    assert.equal(await a.ended, 'ended')
  })

  it('gives up a Lease whose last renewal was cut off after it was carried out', async () => {
    const clock = new FakeClock()
    const a = compete('cut-off', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    // The same record, written by a request whose answer never came.
    const current = await lease('cut-off')
    await cluster.client.update(Lease, {
      ...current,
      spec: { ...current.spec, renewTime: '2026-01-01T00:00:01.000000Z' },
    })
    a.stop.abort()
    assert.equal(await a.ended, 'ended')
    assert.equal((await lease('cut-off')).spec?.holderIdentity, '')
  })

  it('lets a competitor who waits be cancelled', async () => {
    const clock = new FakeClock()
    const a = compete('cancelled', 'a', clock)
    await eventually('a leads', () => a.told.length === 1)
    const b = compete('cancelled', 'b', clock)
    await eventually('b has looked', () => b.requests() > 0)
    b.stop.abort()
    assert.equal(await b.ended, 'ended')
    assert.deepEqual(b.told, [])
    a.stop.abort()
    await a.ended
    assert.equal(clock.pending, 0)
  })
})

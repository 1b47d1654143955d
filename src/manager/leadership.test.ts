import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { newCompetitor, pass } from '../../test/support/competitors.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { defaultTimings, electionOf, type Timings, timingProblem } from './leadership.ts'

describe('leadership', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  for (const diesAfterMs of [5_000, 5_500, 6_000, 6_500, 7_000, 7_500, 8_000]) {
    it(`is another's within 14 s when the leader dies ${diesAfterMs} ms after it began, however long the other waits`, async () => {
      const clock = new FakeClock()
      const name = `dies-${diesAfterMs}`
      const election = (identity: string, random: () => number) => ({
        ...electionOf({ namespace: 'default', identity }, { client: cluster.client, random, name }),
        clock,
      })
      const { client: _, ...first } = election('a', () => 0)
      const a = newCompetitor(cluster.client, first)
      await eventually('a leads', () => a.told.length === 1)
      const { client: __, ...second } = election('b', () => 1)
      const b = newCompetitor(cluster.client, second)
      await eventually('b has looked', () => b.requests() > 0)
      await pass(clock, diesAfterMs, a, b)
      a.cut()
      // One second is left for the first step of the rollouts that it takes over.
      await pass(clock, 14_000, a, b)
      assert.deepEqual(b.told, ['leads'])
      assert.deepEqual(a.told, ['leads', 'ends'])
      b.stop.abort()
      await b.ended
    })
  }

  it('has timings of its own that can work', () => {
    assert.equal(timingProblem(defaultTimings), undefined)
  })

  const refused: readonly { readonly given: Partial<Timings>; readonly problem: RegExp }[] = [
    { given: { leaseDurationMs: 1_500 }, problem: /whole seconds/ },
    { given: { renewDeadlineMs: 9_000 }, problem: /renew deadline must be shorter than the lease/ },
    { given: { retryPeriodMs: 0 }, problem: /retry period/ },
    { given: { retryPeriodMs: 5_000 }, problem: /longer than 1.2 retry periods/ },
  ]
  for (const { given, problem } of refused) {
    it(`refuses timings that cannot work: ${JSON.stringify(given)}`, () => {
      assert.match(timingProblem({ ...defaultTimings, ...given }) ?? '', problem)
    })
  }
})

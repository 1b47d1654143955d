import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { ConfigMap, Event } from '../api/core/core-v1.ts'
import { ApiError, type Client } from './client.ts'
import { systemClock } from './clock.ts'
import { newEventCorrelator } from './event-correlator.ts'
import { newEventRecorder } from './events.ts'
import { silentLogger } from './log.ts'

const eventOf = (message: string, extra: Partial<Event> = {}): Event => ({
  metadata: { name: `x.${message}`, namespace: 'web' },
  involvedObject: { kind: 'ConfigMap', namespace: 'web', name: 'x', uid: 'u' },
  type: 'Normal',
  reason: 'Synced',
  message,
  source: { component: 'test' },
  firstTimestamp: 'first',
  lastTimestamp: 'last',
  count: 1,
  ...extra,
})

describe('events are correlated', () => {
  it('equal ones become one with a count', () => {
    const correlator = newEventCorrelator(new FakeClock())
    const results = [1, 2, 3].map(n =>
      correlator.correlate(eventOf('m', { lastTimestamp: `t${n}`, metadata: { name: `n${n}` } })),
    )
    assert.deepEqual(
      results.map(result => result.kind !== 'drop' && [result.kind, result.event.metadata.name, result.event.count]),
      [
        ['create', 'n1', 1],
        ['count', 'n1', 2],
        ['count', 'n1', 3],
      ],
    )
    const last = results[2]
    assert.ok(last && last.kind !== 'drop')
    assert.deepEqual([last.event.firstTimestamp, last.event.lastTimestamp], ['first', 't3'])
  })

  it('different objects, reasons, types and messages stay apart', () => {
    const correlator = newEventCorrelator(new FakeClock())
    const events = [
      eventOf('m'),
      eventOf('other'),
      eventOf('m', { reason: 'Failed' }),
      eventOf('m', { type: 'Warning' }),
      eventOf('m', { involvedObject: { kind: 'ConfigMap', namespace: 'web', name: 'x', uid: 'new' } }),
    ]
    assert.deepEqual(
      events.map(event => correlator.correlate(event).kind),
      ['create', 'create', 'create', 'create', 'create'],
    )
  })

  it('from the tenth message of one reason on, they are combined; not after ten quiet minutes', async () => {
    const clock = new FakeClock()
    const correlator = newEventCorrelator(clock)
    const send = (n: number) => {
      const result = correlator.correlate(eventOf(`m${n}`))
      return result.kind === 'drop' ? 'drop' : `${result.kind} ${result.event.message} ${result.event.count}`
    }
    for (let n = 1; n <= 9; n++) assert.equal(send(n), `create m${n} 1`)
    assert.equal(send(10), 'create (combined from similar events): m10 1')
    assert.equal(send(11), 'count (combined from similar events): m11 2')
    await clock.advance(600_001)
    assert.equal(send(12), 'create m12 1')
  })

  it('who has more to say may have other limits', () => {
    const correlator = newEventCorrelator(new FakeClock(), { burst: 40, perSecond: 1, maxSimilar: 50 })
    const results = Array.from({ length: 41 }, (_, n) => correlator.correlate(eventOf(`m${n}`)))
    assert.deepEqual(
      results.map(result => result.kind !== 'drop' && result.event.message),
      [...Array.from({ length: 40 }, (_, n) => `m${n}`), false],
    )
  })

  it('an object may have 25 at once, then one in five minutes', async () => {
    const clock = new FakeClock()
    const correlator = newEventCorrelator(clock)
    const kinds = Array.from({ length: 30 }, () => correlator.correlate(eventOf('m')).kind)
    assert.equal(kinds.filter(kind => kind === 'drop').length, 5)
    assert.notEqual(
      correlator.correlate(eventOf('m', { involvedObject: { kind: 'ConfigMap', namespace: 'web', name: 'y' } })).kind,
      'drop',
    )
    await clock.advance(300_000)
    assert.deepEqual(
      [1, 2].map(() => correlator.correlate(eventOf('m')).kind),
      ['count', 'drop'],
    )
  })
})

describe('a recorder', () => {
  let cluster: TestCluster
  let object: ConfigMap
  before(async () => {
    cluster = await startTestCluster()
    object = await cluster.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'subject' } })
  })
  after(() => cluster.close())

  const recorderOf = (client: Pick<Client, 'create' | 'patch'>, clock = systemClock) =>
    newEventRecorder({ client, clock, random: Math.random, log: silentLogger, component: 'serin', host: 'node1' })

  async function published(reason: string): Promise<readonly Event[]> {
    const { items } = await cluster.client.list(Event, { namespace: 'default', fieldSelector: `reason=${reason}` })
    return items
  }

  it('publishes what kubectl describe shows', async () => {
    const recorder = recorderOf(cluster.client)
    for (let n = 0; n < 3; n++) recorder.record(object, { type: 'Warning', reason: 'Tested', message: 'it works' })
    recorder.record(object, { type: 'Warning', reason: 'Tested', message: 'it works too' })
    await recorder.close()
    const events = await published('Tested')
    assert.deepEqual(events.map(event => [event.message, event.count]).sort(), [
      ['it works too', 1],
      ['it works', 3],
    ])
    const [event] = events
    assert.equal(event?.involvedObject.uid, object.metadata?.uid)
    assert.equal(event?.involvedObject.kind, 'ConfigMap')
    assert.deepEqual(event?.source, { component: 'serin', host: 'node1' })
    assert.match(event?.lastTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('goes on with the count when the API has forgotten the event', async () => {
    const recorder = recorderOf(cluster.client)
    const text = { type: 'Normal', reason: 'Forgotten', message: 'again' } as const
    recorder.record(object, text)
    await recorder.close()
    const again = newEventRecorder({
      client: {
        create: cluster.client.create,
        async patch(type, ref, patch, options) {
          await cluster.client.delete(type, ref)
          return cluster.client.patch(type, ref, patch, options)
        },
      },
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      component: 'serin',
    })
    again.record(object, text)
    again.record(object, text)
    await again.close()
    const events = await published('Forgotten')
    assert.deepEqual(events.map(event => event.count).sort(), [1, 2])
  })

  it('takes secrets out and cuts long messages', async () => {
    const recorder = recorderOf(cluster.client)
    const message = `clone https://me:pa55word@git.test/x failed ${'x'.repeat(2_000)}`
    recorder.record(object, { type: 'Warning', reason: 'Cut', message, annotations: { note: 'yes' } })
    await recorder.close()
    const [event] = await published('Cut')
    assert.match(event?.message ?? '', /^clone https:\/\/\*\*\*@git.test\/x failed x+\.\.\.$/)
    assert.equal(event?.message?.length, 1_024)
    assert.deepEqual(event?.metadata.annotations, { note: 'yes' })
  })

  it('writes events of cluster-scoped objects to default', async () => {
    const recorder = recorderOf(cluster.client)
    const about = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }
    recorder.record(about, { type: 'Normal', reason: 'Scoped', message: 'm' })
    await recorder.close()
    assert.equal((await published('Scoped'))[0]?.involvedObject.namespace, undefined)
  })

  it('tries again where that may help, and only there', async () => {
    const attempts: string[] = []
    const failWith = (code: number) =>
      new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code })
    const clock = new FakeClock()
    const recorder = recorderOf(
      {
        async create(_type, event) {
          const { reason = '' } = event as unknown as Event // The recorder creates nothing else.
          attempts.push(reason)
          if (reason === 'Forbidden') throw failWith(403)
          if (attempts.length < 4) throw failWith(500)
          return event
        },
        patch: () => Promise.reject(failWith(404)),
      },
      clock,
    )
    recorder.record(object, { type: 'Normal', reason: 'Forbidden', message: 'm' })
    recorder.record(object, { type: 'Normal', reason: 'Flaky', message: 'm' })
    const closing = recorder.close(60_000)
    await clock.advance(0)
    await clock.advance(10_000)
    await closing
    assert.deepEqual(attempts, ['Forbidden', 'Flaky', 'Flaky', 'Flaky'])
  })

  it('never waits: a flood is dropped beyond its bound, and closing has a limit', async () => {
    let sent = 0
    const clock = new FakeClock()
    const recorder = recorderOf(
      {
        create(_type, _event, options) {
          sent += 1
          return new Promise((_resolve, reject) =>
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
          )
        },
        patch: () => Promise.reject(new Error('not reached')),
      },
      clock,
    )
    for (let n = 0; n < 5_000; n++) {
      recorder.record({ metadata: { name: `object${n}` } }, { type: 'Normal', reason: 'Flood', message: 'm' })
    }
    const closing = recorder.close(5_000)
    await clock.advance(5_000)
    await closing
    // One in each lane.
    assert.equal(sent, 8)
  })
})

import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { FakeClock } from '../../../../test/support/fake-clock.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { type EmbeddedPrometheus, startPrometheus } from '../server.ts'
import type { Target } from './target.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function prometheusWith(targets: () => readonly Target[], options: { clock?: FakeClock } = {}) {
  const prometheus = await startPrometheus({
    clock: options.clock ?? systemClock,
    targets: { list: targets },
    scrapeIntervalMs: options.clock ? 1000 : 50,
    ...(options.clock ? {} : { scrapeTimeoutMs: 200, maxBodyBytes: 10_000 }),
  })
  closing.push(() => prometheus.close())
  return prometheus
}

async function targetServer(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

/** Values by series at a time, by default the clock's. */
async function values(prometheus: EmbeddedPrometheus, query: string, atMs: number): Promise<Record<string, number>> {
  const { value } = await prometheus.engine.instant(query, atMs)
  assert.equal(value.type, 'vector')
  const samples = value.type === 'vector' ? value.samples : []
  return Object.fromEntries(samples.map(sample => [sample.labels.toString(), sample.value]))
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 5000
  while (!condition()) {
    assert.ok(systemClock.monotonicMs() < deadlineMs, `waited 5 s for ${what}`)
    await systemClock.sleep(5)
  }
}

describe('scraping', () => {
  it('stores what targets give under their labels, each second', async () => {
    const clock = new FakeClock()
    let count = 0
    const target: Target = {
      job: 'mesh',
      labels: { namespace: 'test' },
      url: 'http://mesh.local:15090/metrics',
      collect: () => `requests_total{namespace="own",code="200"} ${++count}\n`,
    }
    const prometheus = await prometheusWith(() => [target], { clock })
    await clock.advance(10_000)
    const nowMs = clock.now().getTime()
    const labels =
      '{__name__="requests_total", code="200", exported_namespace="own", instance="mesh.local:15090", job="mesh", namespace="test"}'
    assert.deepEqual(await values(prometheus, 'requests_total', nowMs), { [labels]: count })
    assert.ok(count >= 9)
    const own = '{instance="mesh.local:15090", job="mesh", namespace="test"}'
    assert.deepEqual(
      await values(prometheus, 'rate(requests_total[5s]) and on() vector(1)', nowMs).then(Object.values),
      [1],
    )
    assert.deepEqual(await values(prometheus, 'last_over_time(up[2s]) * scrape_samples_scraped', nowMs), { [own]: 1 })
  })

  it('ends series that a target no longer gives, and all series of a target that is gone', async () => {
    const clock = new FakeClock()
    let text = 'a 1\nb 1\n'
    let targets: Target[] = [{ job: 'j', labels: {}, url: 'http://x:80/', collect: () => text }]
    const prometheus = await prometheusWith(() => targets, { clock })
    const names = () => values(prometheus, 'count by (__name__) ({job="j"})', clock.now().getTime())
    await clock.advance(3000)
    const reports = ['scrape_duration_seconds', 'scrape_samples_scraped', 'up']
    const all = (...own: string[]) => [...own, ...reports].map(name => `{__name__="${name}"}`)
    assert.deepEqual(Object.keys(await names()).sort(), all('a', 'b').sort())
    text = 'a 2\n'
    await clock.advance(1100)
    assert.deepEqual(Object.keys(await names()).sort(), all('a').sort())
    targets = []
    await clock.advance(1000)
    assert.deepEqual(await names(), {})
  })

  const down: readonly { name: string; listener: RequestListener; error: RegExp }[] = [
    { name: 'gives garbage', listener: (_, response) => void response.end('<html>\u0000'), error: /^line 1: / },
    { name: 'answers 500', listener: (_, response) => void response.writeHead(500).end(), error: /HTTP status 500/ },
    { name: 'hangs', listener: () => {}, error: /longer than 200 ms \(scrapeTimeoutMs\)/ },
    {
      name: 'starts to answer and hangs',
      listener: (_, response) => void response.write('a 1\n'),
      error: /longer than 200 ms \(scrapeTimeoutMs\)/,
    },
    {
      name: 'gives too much',
      listener: (_, response) => void response.end('a 1\n'.repeat(10_000)),
      error: /larger than 10000 bytes \(maxBodyBytes\)/,
    },
    { name: 'resets the connection', listener: request => void request.socket.destroy(), error: /./ },
  ]
  for (const { name, listener, error } of down) {
    it(`reports a target as down that ${name}`, async () => {
      const url = await targetServer(listener)
      const prometheus = await prometheusWith(() => [{ job: 'bad', labels: {}, url }])
      await until(() => prometheus.targets()[0]?.health === 'down', 'the target to be down')
      assert.match(prometheus.targets()[0]?.lastError ?? '', error)
      const up = await values(prometheus, 'up', systemClock.now().getTime() + 100)
      assert.deepEqual(Object.values(up), [0])
      const response = await fetch(`${prometheus.url}/api/v1/targets`)
      const { data } = (await response.json()) as { data: { activeTargets: { health: string; lastError: string }[] } }
      assert.deepEqual([data.activeTargets[0]?.health, data.activeTargets.length], ['down', 1])
    })
  }

  it('reports a target as down whose series do not fit, naming the limit, and goes on', async () => {
    const clock = new FakeClock()
    const many = Array.from({ length: 10 }, (_, i) => `a{i="${i}"} 1\n`).join('')
    const target: Target = { job: 'j', labels: {}, url: 'http://x:80/', collect: () => many }
    const prometheus = await startPrometheus({ clock, maxSeries: 3, targets: { list: () => [target] } })
    closing.push(() => prometheus.close())
    await clock.advance(3000)
    const [status] = prometheus.targets()
    assert.equal(status?.health, 'down')
    assert.equal(status?.lastError, 'the store holds 3 series, as many as maxSeries allows')
    assert.ok((status?.lastScrapeMs ?? 0) > clock.now().getTime() - 1100)
  })

  it('does not let a timestamp far ahead keep later samples out', async () => {
    const clock = new FakeClock()
    let text = `a 1 ${clock.now().getTime() + 86_400_000}\n`
    const target: Target = { job: 'j', labels: {}, url: 'http://x:80/', collect: () => text }
    const prometheus = await prometheusWith(() => [target], { clock })
    await clock.advance(2000)
    text = 'a 2\n'
    await clock.advance(2000)
    assert.deepEqual(Object.values(await values(prometheus, 'a', clock.now().getTime())), [2])
  })

  it('finds a target up again after it was down', async () => {
    let broken = true
    const url = await targetServer((_, response) => void response.end(broken ? '?' : 'a 1\n'))
    const prometheus = await prometheusWith(() => [{ job: 'j', labels: {}, url }])
    await until(() => prometheus.targets()[0]?.health === 'down', 'the target to be down')
    broken = false
    await until(() => prometheus.targets()[0]?.health === 'up', 'the target to be up')
    assert.equal(prometheus.targets()[0]?.lastError, '')
  })
})

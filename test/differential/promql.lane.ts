import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { dialectV2, dialectV3 } from '../../src/playground/prometheus/dialect.ts'
import { type EmbeddedPrometheus, startPrometheus } from '../../src/playground/prometheus/server.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type Answer, difference } from './compare.ts'
import { randomQueries, tableQueries } from './queries.ts'
import { type RealPrometheus, startRealPrometheus } from './real-prometheus.ts'
import { endMs, openMetrics, sampleSeries, startMs } from './samples.ts'

// The seed is printed; DIFFERENTIAL_SEED tries other compositions.
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 42)

describe('the embedded Prometheus next to a real one', () => {
  let real: RealPrometheus
  let ours: EmbeddedPrometheus

  before(async () => {
    const all = sampleSeries()
    real = await startRealPrometheus(openMetrics(all))
    const dialect = real.version.startsWith('2.') ? dialectV2 : dialectV3
    ours = await startPrometheus({ clock: systemClock, dialect, retentionMs: Number.POSITIVE_INFINITY })
    for (const { labels, samples } of all) {
      for (const [atMs, value] of samples) assert.equal(ours.appender.append(labels, atMs, value), 'stored')
    }
  })
  after(async () => {
    await Promise.all([real?.close(), ours?.close()])
  })

  const compare = async (path: string, parameters: Record<string, string>, ordered = false) => {
    const ask = async (url: string): Promise<Answer> => {
      const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) })
      return (await response.json()) as Answer
    }
    const [mine, theirs] = await Promise.all([ask(ours.url), ask(real.url)])
    const problem = difference(mine, theirs, ordered)
    return problem && `${parameters['query']} (${path}): ${problem}`
  }

  const instants = [startMs + 1_802_345, startMs + 3_000_000, endMs - 1]
  const instant = async (query: string) => {
    const problems: string[] = []
    for (const atMs of instants) {
      const problem = await compare('query', { query, time: String(atMs / 1000) }, query.startsWith('sort'))
      if (problem) problems.push(problem)
    }
    return problems
  }
  const range = async (query: string) => {
    const [start, end] = [String(startMs / 1000 + 600), String(startMs / 1000 + 2400)]
    const problem = await compare('query_range', { query, start, end, step: '61' })
    return problem ? [problem] : []
  }
  const sets = [
    { name: 'the table', queries: tableQueries(), least: 300 },
    { name: 'random compositions', queries: randomQueries(300, seed), least: 300 },
  ]
  for (const { name, queries, least } of sets) {
    it(`gives the same instant values and errors for ${name}`, async t => {
      await agree(t, queries, least, instant)
    })
    it(`gives the same ranges and errors for ${name}`, async t => {
      await agree(t, queries, least, range)
    })
  }

  const agree = async (
    t: { diagnostic(text: string): void },
    queries: readonly string[],
    least: number,
    check: (query: string) => Promise<string[]>,
  ) => {
    assert.ok(queries.length >= least)
    const problems: string[] = []
    for (const query of queries) problems.push(...(await check(query)))
    t.diagnostic(`Prometheus ${real.version}, seed ${seed}: ${queries.length} queries, ${problems.length} differ`)
    assert.deepEqual(problems, [])
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newMetricRegistry } from './metrics.ts'

describe('a metric registry prints', () => {
  it('counters and gauges with escaped labels', () => {
    const registry = newMetricRegistry()
    const requests = registry.counter({ name: 'requests_total', help: 'a \\ b\nc', labels: ['path', 'code'] })
    requests.inc({ path: 'a"b\\c\nd', code: '200' }, 2)
    requests.inc({ code: '200', path: 'a"b\\c\nd' })
    requests.inc({ path: '/' })
    const depth = registry.gauge({ name: 'depth', help: 'h' })
    depth.set(3)
    depth.add(-1.5)
    registry.gauge({ name: 'now', help: 'h', collect: () => Number.POSITIVE_INFINITY })
    assert.equal(
      registry.text(),
      `# HELP requests_total a \\\\ b\\nc
# TYPE requests_total counter
requests_total{path="a\\"b\\\\c\\nd",code="200"} 3
requests_total{path="/",code=""} 1
# HELP depth h
# TYPE depth gauge
depth 1.5
# HELP now h
# TYPE now gauge
now +Inf
`,
    )
  })

  it('histograms, cumulative and with a bound that includes its value', () => {
    const registry = newMetricRegistry()
    const took = registry.histogram({ name: 'took_seconds', help: 'h', labels: ['verb'], buckets: [0.1, 1] })
    for (const value of [0.05, 0.1, 0.5, 7]) took.observe(value, { verb: 'get' })
    assert.equal(
      registry.text(),
      `# HELP took_seconds h
# TYPE took_seconds histogram
took_seconds_bucket{verb="get",le="0.1"} 2
took_seconds_bucket{verb="get",le="1"} 3
took_seconds_bucket{verb="get",le="+Inf"} 4
took_seconds_sum{verb="get"} 7.65
took_seconds_count{verb="get"} 4
`,
    )
  })
})

describe('a metric registry refuses', () => {
  const cases: readonly {
    readonly name: string
    readonly use: (r: ReturnType<typeof newMetricRegistry>) => void
    readonly want: RegExp
  }[] = [
    { name: 'a bad name', use: r => r.counter({ name: 'a-b', help: '' }), want: /a-b is no metric name/ },
    {
      name: 'a bad label',
      use: r => r.counter({ name: 'a', help: '', labels: ['le'] }),
      want: /"le" is no label name of metric a/,
    },
    {
      name: 'one name for two kinds',
      use: r => {
        r.counter({ name: 'a', help: '' })
        r.gauge({ name: 'a', help: '' })
      },
      want: /metric a exists as a counter/,
    },
    {
      name: 'an unknown label',
      use: r => r.counter({ name: 'a', help: '', labels: ['x'] }).inc({ y: '1' }),
      want: /no label "y"/,
    },
    {
      name: 'a counter that goes down',
      use: r => r.counter({ name: 'a', help: '' }).inc({}, -1),
      want: /cannot go down/,
    },
  ]
  for (const { name, use, want } of cases) it(name, () => assert.throws(() => use(newMetricRegistry()), want))
})

it('one metric can be asked for twice', () => {
  const registry = newMetricRegistry()
  for (let i = 0; i < 2; i++) registry.counter({ name: 'a', help: '', labels: ['x'] }).inc({ x: '1' })
  assert.match(registry.text(), /^a\{x="1"\} 2$/m)
})

it('what is forgotten leaves no series, and the rest stays', () => {
  const registry = newMetricRegistry()
  const gauge = registry.gauge({ name: 'weight', help: 'h', labels: ['name', 'namespace', 'metric'] })
  const histogram = registry.histogram({ name: 'seconds', help: 'h', labels: ['name', 'namespace'], buckets: [1] })
  for (const name of ['a', 'b']) {
    for (const metric of ['x', 'y']) gauge.set(1, { name, namespace: 'n', metric })
    histogram.observe(0.5, { name, namespace: 'n' })
  }
  gauge.forget({ name: 'a', namespace: 'n' })
  histogram.forget({ name: 'a', namespace: 'n' })
  assert.deepEqual(
    registry
      .text()
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#')),
    [
      'weight{name="b",namespace="n",metric="x"} 1',
      'weight{name="b",namespace="n",metric="y"} 1',
      'seconds_bucket{name="b",namespace="n",le="1"} 1',
      'seconds_bucket{name="b",namespace="n",le="+Inf"} 1',
      'seconds_sum{name="b",namespace="n"} 0.5',
      'seconds_count{name="b",namespace="n"} 1',
    ],
  )
})

it('labels with ever new values do not fill the memory', () => {
  const registry = newMetricRegistry()
  const metric = registry.counter({ name: 'a', help: '', labels: ['x'] })
  for (let i = 0; i < 20_000; i++) metric.inc({ x: String(i) })
  assert.equal(registry.text().split('\n').length, 10_000 + 3)
})

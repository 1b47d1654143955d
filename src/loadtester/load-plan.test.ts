import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LatencyHistogram } from './latency-histogram.ts'
import { type LoadPlan, parseLoadCommand } from './load-plan.ts'
import { splitWords } from './words.ts'

const plain: LoadPlan = {
  url: new URL('http://web:9898/'),
  method: 'GET',
  headers: { 'user-agent': 'hey/0.0.1' },
  connections: 50,
  requests: 200,
  timeoutMs: 20_000,
  http2: false,
}

describe('a load command', () => {
  const { requests: _, ...timed } = plain
  const cases: readonly { line: string; want: LoadPlan | undefined }[] = [
    { line: 'hey http://web:9898/', want: plain },
    { line: '/usr/local/bin/hey -n 10 http://web:9898/', want: { ...plain, requests: 10 } },
    {
      line: 'hey -z 1m -q 10 -c 2 http://web:9898/',
      want: { ...timed, durationMs: 60_000, connections: 2, ratePerSecond: 20 },
    },
    {
      line: `hey -m POST -d '{"a": 1}' -H "X-Canary: insider" -T application/json -host web.example -h2 -t 3 http://web:9898/`,
      want: {
        ...plain,
        method: 'POST',
        body: '{"a": 1}',
        headers: {
          'user-agent': 'hey/0.0.1',
          'content-type': 'application/json',
          host: 'web.example',
          'x-canary': 'insider',
        },
        timeoutMs: 3000,
        http2: true,
      },
    },
    {
      line: 'wrk -t2 -c10 -d30s -H "Host: web.example" http://web:9898/',
      want: { ...timed, headers: { host: 'web.example' }, connections: 10, durationMs: 30_000, timeoutMs: 2000 },
    },
    { line: 'curl http://web:9898/', want: undefined },
    { line: 'heyday http://web:9898/', want: undefined },
  ]
  for (const c of cases) it(`reads ${c.line}`, () => assert.deepEqual(parseLoadCommand(c.line), c.want))

  for (const line of [
    'hey',
    'hey ftp://web/',
    'hey -c x http://web/',
    'hey -z soon http://web/',
    'hey -H nothing http://web/',
    'wrk -s a.lua http://web/',
  ]) {
    it(`refuses ${line}`, () => assert.throws(() => parseLoadCommand(line), { reason: 'LoadCommand' }))
  }

  it('does not read what a shell would', () => {
    assert.throws(() => parseLoadCommand('hey http://web/; rm -r /'), { reason: 'NeedsShell' })
    assert.throws(() => parseLoadCommand('hey "http://$HOST/"'), { reason: 'NeedsShell' })
  })
})

describe('splitWords', () => {
  it('splits as a shell does, but nothing more', () => {
    assert.deepEqual(splitWords(`a 'b c' "d \\"e" f\\ g http://x/?q=1`), ['a', 'b c', 'd "e', 'f g', 'http://x/?q=1'])
  })
})

describe('LatencyHistogram', () => {
  it('gives percentiles right to 1%', () => {
    const histogram = new LatencyHistogram()
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms)
    for (const quantile of [0.5, 0.9, 0.99]) {
      const error = Math.abs(histogram.quantileMs(quantile) - quantile * 1000) / (quantile * 1000)
      assert.ok(error < 0.011, `p${quantile * 100} is ${error * 100}% off`)
    }
    assert.deepEqual([histogram.count, histogram.meanMs, histogram.minMs, histogram.maxMs], [1000, 500.5, 1, 1000])
  })
})

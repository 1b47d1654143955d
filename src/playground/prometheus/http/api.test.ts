import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { FakeClock } from '../../../../test/support/fake-clock.ts'
import type { Clock } from '../../../runtime/clock.ts'
import { Labels } from '../labels.ts'
import { type EmbeddedPrometheus, PortInUseError, startPrometheus } from '../server.ts'

const now = '2026-01-01T00:10:00Z'
const nowSeconds = Date.parse(now) / 1000

describe('the HTTP API', () => {
  let prometheus: EmbeddedPrometheus

  before(async () => {
    prometheus = await startPrometheus({ clock: new FakeClock(now), maxQuerySamples: 2000 })
    for (const code of ['200', '500']) {
      const labels = Labels.from({ __name__: 'requests_total', code })
      for (let i = 0; i <= 600; i++) {
        prometheus.appender.append(labels, (nowSeconds - 600 + i) * 1000, code === '200' ? i * 9 : i)
      }
    }
  })
  after(() => prometheus.close())

  const get = async (path: string, parameters: Record<string, string> = {}) => {
    const response = await fetch(`${prometheus.url}${path}?${new URLSearchParams(parameters)}`)
    return { status: response.status, body: await response.json() }
  }

  const answers: readonly { name: string; path: string; parameters: Record<string, string>; want: unknown }[] = [
    {
      name: 'answers an instant query at the time of the clock',
      path: '/api/v1/query',
      parameters: { query: 'requests_total' },
      want: {
        resultType: 'vector',
        result: [
          { metric: { __name__: 'requests_total', code: '200' }, value: [nowSeconds, '5400'] },
          { metric: { __name__: 'requests_total', code: '500' }, value: [nowSeconds, '600'] },
        ],
      },
    },
    {
      name: 'answers at a given time with a fraction',
      path: '/api/v1/query',
      parameters: { query: 'requests_total{code="500"}', time: String(nowSeconds - 10.5) },
      want: {
        resultType: 'vector',
        result: [{ metric: { __name__: 'requests_total', code: '500' }, value: [nowSeconds - 10.5, '589'] }],
      },
    },
    {
      name: 'takes a time in RFC 3339',
      path: '/api/v1/query',
      parameters: { query: 'time()', time: '2026-01-01T01:00:00+01:00' },
      want: { resultType: 'scalar', result: [nowSeconds - 600, String(nowSeconds - 600)] },
    },
    {
      name: 'writes infinities and NaN as Prometheus does',
      path: '/api/v1/query',
      parameters: { query: 'vector(-1 / 0)' },
      want: { resultType: 'vector', result: [{ metric: {}, value: [nowSeconds, '-Inf'] }] },
    },
    {
      name: 'answers with a string',
      path: '/api/v1/query',
      parameters: { query: '"text"' },
      want: { resultType: 'string', result: [nowSeconds, 'text'] },
    },
    {
      name: 'answers an instant query of a range vector with a matrix',
      path: '/api/v1/query',
      parameters: { query: 'requests_total{code="500"}[2s]' },
      want: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'requests_total', code: '500' },
            values: [
              [nowSeconds - 1, '599'],
              [nowSeconds, '600'],
            ],
          },
        ],
      },
    },
    {
      name: 'answers a range query',
      path: '/api/v1/query_range',
      parameters: {
        query: 'sum(requests_total)',
        start: String(nowSeconds - 60),
        end: String(nowSeconds),
        step: '30s',
      },
      want: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [nowSeconds - 60, '5400'],
              [nowSeconds - 30, '5700'],
              [nowSeconds, '6000'],
            ],
          },
        ],
      },
    },
    {
      name: 'lists series',
      path: '/api/v1/series',
      parameters: { 'match[]': 'requests_total{code="500"}' },
      want: [{ __name__: 'requests_total', code: '500' }],
    },
    {
      name: 'lists no series outside of the time',
      path: '/api/v1/series',
      parameters: { 'match[]': 'requests_total', end: '1' },
      want: [],
    },
    { name: 'lists label names', path: '/api/v1/labels', parameters: {}, want: ['__name__', 'code'] },
    { name: 'lists label values', path: '/api/v1/label/code/values', parameters: {}, want: ['200', '500'] },
    {
      name: 'lists label values of matching series',
      path: '/api/v1/label/code/values',
      parameters: { 'match[]': '{code="500"}' },
      want: ['500'],
    },
  ]
  for (const { name, path, parameters, want } of answers) {
    it(name, async () => {
      assert.deepEqual(await get(path, parameters), { status: 200, body: { status: 'success', data: want } })
    })
  }

  const range = { start: '0', end: '100', step: '1' }
  const errors: readonly {
    name: string
    path: string
    parameters: Record<string, string>
    status: number
    type: string
    error: RegExp
  }[] = [
    {
      name: 'no query',
      path: 'query',
      parameters: {},
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "query": 1:1: parse error: no expression found in input$/,
    },
    {
      name: 'a query that is none',
      path: 'query',
      parameters: { query: 'a b' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "query": 1:3: parse error: unexpected identifier "b"$/,
    },
    {
      name: 'a time that is none',
      path: 'query',
      parameters: { query: 'a', time: 'noon' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "time": cannot parse "noon" to a valid timestamp$/,
    },
    {
      name: 'a range without start',
      path: 'query_range',
      parameters: { query: 'a', end: '1', step: '1' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "start": cannot parse "" to a valid timestamp$/,
    },
    {
      name: 'a range that ends before its start',
      path: 'query_range',
      parameters: { ...range, query: 'a', end: '-1' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "end": end timestamp must not be before start time$/,
    },
    {
      name: 'a step of zero',
      path: 'query_range',
      parameters: { ...range, query: 'a', step: '0' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "step": zero or negative query resolution step widths are not accepted/,
    },
    {
      name: 'too many steps',
      path: 'query_range',
      parameters: { ...range, query: 'a', end: '11001' },
      status: 400,
      type: 'bad_data',
      error: /^exceeded maximum resolution of 11,000 points per timeseries/,
    },
    {
      name: 'a range query of a range vector',
      path: 'query_range',
      parameters: { ...range, query: 'a[1m]' },
      status: 400,
      type: 'bad_data',
      error: /invalid expression type "range vector" for range query, must be Scalar or instant Vector$/,
    },
    {
      name: 'an evaluation that fails',
      path: 'query',
      parameters: { query: 'requests_total / on() requests_total' },
      status: 422,
      type: 'execution',
      error: /^found duplicate series for the match group \{\} on the right hand-side/,
    },
    {
      name: 'too many samples, naming the limit',
      path: 'query',
      parameters: { query: 'requests_total[1h:1s]' },
      status: 422,
      type: 'execution',
      error: /too many samples into memory in query execution: more than the limit of 2000 \(maxSamples\)$/,
    },
    {
      name: 'a limit that is none',
      path: 'labels',
      parameters: { limit: 'few' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "limit"/,
    },
    {
      name: 'series without a selector',
      path: 'series',
      parameters: {},
      status: 400,
      type: 'bad_data',
      error: /^no match\[\] parameter provided$/,
    },
    {
      name: 'a selector that is none',
      path: 'series',
      parameters: { 'match[]': 'sum(a)' },
      status: 400,
      type: 'bad_data',
      error: /^invalid parameter "match\[\]"/,
    },
  ]
  for (const { name, path, parameters, status, type, error } of errors) {
    it(`refuses ${name}`, async () => {
      const answer = await get(`/api/v1/${path}`, parameters)
      const body = answer.body as { status: string; errorType: string; error: string }
      assert.deepEqual([answer.status, body.status, body.errorType], [status, 'error', type])
      assert.match(body.error, error)
    })
  }

  it('takes the parameters of a form', async () => {
    const body = new URLSearchParams({ query: 'vector(1)', time: '5' })
    const response = await fetch(`${prometheus.url}/api/v1/query`, { method: 'POST', body })
    const { data } = (await response.json()) as { data: { result: unknown } }
    assert.deepEqual(data.result, [{ metric: {}, value: [5, '1'] }])
  })

  it('gives warnings and infos beside the result', async () => {
    const { body } = await get('/api/v1/query', { query: 'quantile(2, requests_total)' })
    const { warnings } = body as { warnings: string[] }
    assert.deepEqual(warnings, ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'])
  })

  it('answers health checks, its own metrics, the page and its build', async () => {
    const text = async (path: string) => await (await fetch(prometheus.url + path)).text()
    assert.equal(await text('/-/healthy'), 'Prometheus Server is Healthy.\n')
    assert.equal(await text('/-/ready'), 'Prometheus Server is Ready.\n')
    assert.match(await text('/metrics'), /^prometheus_tsdb_head_series 2$/m)
    assert.match(await text('/'), /<title>Prometheus/)
    assert.match(await text('/api/v1/status/buildinfo'), /"version":"3\./)
  })

  it('answers 404 and 405 for what is not there', async () => {
    const status = async (path: string, method: string) => (await fetch(prometheus.url + path, { method })).status
    assert.deepEqual(
      [
        await status('/federate', 'GET'),
        await status('/api/v1/nothing', 'GET'),
        await status('/api/v1/query', 'DELETE'),
      ],
      [404, 404, 405],
    )
  })

  it('names the port that is in use', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    try {
      await assert.rejects(
        startPrometheus({ clock: new FakeClock(), port }),
        (error: Error) => error instanceof PortInUseError && error.message.includes(String(port)),
      )
    } finally {
      taken.close()
    }
  })
})

describe('the time limit of a query', () => {
  it('is answered as a timeout that names the limit', async () => {
    const clock = new FakeClock(now)
    let looks = 0
    // Each look at the clock costs a millisecond, so that time passes while the query runs.
    const ticking: Clock = {
      now: () => clock.now(),
      monotonicMs: () => looks++,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
      sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
    }
    const prometheus = await startPrometheus({ clock: ticking, queryTimeoutMs: 20 })
    try {
      const query = 'sum_over_time(vector(1)[1h:1s])'
      const response = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`)
      assert.equal(response.status, 503)
      assert.deepEqual(await response.json(), {
        status: 'error',
        errorType: 'timeout',
        error: 'query timed out in query execution: more than 20 ms (timeout)',
      })
    } finally {
      await prometheus.close()
    }
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { answerJson, type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender } from '../runtime/http-sender.ts'
import type { ProviderOptions, QueryResult } from './provider.ts'
import { newMetricProviders } from './providers.ts'

const signal = new AbortController().signal
const query = 'sum(rate(http_requests_total{job="web", code!~"5.*"}[1m]))'

function vector(...series: readonly { metric?: Record<string, string>; value: string }[]) {
  const result = series.map(({ metric = {}, value }) => ({ metric, value: [1545905245.458, value] }))
  return { status: 'success', data: { resultType: 'vector', result } }
}

describe('the Prometheus provider', () => {
  let http: HttpSender
  let server: ScriptedServer
  /** Answers by query; what is not listed is an empty vector. */
  let answers: Readonly<Record<string, unknown>> = {}
  let status = 200
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((request, response) => {
      const asked = new URL(request.url, 'http://x').searchParams.get('query') ?? ''
      answerJson(response, answers[asked] ?? vector(), status)
    })
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  const providerOf = (options: Partial<ProviderOptions> = {}) =>
    newMetricProviders({ http, clock: systemClock }).provider({ type: 'prometheus', address: server.url, ...options })
  const ask = (given: Readonly<Record<string, unknown>>): Promise<QueryResult> => {
    answers = given
    status = 200
    return providerOf().query(query, signal)
  }

  const cases: readonly { name: string; given: Readonly<Record<string, unknown>>; want: QueryResult }[] = [
    { name: 'gives the value', given: { [query]: vector({ value: '99.5' }) }, want: { kind: 'value', value: 99.5 } },
    {
      name: 'takes the last of several series',
      given: { [query]: vector({ value: '1' }, { value: '2' }) },
      want: { kind: 'value', value: 2 },
    },
    {
      name: 'takes infinity for a value',
      given: { [query]: vector({ value: '+Inf' }) },
      want: { kind: 'value', value: Number.POSITIVE_INFINITY },
    },
    {
      name: 'takes a scalar',
      given: { [query]: { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } } },
      want: { kind: 'value', value: 7 },
    },
    {
      name: 'cannot use a range',
      given: {
        [query]: { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: [[1, '1']] }] } },
      },
      want: { kind: 'unusable', message: 'query returned multiple values' },
    },
    {
      name: 'tells series without traffic from missing ones',
      given: {
        [query]: vector({ value: 'NaN' }),
        'count(http_requests_total{job="web", code!~"5.*"})': vector({ value: '2' }),
      },
      want: {
        kind: 'noData',
        reason: 'noTraffic',
        detail: 'no requests in http_requests_total{job="web", code!~"5.*"}',
      },
    },
    {
      name: 'tells a window that holds too few samples for a rate',
      given: { 'count(http_requests_total{job="web", code!~"5.*"})': vector({ value: '2' }) },
      want: {
        kind: 'noData',
        reason: 'fewSamples',
        detail:
          'http_requests_total{job="web", code!~"5.*"} has fewer than two samples in 1m: the interval is too short for how often it is scraped, or the canary is too young',
      },
    },
    {
      name: 'does not guess why a query gives nothing although its series are there',
      given: {
        'count(http_requests_total{job="web", code!~"5.*"})': vector({ value: '2' }),
        'count(count_over_time(http_requests_total{job="web", code!~"5.*"}[1m]) > 1)': vector({ value: '2' }),
      },
      want: {
        kind: 'noData',
        reason: 'unknown',
        detail: 'the query gives nothing, although there are series of each metric',
      },
    },
    {
      name: 'tells samples that are too old',
      given: {
        'count(last_over_time(http_requests_total{job="web", code!~"5.*"}[1h]))': vector({ value: '2' }),
      },
      want: {
        kind: 'noData',
        reason: 'stale',
        detail: 'the newest sample of http_requests_total{job="web", code!~"5.*"} is too old',
      },
    },
    {
      name: 'tells which label differs',
      given: {
        'count(http_requests_total{code!~"5.*"}) by (job)': vector(
          { metric: { job: 'api' }, value: '1' },
          { metric: { job: 'www' }, value: '1' },
        ),
      },
      want: {
        kind: 'noData',
        reason: 'noSuchSeries',
        detail: 'no series http_requests_total with job="web"; job is "api", "www"',
      },
    },
    {
      name: 'tells that nobody has such a metric',
      given: {},
      want: { kind: 'noData', reason: 'noSuchSeries', detail: 'no series of metric http_requests_total' },
    },
  ]
  for (const c of cases) it(c.name, async () => assert.deepEqual(await ask(c.given), c.want))

  it('tells which of several metrics is missing', async () => {
    const quotient = 'sum(rate(errors{job="web"}[1m])) / sum(rate(requests{job="web"}[1m]))'
    answers = { 'count(errors{job="web"})': vector({ value: '1' }) }
    assert.deepEqual(await providerOf().query(quotient, signal), {
      kind: 'noData',
      reason: 'noSuchSeries',
      detail: 'no series of metric requests',
    })
  })

  it('says by whom it was refused, and with what', async () => {
    answers = { [query]: { error: 'no' } }
    status = 422
    const result = await providerOf().query(query, signal)
    const place = `(${server.url}/api/v1/query)`
    const message = `error response: Status 422 Unprocessable Entity: {"error":"no"} ${place}`
    assert.deepEqual(result, { kind: 'unreachable', message })
    status = 200
    answers = { [query]: 'a login page' }
    assert.deepEqual(await providerOf().query(query, signal), {
      kind: 'unreachable',
      message: `error unmarshaling result: "a login page" ${place}`,
    })
  })

  it('says that nobody answers, and where, without the query and a password', async () => {
    const gone = await startScriptedServer(() => {})
    await gone.close()
    const address = gone.url.replace('://', '://reader:secret@')
    const { port, origin } = new URL(gone.url)
    assert.deepEqual(await providerOf({ address }).query(query, signal), {
      kind: 'unreachable',
      message: `request failed: Get "${origin}/api/v1/query": connect ECONNREFUSED 127.0.0.1:${port}`,
    })
  })

  it('does not say why there is no data where it cannot ask', async () => {
    const busy = await startScriptedServer((request, response) => {
      const asked = new URL(request.url, 'http://x').searchParams.get('query')
      answerJson(response, vector(), asked === query ? 200 : 503)
    })
    const result = await providerOf({ address: busy.url }).query(query, signal)
    await busy.close()
    assert.deepEqual(result, { kind: 'noData', reason: 'unknown', detail: '' })
    assert.equal(busy.seen.length, 2)
  })

  it('sends one request for equal queries of many', async () => {
    answers = { [query]: vector({ value: '5' }) }
    const provider = providerOf()
    const before = server.seen.length
    const results = await Promise.all(Array.from({ length: 20 }, () => provider.query(query, signal)))
    assert.equal(server.seen.length - before, 1)
    assert.deepEqual(new Set(results.map(result => result.kind)), new Set(['value']))
  })

  it('sends headers, a token before a user name, and keeps the path of the address', async () => {
    const headers = { 'X-Scope-OrgID': ['team-a'] }
    const address = `${server.url}/prom/`
    await providerOf({ address, headers, credentials: { token: 't', username: 'u', password: 'p' } }).problem(signal)
    const withToken = server.seen.at(-1)
    assert.equal(withToken?.headers.authorization, 'Bearer t')
    assert.equal(withToken?.headers['x-scope-orgid'], 'team-a')
    assert.match(withToken?.url ?? '', /^\/prom\/api\/v1\/query\?query=vector/)
    await providerOf({ credentials: { username: 'u', password: 'p' } }).problem(signal)
    assert.equal(server.seen.at(-1)?.headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`)
  })

  it('sends the user of the address, and one authorization of several', async () => {
    const basic = `Basic ${Buffer.from('reader:p w').toString('base64')}`
    await providerOf({ address: server.url.replace('://', '://reader:p%20w@') }).problem(signal)
    assert.equal(server.seen.at(-1)?.headers.authorization, basic)
    await providerOf({ headers: { Authorization: ['Bearer old'] }, credentials: { token: 'new' } }).problem(signal)
    assert.equal(server.seen.at(-1)?.headers.authorization, 'Bearer new')
  })

  const refused: readonly { name: string; options: Partial<ProviderOptions>; message: RegExp }[] = [
    {
      name: 'an address that is none',
      options: { address: 'nowhere' },
      message: /prometheus address nowhere is not a valid URL/,
    },
    { name: 'a secret without user', options: { credentials: {} }, message: /credentials does not contain a username/ },
    {
      name: 'a secret without password',
      options: { credentials: { username: 'u' } },
      message: /credentials does not contain a password/,
    },
    {
      name: 'a type that is not supported',
      options: { type: 'keptn' },
      message: /is not supported, use one of prometheus, cloudwatch/,
    },
  ]
  for (const c of refused) {
    it(`refuses ${c.name}`, () => {
      assert.throws(() => providerOf(c.options), { reason: 'InvalidMetricProvider', message: c.message })
    })
  }
})

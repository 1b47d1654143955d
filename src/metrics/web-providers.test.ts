import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type ScriptedServer, type SeenRequest, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender } from '../runtime/http-sender.ts'
import type { ProviderOptions, QueryResult } from './provider.ts'
import { newMetricProviders } from './providers.ts'

const signal = new AbortController().signal
const noData: QueryResult = { kind: 'noData', reason: 'unknown', detail: '' }

/** Of each type: what a template says of it, what it sends, and how answers are read. */
const providers: readonly {
  readonly type: string
  readonly credentials?: Readonly<Record<string, string>>
  readonly query: string
  readonly sends: {
    readonly method: string
    readonly path: string
    readonly parameters: Readonly<Record<string, string>>
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  readonly answers: readonly { readonly name: string; readonly text: string; readonly want: QueryResult }[]
  readonly probe: string
}[] = [
  {
    type: 'datadog',
    credentials: { datadog_api_key: 'a', datadog_application_key: 'b' },
    query: 'avg:http.errors{service:web}',
    sends: {
      method: 'GET',
      path: '/api/v1/query',
      parameters: { query: 'avg:http.errors{service:web}', from: '1767225000', to: '1767225600' },
      headers: { 'dd-api-key': 'a', 'dd-application-key': 'b' },
      body: '',
    },
    answers: [
      {
        name: 'the oldest point of the first series',
        text: '{"series":[{"pointlist":[[1577232000000,5.5],[1577318400000,9]]}]}',
        want: { kind: 'value', value: 5.5 },
      },
      { name: 'no series', text: '{"series":[]}', want: noData },
      { name: 'a point without a value', text: '{"series":[{"pointlist":[[1577232000000,null]]}]}', want: noData },
    ],
    probe: '/api/v1/validate',
  },
  {
    type: 'newrelic',
    credentials: { newrelic_account_id: '51', newrelic_query_key: 'k' },
    query: "SELECT average(duration) FROM Transaction WHERE name = 'web'",
    sends: {
      method: 'GET',
      path: '/v1/accounts/51/query',
      parameters: { nrql: "SELECT average(duration) FROM Transaction WHERE name = 'web' SINCE 60 seconds ago" },
      headers: { 'x-query-key': 'k' },
      body: '',
    },
    answers: [
      { name: 'one result', text: '{"results":[{"result":1.25}]}', want: { kind: 'value', value: 1.25 } },
      { name: 'several results', text: '{"results":[{"result":1},{"result":2}]}', want: noData },
      { name: 'a result of another kind', text: '{"results":[{"count":3}]}', want: noData },
    ],
    probe: '/v1/accounts/51/query?nrql=SELECT+*+FROM+Metric',
  },
  {
    type: 'graphite',
    credentials: { username: 'u', password: 'p' },
    query: 'target=summarize(app.errors, "1min")&from=-5min',
    sends: {
      method: 'GET',
      path: '/render',
      parameters: { target: 'summarize(app.errors, "1min")', from: '-5min', format: 'json' },
      headers: { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
      body: '',
    },
    answers: [
      {
        name: 'the last value of all targets that is not null',
        text: '[{"datapoints":[[1,10],[2,20]]},{"datapoints":[["3.5",10],[null,20]]}]',
        want: { kind: 'value', value: 3.5 },
      },
      { name: 'nulls alone', text: '[{"datapoints":[[null,10]]}]', want: noData },
      { name: 'no target', text: '[]', want: noData },
    ],
    probe: '/render?target=test&format=json',
  },
  {
    type: 'influxdb',
    credentials: { token: 't', org: 'acme' },
    query: 'from(bucket: "default") |> range(start: -5m) |> mean()',
    sends: {
      method: 'POST',
      path: '/api/v2/query',
      parameters: { org: 'acme' },
      headers: { authorization: 'Token t', accept: 'application/csv' },
      body: JSON.stringify({
        query: 'from(bucket: "default") |> range(start: -5m) |> mean()',
        type: 'flux',
        dialect: { header: true, annotations: ['datatype', 'default'] },
      }),
    },
    answers: [
      {
        name: 'the value of the first record',
        text: '#datatype,string,long,string,double\r\n#default,_result,,,\r\n,result,table,app,_value\r\n,,0,"a, ""b""",0.25\r\n,,0,c,7\r\n\r\n',
        want: { kind: 'value', value: 0.25 },
      },
      {
        name: 'a record without a value',
        text: '#datatype,string,long,double\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,\r\n',
        want: noData,
      },
      { name: 'no record', text: '\r\n', want: noData },
      {
        name: 'a value that is no float',
        text: '#datatype,string,long,long\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,3\r\n',
        want: { kind: 'unusable', message: 'the value of the first record is a long, and has to be a float' },
      },
      {
        name: 'an error while it ran',
        text: '#datatype,string,long\r\n#default,,\r\n,error,reference\r\n,bucket not found,897\r\n',
        want: { kind: 'unusable', message: 'bucket not found' },
      },
    ],
    probe: '/api/v2/query?org=acme',
  },
  {
    type: 'dynatrace',
    credentials: { dynatrace_token: 't' },
    query: 'builtin:service.response.time:filter(eq(name,web))',
    sends: {
      method: 'GET',
      path: '/api/v2/metrics/query',
      parameters: {
        metricSelector: 'builtin:service.response.time:filter(eq(name,web))',
        resolution: 'Inf',
        from: '1767225000000',
        to: '1767225600000',
      },
      headers: { authorization: 'Api-Token t' },
      body: '',
    },
    answers: [
      {
        name: 'the first value of the last dimension',
        text: '{"result":[{"data":[{"values":[1]},{"values":[14.5,2]}]}]}',
        want: { kind: 'value', value: 14.5 },
      },
      { name: 'no data', text: '{"result":[{"data":[]}]}', want: noData },
      { name: 'a null', text: '{"result":[{"data":[{"values":[null]}]}]}', want: noData },
    ],
    probe: '/api/v2/metrics?pageSize=1',
  },
  {
    type: 'splunk',
    credentials: { sf_token_key: 't' },
    query: "data('errors').sum().publish()",
    sends: {
      method: 'POST',
      path: '/v2/signalflow/execute',
      parameters: { start: '1767225000000', stop: '1767225600000', immediate: 'true' },
      headers: { 'x-sf-token': 't', 'content-type': 'text/plain' },
      body: "data('errors').sum().publish()",
    },
    answers: [
      {
        name: 'the last payload',
        text: 'event: control-message\ndata: {"event":"STREAM_START"}\n\nevent: data\ndata: {"data":[{"tsId":"A","value":1}]}\n\nevent: data\ndata: {\ndata: "data":[{"tsId":"A","value":0.5}]}\n\n',
        want: { kind: 'value', value: 0.5 },
      },
      { name: 'no payload', text: 'event: control-message\ndata: {"event":"END_OF_CHANNEL"}\n\n', want: noData },
      {
        name: 'several series',
        text: 'event: data\ndata: {"data":[{"tsId":"A","value":1},{"tsId":"B","value":2}]}\n\n',
        want: { kind: 'unusable', message: 'query returned multiple values' },
      },
      {
        name: 'a program that is wrong',
        text: 'event: error\ndata: {"error":400,"message":"syntax error"}\n\n',
        want: { kind: 'unusable', message: 'syntax error' },
      },
    ],
    probe: '/v2/metric?limit=1',
  },
]

describe('metric providers of one request a query', () => {
  const clock = new FakeClock()
  let http: HttpSender
  let server: ScriptedServer
  let answer = { status: 200, text: '' }
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((_, response) => {
      response.writeHead(answer.status)
      response.end(answer.text)
    })
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  const providerOf = (options: ProviderOptions) =>
    newMetricProviders({ http, clock }).provider({ address: server.url, intervalMs: 60_000, ...options })
  const last = (): SeenRequest => {
    const seen = server.seen.at(-1)
    assert.ok(seen)
    return seen
  }

  for (const { type, credentials = {}, query, sends, answers, probe } of providers) {
    describe(type, () => {
      const ask = (text: string, status = 200): Promise<QueryResult> => {
        answer = { status, text }
        return providerOf({ type, credentials }).query(query, signal)
      }
      it('sends what its API takes', async () => {
        await ask(answers[0]?.text ?? '')
        const { method, url, headers, body } = last()
        const { pathname, searchParams } = new URL(url, server.url)
        const sent = Object.fromEntries(Object.keys(sends.headers).map(name => [name, headers[name]]))
        const parameters = Object.fromEntries(searchParams)
        assert.deepEqual({ method, path: pathname, parameters, headers: sent, body }, sends)
      })
      for (const c of answers) it(`reads ${c.name}`, async () => assert.deepEqual(await ask(c.text), c.want))
      it('is unreachable where it refuses, or answers with something else', async () => {
        assert.deepEqual(await ask('no such key', 403), {
          kind: 'unreachable',
          message: `error response: Status 403 Forbidden: no such key (${server.url}${sends.path})`,
        })
        const odd = type === 'splunk' ? undefined : await ask('<html>')
        assert.equal(odd?.kind ?? 'unreachable', 'unreachable')
      })
      it('is asked whether it is there', async () => {
        answer = { status: 200, text: '{}' }
        assert.equal(await providerOf({ type, credentials }).problem(signal), undefined)
        assert.equal(last().url, probe)
        answer = { status: 500, text: 'down' }
        const place = `${server.url}${probe.split('?')[0]}`
        const message = `error response: Status 500 Internal Server Error: down (${place})`
        assert.equal(await providerOf({ type, credentials }).problem(signal), message)
      })
    })
  }

  const refused: readonly { readonly options: ProviderOptions; readonly message: string }[] = [
    { options: { type: 'datadog' }, message: 'datadog credentials does not contain datadog_api_key' },
    {
      options: { type: 'datadog', credentials: { datadog_api_key: 'a' } },
      message: 'datadog credentials does not contain datadog_application_key',
    },
    { options: { type: 'newrelic' }, message: "newrelic credentials does not contain the key 'newrelic_account_id'" },
    { options: { type: 'dynatrace' }, message: 'dynatrace credentials does not contain dynatrace_token' },
    { options: { type: 'dynatrace', address: '' }, message: 'dynatrace endpoint is not set' },
    { options: { type: 'splunk', address: '' }, message: 'splunk endpoint is not set' },
    { options: { type: 'splunk' }, message: 'splunk credentials does not contain sf_token_key' },
    {
      options: { type: 'influxdb', credentials: {} },
      message: 'influxdb credentials does not contain an authentication token',
    },
    {
      options: { type: 'influxdb', credentials: { token: 't' } },
      message: 'influxdb credentials does not contain an organisation',
    },
    { options: { type: 'graphite', address: 'x' }, message: 'graphite address x is not a valid URL' },
    ...['prometheus', 'graphite', 'influxdb', 'dynatrace', 'datadog', 'newrelic', 'splunk'].map(type => ({
      options: { type, address: 'metrics:9090' },
      message: `${type} address metrics:9090 is not a valid URL: it does not begin with http:// or https://`,
    })),
    {
      options: { type: 'keptn' },
      message:
        'is not supported, use one of prometheus, cloudwatch, datadog, dynatrace, graphite, influxdb, newrelic, splunk, stackdriver',
    },
  ]
  for (const { options, message } of refused) {
    it(`refuses: ${message}`, () => {
      assert.throws(() => providerOf(options), { reason: 'InvalidMetricProvider', message })
    })
  }
})

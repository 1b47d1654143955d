import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type ScriptedServer, type SeenRequest, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender, type OutboundRequest } from '../runtime/http-sender.ts'
import { type AwsCredentials, signedHeaders } from './aws-signature.ts'
import type { MetricProvider, ProviderOptions, QueryResult } from './provider.ts'
import { newMetricProviders } from './providers.ts'

const signal = new AbortController().signal
const noData: QueryResult = { kind: 'noData', reason: 'unknown', detail: '' }

describe('the providers of clouds', () => {
  let http: HttpSender
  let server: ScriptedServer
  let clock: FakeClock
  let answer: (request: SeenRequest, response: ServerResponse) => void
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((request, response) => answer(request, response))
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  beforeEach(() => {
    clock = new FakeClock()
  })
  const give = (text: string, status = 200) => {
    answer = (_, response) => void response.writeHead(status).end(text)
  }
  const providerOf = (
    options: ProviderOptions,
    deps: { readonly aws?: AwsCredentials; readonly http?: HttpSender } = {},
  ) => newMetricProviders({ http, clock, ...deps }).provider({ intervalMs: 60_000, ...options })
  const last = (): SeenRequest => {
    const seen = server.seen.at(-1)
    assert.ok(seen)
    return seen
  }

  describe('cloudwatch', () => {
    const credentials = { aws_access_key_id: 'AKID', aws_secret_access_key: 'secret' }
    const cloudwatch = (more: Partial<ProviderOptions> = {}): MetricProvider =>
      providerOf({ type: 'cloudwatch', region: 'eu-west-1', address: server.url, credentials, ...more })
    const queries =
      '[{"id": "m1", "metricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}, "note": 1}]'

    it('sends what its API takes, signed', async () => {
      give('{"MetricDataResults":[]}')
      await cloudwatch().query(queries, signal)
      const { method, url, headers, body } = last()
      assert.deepEqual([method, url], ['POST', '/'])
      assert.equal(headers['x-amz-target'], 'GraniteServiceVersion20100801.GetMetricData')
      assert.equal(headers['content-type'], 'application/x-amz-json-1.0')
      assert.deepEqual(JSON.parse(body), {
        MetricDataQueries: [
          { Id: 'm1', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Sum' } },
        ],
        StartTime: 1767225000,
        EndTime: 1767225600,
        MaxDatapoints: 20,
      })
      const signed = signedHeaders(
        {
          method: 'POST',
          url: `${server.url}/`,
          body,
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': String(headers['x-amz-target']) },
        },
        { accessKeyId: 'AKID', secretAccessKey: 'secret' },
        { region: 'eu-west-1', service: 'monitoring' },
        clock.now(),
      )
      assert.equal(headers['authorization'], signed['authorization'])
    })

    const answers: readonly (readonly [string, string, QueryResult])[] = [
      [
        'the first value of the first result',
        '{"MetricDataResults":[{"Id":"e1","Values":[0.5,9]},{"Values":[7]}]}',
        { kind: 'value', value: 0.5 },
      ],
      ['a result without values', '{"MetricDataResults":[{"Id":"e1","Values":[]}]}', noData],
      ['no result', '{"MetricDataResults":[]}', noData],
    ]
    for (const [name, text, want] of answers) {
      it(`reads ${name}`, async () => {
        give(text)
        assert.deepEqual(await cloudwatch().query(queries, signal), want)
      })
    }

    it('is unreachable where it refuses, or answers with something else', async () => {
      give('{"__type":"AccessDenied"}', 400)
      assert.deepEqual(await cloudwatch().query(queries, signal), {
        kind: 'unreachable',
        message: `error response: Status 400 Bad Request: {"__type":"AccessDenied"} (${server.url}/)`,
      })
      give('<html>')
      assert.equal((await cloudwatch().query(queries, signal)).kind, 'unreachable')
    })

    it('fails the check where the query is none', async () => {
      for (const text of ['SELECT 1', '{"Id":"m1"}']) {
        assert.deepEqual(await cloudwatch().query(text, signal), {
          kind: 'unusable',
          message: 'error unmarshaling query: it has to be a JSON array of MetricDataQuery',
        })
      }
    })

    it('is there when it refuses a request for nothing', async () => {
      give('{"__type":"ValidationError"}', 400)
      assert.equal(await cloudwatch().problem(signal), undefined)
      assert.equal(last().body, '{}')
      give('down', 500)
      const message = `error response: Status 500 Internal Server Error: down (${server.url}/)`
      assert.equal(await cloudwatch().problem(signal), message)
    })

    it('signs with the process’s own key for AWS alone, in the host of the region', async () => {
      const sent: OutboundRequest[] = []
      const recording: HttpSender = {
        ...http,
        async send(request) {
          sent.push(request)
          return { status: 200, headers: {}, text: '{"MetricDataResults":[]}' }
        },
      }
      const aws = { accessKeyId: 'OWN', secretAccessKey: 'key', sessionToken: 'token' }
      for (const region of ['eu-west-1', 'cn-north-1']) {
        await providerOf({ type: 'cloudwatch', region }, { aws, http: recording }).query('[]', signal)
      }
      assert.deepEqual(
        sent.map(({ url }) => url),
        ['https://monitoring.eu-west-1.amazonaws.com/', 'https://monitoring.cn-north-1.amazonaws.com.cn/'],
      )
      assert.match(String(sent[0]?.headers?.['authorization']), /Credential=OWN\/20260101\/eu-west-1\/monitoring\//)
      assert.equal(sent[0]?.headers?.['x-amz-security-token'], 'token')
      assert.throws(() => providerOf({ type: 'cloudwatch', region: 'eu-west-1', address: server.url }, { aws }), {
        message: 'cloudwatch credentials does not contain aws_access_key_id',
      })
    })

    const refused: readonly (readonly [Partial<ProviderOptions>, string])[] = [
      [{ region: '' }, 'region not specified'],
      [{ region: 'evil.example/' }, 'region evil.example/ is not the name of a region'],
      [{ credentials: {} }, 'cloudwatch credentials does not contain aws_access_key_id'],
      [{ credentials: { aws_access_key_id: 'a' } }, 'cloudwatch credentials does not contain aws_secret_access_key'],
    ]
    for (const [options, message] of refused) {
      it(`refuses: ${message}`, () =>
        assert.throws(() => cloudwatch(options), { reason: 'InvalidMetricProvider', message }))
    }
  })

  describe('stackdriver', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const keyOf = (more: object = {}) =>
      JSON.stringify({
        type: 'service_account',
        client_email: 'serin@acme.iam.gserviceaccount.com',
        private_key_id: 'k1',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        token_uri: `${server.url}/token`,
        ...more,
      })
    const stackdriver = (
      credentials: Readonly<Record<string, string>> = { project: 'acme', serviceAccountKey: keyOf() },
    ) => providerOf({ type: 'stackdriver', address: server.url, credentials })
    const mql = 'fetch k8s_container | metric requests | within 1m'
    /** Lends tokens for an hour and gives `text` for the second one alone. */
    const lend = (text: string, status = 200) => {
      let lent = 0
      answer = ({ url }, response) => {
        if (url === '/token') response.writeHead(200).end(`{"access_token":"t${++lent}","expires_in":3599}`)
        else response.writeHead(status).end(text)
      }
    }
    const seenAt = (path: string) => server.seen.filter(({ url }) => url === path)

    it('asks for a token with the key of its service account, and shows it', async () => {
      lend('{"timeSeriesData":[{"pointData":[{"values":[{"doubleValue":12.5}]}]}]}')
      assert.deepEqual(await stackdriver().query(mql, signal), { kind: 'value', value: 12.5 })
      const form = new URLSearchParams(seenAt('/token').at(-1)?.body)
      assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      const [head = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? []
      const parsed = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
      assert.deepEqual(parsed(head), { alg: 'RS256', typ: 'JWT', kid: 'k1' })
      assert.deepEqual(parsed(claims), {
        iss: 'serin@acme.iam.gserviceaccount.com',
        scope: 'https://www.googleapis.com/auth/monitoring.read',
        aud: `${server.url}/token`,
        iat: 1767225600,
        exp: 1767229200,
      })
      const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
      assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')))
      const { method, url, headers, body } = last()
      assert.deepEqual([method, url], ['POST', '/v3/projects/acme/timeSeries:query'])
      assert.equal(headers['authorization'], 'Bearer t1')
      assert.deepEqual(JSON.parse(body), { query: mql })
    })

    it('keeps the token until it is about to end', async () => {
      lend('{}')
      const provider = stackdriver()
      const before = seenAt('/token').length
      await provider.query('a', signal)
      await clock.advance(3_500_000)
      await provider.query('b', signal)
      assert.equal(seenAt('/token').length - before, 1)
      await clock.advance(60_000)
      await provider.query('c', signal)
      assert.equal(seenAt('/token').length - before, 2)
      assert.equal(last().headers['authorization'], 'Bearer t2')
    })

    it('reads no series as no data', async () => {
      lend('{"timeSeriesDescriptor":{}}')
      assert.deepEqual(await stackdriver().query(mql, signal), noData)
    })

    it('is unreachable where it refuses, or lends no token', async () => {
      lend('{"error":{"status":"PERMISSION_DENIED"}}', 403)
      const { kind } = await stackdriver().query(mql, signal)
      assert.equal(kind, 'unreachable')
      give('{"error":"invalid_grant"}', 400)
      assert.deepEqual(await stackdriver().query(mql, signal), {
        kind: 'unreachable',
        message: 'no token for serin@acme.iam.gserviceaccount.com: Status 400: {"error":"invalid_grant"}',
      })
      assert.match((await stackdriver().problem(signal)) ?? '', /^no token for serin@acme/)
    })

    it('is there when it refuses an empty query', async () => {
      lend('{"error":{"status":"INVALID_ARGUMENT"}}', 400)
      assert.equal(await stackdriver().problem(signal), undefined)
      lend('down', 503)
      const place = `${server.url}/v3/projects/acme/timeSeries:query`
      assert.equal(
        await stackdriver().problem(signal),
        `error response: Status 503 Service Unavailable: down (${place})`,
      )
    })

    const wrong = 'stackdriver credentials: serviceAccountKey is not the key of a service account'
    const refused: readonly (readonly [string, () => Readonly<Record<string, string>>, string])[] = [
      ['no project', () => ({ serviceAccountKey: keyOf() }), 'stackdriver credentials does not contain a project id'],
      ['no key', () => ({ project: 'acme' }), 'stackdriver credentials does not contain serviceAccountKey'],
      ['a key that is no JSON', () => ({ project: 'acme', serviceAccountKey: 'key' }), wrong],
      ['a key that is none', () => ({ project: 'acme', serviceAccountKey: keyOf({ private_key: 'x' }) }), wrong],
      ['a URL that is none', () => ({ project: 'acme', serviceAccountKey: keyOf({ token_uri: 'x' }) }), wrong],
    ]
    for (const [name, credentials, message] of refused) {
      it(`refuses ${name}`, () =>
        assert.throws(() => stackdriver(credentials()), { reason: 'InvalidMetricProvider', message }))
    }
  })
})

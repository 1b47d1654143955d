import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { systemClock } from '../../runtime/clock.ts'
import type { Endpoint, MeshConfig, RouteRule, ServiceConfig, WeightedDestination } from './config.ts'
import { type Mesh, startMesh } from './mesh.ts'
import { proxyUser } from './source.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

describe('the mesh', () => {
  let mesh: Mesh
  const servers = new Map<string, Server>()
  const seen: { by: string; headers: IncomingMessage['headers']; url: string; body: string }[] = []
  let behaviour: RequestListener | undefined

  before(async () => {
    for (const name of ['primary', 'canary']) {
      const server = createServer(async (incoming, outgoing) => {
        let body = ''
        for await (const chunk of incoming) body += chunk
        seen.push({ by: name, headers: incoming.headers, url: incoming.url ?? '', body })
        if (behaviour) behaviour(incoming, outgoing)
        else outgoing.writeHead(200, { 'x-served-by': name }).end(name)
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      servers.set(name, server)
    }
  })
  after(() => {
    for (const server of servers.values()) {
      server.closeAllConnections()
      server.close()
    }
  })
  beforeEach(async () => {
    seen.length = 0
    behaviour = undefined
    mesh = await startMesh({
      address: '127.0.0.1',
      proxyPort: 0,
      gatewayPort: 0,
      clock: systemClock,
      random: Math.random,
    })
  })
  afterEach(() => mesh.close())

  function endpoint(name: string, port = portOf(servers.get(name))): Endpoint {
    const workload = { namespace: 'test', name, app: 'web', version: 'v1' }
    return { address: '127.0.0.1', port, pod: `${name}-1`, labels: { app: 'web', track: name }, workload }
  }

  function service(name: string, endpoints: readonly Endpoint[]): ServiceConfig {
    return { key: `test/${name}`, namespace: 'test', name, ports: [{ name: 'http', port: 80, endpoints }] }
  }

  const services = () => [
    service('web', [endpoint('primary')]),
    service('web-primary', [endpoint('primary')]),
    service('web-canary', [endpoint('canary')]),
  ]
  const to = (name: string, weight: number, more: Partial<WeightedDestination> = {}): WeightedDestination => ({
    service: `test/${name}`,
    weight,
    ...more,
  })

  function configure(rules: readonly Partial<RouteRule>[], over: Partial<MeshConfig> = {}): void {
    mesh.configure({
      services: services(),
      routes: [
        {
          origin: 'VirtualService test/web',
          meshServices: ['test/web'],
          meshHosts: ['shop.example'],
          gatewayHosts: ['web.example', '*.wild.example'],
          rules: rules.map(rule => ({ matches: [], destinations: [to('web-primary', 100)], ...rule })),
        },
      ],
      ...over,
    })
  }

  interface Call {
    readonly side?: 'mesh' | 'gateway'
    readonly host?: string
    readonly path?: string
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
  }

  function call({
    side = 'mesh',
    host = 'web.test',
    path = '/',
    method = 'GET',
    headers = {},
    body,
  }: Call = {}): Promise<Answer> {
    const { port } = side === 'mesh' ? mesh.proxy : mesh.gateway
    return new Promise((resolve, reject) => {
      const target = side === 'mesh' ? `http://${host}${path}` : path
      const outgoing = request(
        { host: '127.0.0.1', port, method, path: target, headers: { host, ...headers }, agent: false },
        async incoming => {
          let text = ''
          for await (const chunk of incoming) text += chunk
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  for (const host of ['web.test', 'web.test.svc', 'web.test.svc.cluster.local', 'web.test:80']) {
    it(`knows a Service as ${host}`, async () => {
      mesh.configure({ services: services(), routes: [] })
      assert.equal((await call({ host })).body, 'primary')
    })
  }

  it('knows a Service by its short name from inside its namespace', async () => {
    mesh.configure({ services: services(), routes: [] })
    const user = decodeURIComponent(proxyUser({ namespace: 'test', name: 'shop', app: 'shop', version: 'v2' }))
    const authorization = `Basic ${Buffer.from(`${user}:`).toString('base64')}`
    assert.equal((await call({ host: 'web', headers: { 'proxy-authorization': authorization } })).body, 'primary')
    assert.equal((await call({ host: 'web' })).status, 404)
    assert.equal(seen[0]?.headers['proxy-authorization'], undefined)
    assert.match(mesh.metrics(), /istio_requests_total\{reporter="destination",source_workload="shop"/)
  })

  it('tells callers by the labels of their pods', async () => {
    const insider = { matches: [{ sourceLabels: { 'a/team': 'x:y & z', app: 'shop' } }] }
    configure([{ ...insider, destinations: [to('web-canary', 100)] }, {}])
    const callAs = (labels: Record<string, string>) => {
      const workload = { namespace: 'test', name: 'shop', app: 'shop', version: 'v2' }
      const user = decodeURIComponent(proxyUser(workload, labels))
      const authorization = `Basic ${Buffer.from(`${user}:`).toString('base64')}`
      return call({ headers: { 'proxy-authorization': authorization } })
    }
    assert.equal((await callAs({ app: 'shop', 'a/team': 'x:y & z', more: '' })).body, 'canary')
    assert.equal((await callAs({ app: 'shop' })).body, 'primary')
    assert.equal((await call()).body, 'primary', 'who is no pod has no labels')
  })

  it('tells where a request came in', async () => {
    const on = (side: 'mesh' | 'gateway', name: string) => ({
      matches: [{ sides: [side] }],
      destinations: [to(name, 100)],
    })
    configure([on('mesh', 'web-canary'), on('gateway', 'web-primary')])
    assert.equal((await call()).body, 'canary')
    assert.equal((await call({ side: 'gateway', host: 'web.example' })).body, 'primary')
  })

  it('rewrites what a pattern finds in the path, and leaves the query', async () => {
    const pattern = { match: '/v(\\d+)/', substitution: '/$api/\\1/' }
    configure([{ rewrite: { pattern } }])
    await call({ path: '/v12/carts?at=/v3/' })
    assert.equal(seen[0]?.url, '/$api/12/carts?at=/v3/')
  })

  it('replaces a prefix that matches in another case', async () => {
    const path = { kind: 'prefix', value: '/Shop', ignoreCase: true } as const
    configure([{ matches: [{ path }], rewrite: { path: '/new' } }])
    await call({ path: '/sHOP/cart' })
    assert.equal(seen[0]?.url, '/new/cart')
  })

  it('splits by weight, exactly in distribution', async () => {
    configure([{ destinations: [to('web-primary', 90), to('web-canary', 10)] }])
    const total = 3000
    for (let done = 0; done < total; done += 50) await Promise.all(Array.from({ length: 50 }, () => call()))
    const canary = seen.filter(entry => entry.by === 'canary').length
    // Four standard deviations of a binomial with p = 0.1.
    assert.ok(Math.abs(canary - total * 0.1) < 4 * Math.sqrt(total * 0.09), `${canary} of ${total}`)
  })

  it('counts requests as the sidecars of both sides do', async () => {
    configure([{ destinations: [to('web-canary', 100)] }])
    await call()
    for (const reporter of ['source', 'destination']) {
      assert.match(
        mesh.metrics(),
        new RegExp(
          `istio_requests_total\\{reporter="${reporter}",.*destination_workload="canary",destination_workload_namespace="test",.*destination_service="web-canary\\.test\\.svc\\.cluster\\.local",.*response_code="200".*\\} 1`,
        ),
      )
    }
    assert.match(mesh.metrics(), /istio_request_duration_milliseconds_bucket\{.*le="\+Inf"\} 1/)
  })

  const routed: readonly {
    name: string
    rules: readonly Partial<RouteRule>[]
    call?: Call
    status?: number
    body?: string
    headers?: Record<string, string>
  }[] = [
    {
      name: 'gives a sole destination everything, whatever its weight',
      rules: [{ destinations: [to('web-canary', 0)] }],
      body: 'canary',
    },
    {
      name: 'takes the first rule that matches',
      rules: [
        {
          matches: [{ headers: { 'x-canary': { kind: 'exact', value: 'insider' } } }],
          destinations: [to('web-canary', 1)],
        },
        {},
      ],
      call: { headers: { 'X-Canary': 'insider' } },
      body: 'canary',
    },
    {
      name: 'passes by a rule whose header does not match',
      rules: [
        {
          matches: [{ headers: { 'x-canary': { kind: 'regex', value: '(in|out)sider' } } }],
          destinations: [to('web-canary', 1)],
        },
        {},
      ],
      call: { headers: { 'x-canary': 'an insider' } },
      body: 'primary',
    },
    {
      name: 'matches path, method and query together',
      rules: [
        {
          matches: [
            {
              path: { kind: 'prefix', value: '/api' },
              method: { kind: 'exact', value: 'POST' },
              queryParams: { v: { kind: 'exact', value: '2' } },
            },
          ],
          destinations: [to('web-canary', 1)],
        },
        {},
      ],
      call: { path: '/api/x?v=2', method: 'POST', body: 'hello' },
      body: 'canary',
    },
    {
      name: 'answers 404 where no rule matches',
      rules: [{ matches: [{ path: { kind: 'exact', value: '/only' } }] }],
      status: 404,
      body: '',
    },
    { name: 'routes gateway hosts', rules: [{}], call: { side: 'gateway', host: 'web.example' }, body: 'primary' },
    {
      name: 'routes wildcard hosts',
      rules: [{}],
      call: { side: 'gateway', host: 'a.wild.example:8080' },
      body: 'primary',
    },
    {
      name: 'does not let mesh hosts in through the gateway',
      rules: [{}],
      call: { side: 'gateway', host: 'web.test' },
      status: 404,
    },
    {
      name: 'answers 503 for a Service that is not there',
      rules: [{ destinations: [to('nobody', 1)] }],
      status: 503,
      body: 'cluster not found',
    },
    {
      name: 'answers 503 for a port that is not there',
      rules: [{ destinations: [to('web', 1, { port: 99 })] }],
      status: 503,
      body: 'cluster not found',
    },
    {
      name: 'answers 503 for a subset that nobody is in',
      rules: [{ destinations: [to('web', 1, { subset: { track: 'x' } })] }],
      status: 503,
      body: 'no healthy upstream',
    },
    {
      name: 'finds the pods of a subset',
      rules: [{ destinations: [to('web', 1, { subset: { track: 'primary' } })] }],
      body: 'primary',
    },
    {
      name: 'redirects',
      rules: [{ redirect: { status: 302, authority: 'new.example', path: '/there' } }],
      status: 302,
      headers: { location: 'http://new.example/there' },
    },
    { name: 'answers by itself', rules: [{ directResponse: { status: 418, body: 'tea' } }], status: 418, body: 'tea' },
    {
      name: 'aborts as a fault says',
      rules: [{ fault: { abort: { percent: 100, status: 555 } } }],
      status: 555,
      body: 'fault filter abort',
    },
    {
      name: 'answers preflights of allowed origins',
      rules: [
        {
          cors: {
            allowOrigins: [{ kind: 'exact', value: 'http://me' }],
            allowMethods: ['GET'],
            allowHeaders: [],
            exposeHeaders: [],
          },
        },
      ],
      call: { method: 'OPTIONS', headers: { origin: 'http://me', 'access-control-request-method': 'GET' } },
      status: 200,
      headers: { 'access-control-allow-origin': 'http://me', 'access-control-allow-methods': 'GET' },
    },
    {
      name: 'changes the headers of the answer',
      rules: [{ responseHeaders: { set: { 'x-served-by': 'mesh' }, add: { 'x-more': '1' } } }],
      headers: { 'x-served-by': 'mesh', 'x-more': '1' },
    },
  ]
  for (const c of routed) {
    it(c.name, async () => {
      configure(c.rules)
      const answer = await call(c.call)
      assert.equal(answer.status, c.status ?? 200)
      if (c.body !== undefined) assert.equal(answer.body, c.body)
      for (const [name, value] of Object.entries(c.headers ?? {})) assert.equal(answer.headers[name], value)
    })
  }

  it('reports rules that point at nothing', () => {
    configure([{ destinations: [to('nobody', 1)] }, { matches: [{ path: { kind: 'regex', value: '(' } }] }])
    assert.deepEqual(mesh.problems, [
      { origin: 'VirtualService test/web', message: 'http[0]: the Service test/nobody does not exist' },
      { origin: 'VirtualService test/web', message: 'http[1]: "(" is not a regular expression of RE2' },
    ])
    assert.match(mesh.metrics(), /serin_mesh_invalid_routes 2/)
  })

  it('rewrites prefix and authority, and changes the headers of the request', async () => {
    configure([
      {
        matches: [{ path: { kind: 'prefix', value: '/v1' } }],
        rewrite: { path: '/v2', authority: 'inner.example' },
        requestHeaders: { set: { 'x-env': 'test' }, remove: ['x-secret'] },
      },
    ])
    await call({ path: '/v1/items?q=1', headers: { 'x-secret': 's' } })
    assert.equal(seen[0]?.url, '/v2/items?q=1')
    assert.equal(seen[0]?.headers.host, 'inner.example')
    assert.equal(seen[0]?.headers['x-env'], 'test')
    assert.equal(seen[0]?.headers['x-secret'], undefined)
  })

  it('mirrors to the canary and answers from the primary', async () => {
    configure([{ mirrors: [{ destination: to('web-canary', 1), percent: 100 }] }])
    assert.equal((await call({ method: 'POST', body: 'twice' })).body, 'primary')
    await until(() => seen.length === 2)
    const copy = seen.find(entry => entry.by === 'canary')
    assert.deepEqual([copy?.body, copy?.headers.host], ['twice', 'web.test-shadow'])
  })

  it('tries another endpoint when one refuses the connection', async () => {
    const dead = endpoint('canary', 1)
    mesh.configure({ services: [service('web', [dead, endpoint('primary')])], routes: [] })
    for (let at = 0; at < 10; at++) assert.equal((await call()).status, 200)
  })

  it('says that it cannot connect when all endpoints refuse', async () => {
    mesh.configure({ services: [service('web', [endpoint('canary', 1)])], routes: [] })
    const answer = await call()
    assert.equal(answer.status, 503)
    assert.match(answer.body, /connection failure/)
    assert.match(mesh.metrics(), /response_code="503",response_flags="UF"/)
  })

  it('repeats a try whose status the rule retries, with the same body', async () => {
    configure([{ retries: { attempts: 2, on: { statuses: new Set([503]), connectFailure: true } } }])
    let failures = 2
    behaviour = (_incoming, outgoing) => outgoing.writeHead(failures-- > 0 ? 503 : 200).end()
    assert.equal((await call({ method: 'POST', body: 'again' })).status, 200)
    assert.deepEqual(
      seen.map(entry => entry.body),
      ['again', 'again', 'again'],
    )
  })

  it('answers 504 when the rule’s time is up', async () => {
    configure([{ timeoutMs: 30 }])
    behaviour = () => {}
    assert.equal((await call()).status, 504)
    assert.match(mesh.metrics(), /response_flags="UT"/)
  })

  it('answers 503 when the workload breaks off before its answer', async () => {
    configure([{ retries: { attempts: 0, on: { statuses: new Set(), connectFailure: false } } }])
    behaviour = incoming => incoming.socket.destroy()
    const answer = await call()
    assert.equal(answer.status, 503)
    assert.match(answer.body, /connection termination/)
  })

  it('passes on a large body as it comes', async () => {
    configure([{}])
    const body = 'x'.repeat(10 * 1024 * 1024)
    assert.equal((await call({ method: 'POST', body })).status, 200)
    assert.equal(seen[0]?.body.length, body.length)
  })

  it('speaks HTTP/2 without TLS on the same port', async () => {
    configure([{}])
    const session = connectHttp2(`http://127.0.0.1:${mesh.gateway.port}`)
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject)
      session
        .request({ ':path': '/', ':authority': 'web.example' })
        .on('response', headers => resolve(headers[':status']))
    })
    session.destroy()
    assert.equal(status, 200)
  })

  it('names the port that is taken and what to set', async () => {
    await assert.rejects(
      startMesh({
        address: '127.0.0.1',
        proxyPort: mesh.proxy.port,
        gatewayPort: 0,
        clock: systemClock,
        random: Math.random,
      }),
      { reason: 'ListenFailed', message: new RegExp(`cannot listen on 127.0.0.1:${mesh.proxy.port} .*--proxy-port`) },
    )
  })

  it('loses nothing while routes change under load', async () => {
    configure([{}])
    let failed = 0
    let done = 0
    const stop = new AbortController()
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        const answer = await call({ side: 'gateway', host: 'web.example' })
        done++
        if (answer.status !== 200) failed++
      }
    })
    for (let change = 0; change < 200; change++) {
      const canary = (change % 11) * 10
      configure([{ destinations: [to('web-primary', 100 - canary), to('web-canary', canary)] }])
      await new Promise(resolve => setImmediate(resolve))
    }
    stop.abort()
    await Promise.all(clients)
    assert.ok(done > 100)
    assert.equal(failed, 0)
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns++) {
    assert.ok(turns < 500, 'it never came')
    await systemClock.sleep(10)
  }
}

function portOf(server: Server | undefined): number {
  const bound = server?.address()
  return typeof bound === 'object' && bound ? bound.port : 0
}

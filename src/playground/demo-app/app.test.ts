import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { systemClock } from '../../runtime/clock.ts'
import { type DemoApp, startDemoApp } from './app.ts'

describe('the demo app', () => {
  const running: DemoApp[] = []
  const lines: string[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map(app => app.close()))
    lines.length = 0
  })

  async function start(args: string[] = [], over: Partial<Parameters<typeof startDemoApp>[0]> = {}): Promise<string> {
    const app = await startDemoApp({
      args: ['--port=0', ...args],
      env: {},
      address: '127.0.0.1',
      hostname: 'web-1',
      version: '6.1.0',
      clock: systemClock,
      random: () => 0.5,
      log: line => lines.push(line),
      exit: () => {},
      ...over,
    })
    running.push(app)
    return `http://127.0.0.1:${app.port}`
  }

  const cases: readonly { name: string; args?: string[]; path: string; status: number; body: RegExp }[] = [
    { name: 'says its version at /', path: '/', status: 200, body: /"version": "6.1.0"/ },
    { name: 'says its version at /version', path: '/version', status: 200, body: /"version": "6.1.0"/ },
    { name: 'shows its message', args: ['--ui-message=hello'], path: '/', status: 200, body: /"message": "hello"/ },
    { name: 'is healthy', path: '/healthz', status: 200, body: /OK/ },
    { name: 'is ready', path: '/readyz', status: 200, body: /OK/ },
    { name: 'is unready when told so', args: ['--unready'], path: '/readyz', status: 503, body: /^$/ },
    { name: 'is unhealthy when told so', args: ['--unhealthy'], path: '/healthz', status: 503, body: /^$/ },
    { name: 'answers with the status asked for', path: '/status/418', status: 418, body: /418/ },
    { name: 'echoes', path: '/echo', status: 202, body: /^$/ },
    { name: 'does not know other paths', path: '/nowhere', status: 404, body: /not found/ },
    { name: 'shows its environment', path: '/env', status: 200, body: /\[/ },
    { name: 'shows the headers', path: '/headers', status: 200, body: /"Host"/ },
    {
      name: 'fails as its fault says',
      args: ['--fault=errors=100%,status=503'],
      path: '/',
      status: 503,
      body: /fault/,
    },
    {
      name: 'keeps its probes apart from its fault',
      args: ['--fault=errors=100%'],
      path: '/readyz',
      status: 200,
      body: /OK/,
    },
  ]
  for (const c of cases) {
    it(c.name, async () => {
      const response = await fetch((await start(c.args)) + c.path)
      assert.equal(response.status, c.status)
      assert.match(await response.text(), c.body)
    })
  }

  it('becomes unready and ready again by request', async () => {
    const url = await start()
    await fetch(`${url}/readyz/disable`, { method: 'POST' })
    assert.equal((await fetch(`${url}/readyz`)).status, 503)
    await fetch(`${url}/readyz/enable`, { method: 'POST' })
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
  })

  it('counts requests by status on its metrics', async () => {
    const url = await start()
    await fetch(`${url}/status/500`)
    await fetch(`${url}/version`)
    const text = await (await fetch(`${url}/metrics`)).text()
    assert.match(text, /http_requests_total\{status="500"\} 1/)
    assert.match(text, /http_request_duration_seconds_bucket\{method="GET",path="version",status="200",le="\+Inf"\} 1/)
  })

  it('asks its backend through the proxy that the environment names', async () => {
    const proxy = await start(['--ui-message=I am the proxy'])
    const url = await start(['--backend-url=http://backend:9898/echo'], { env: { HTTP_PROXY: proxy } })
    const response = await fetch(`${url}/echo`, { method: 'POST', body: 'hello' })
    assert.equal(response.status, 200)
    assert.match(await response.text(), /I am the proxy|hello/)
  })

  it('tells its exit code when it is made to panic', async () => {
    let code: number | undefined
    const url = await start([], { exit: given => (code = given) })
    await fetch(`${url}/panic`).then(r => r.text())
    assert.equal(code, 255)
  })

  it('serves HTTP/2 without TLS beside HTTP/1.1 on one port', async () => {
    const { connect } = await import('node:http2')
    const url = await start(['--h2c'])
    assert.equal((await fetch(`${url}/version`)).status, 200)
    const session = connect(url)
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject)
      session.request({ ':path': '/version' }).on('response', headers => resolve(headers[':status']))
    })
    session.destroy()
    assert.equal(status, 200)
  })

  for (const [args, message] of [
    [['--prot=1'], /unknown flag: --prot/],
    [['--port=many'], /--port must be a port/],
    [['--fault=errors=200%'], /--fault: cannot read "errors=200%"/],
  ] as const) {
    it(`refuses ${args}`, () => assert.rejects(start([...args]), message))
  }
})

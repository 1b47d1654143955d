import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ForwardProxy, startForwardProxy } from '../../test/support/forward-proxy.ts'
import { type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from './clock.ts'
import { environmentProxy } from './environment-proxy.ts'
import { type HttpSender, newHttpSender } from './http-sender.ts'

describe('requests of a sender whose environment names a proxy', () => {
  let server: ScriptedServer
  let proxy: ForwardProxy
  let other: ForwardProxy
  let http: HttpSender
  const portOf = (url: string) => Number(new URL(url).port)
  const newSender = (options: {
    readonly noProxy?: string
    readonly defaultProxy?: string
    readonly refused?: string
  }) => {
    const { noProxy, defaultProxy, refused } = options
    const proxyFor = environmentProxy({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: noProxy })
    assert.ok(proxyFor)
    return newHttpSender({
      clock: systemClock,
      proxyFor,
      ...(defaultProxy ? { defaultProxy } : {}),
      ...(refused ? { refusedAddresses: [refused] } : {}),
    })
  }
  before(async () => {
    server = await startScriptedServer(({ url }, response) => {
      const { searchParams } = new URL(url, 'http://server')
      const to = searchParams.get('to')
      if (to) return void response.writeHead(302, { location: to }).end()
      response.end('here')
    })
    const hosts = { 'server.example': portOf(server.url) }
    proxy = await startForwardProxy(hosts)
    other = await startForwardProxy(hosts)
    http = newSender({})
  })
  after(async () => {
    await http.close()
    await proxy.close()
    await other.close()
    await server.close()
  })
  const get = async (url: string, options: { readonly by?: HttpSender; readonly proxy?: string } = {}) => {
    const given = options.proxy ? { proxy: options.proxy } : {}
    const seen = [proxy.seen.length, other.seen.length] as const
    const { text, status } = await (options.by ?? http).send({ method: 'GET', url, timeoutMs: 5_000, ...given })
    return { text, status, proxy: proxy.seen.slice(seen[0]), other: other.seen.slice(seen[1]) }
  }
  const local = (path: string) => `http://localhost:${portOf(server.url)}${path}`

  it('go by it, and to this machine directly', async () => {
    const byProxy = await get('http://server.example:9090/x')
    assert.deepEqual(byProxy, { text: 'here', status: 200, proxy: ['GET http://server.example:9090/x'], other: [] })
    assert.deepEqual(await get(`${server.url}/x`), { text: 'here', status: 200, proxy: [], other: [] })
  })

  it('ask it for a tunnel where the URL is one of https', async () => {
    const before = proxy.seen.length
    // What is at the other end speaks no TLS.
    await assert.rejects(get('https://server.example/'), { reason: 'ConnectionFailed' })
    assert.deepEqual(proxy.seen.slice(before), ['CONNECT server.example:443'])
  })

  it('go by their own proxy, or the one of the sender, in its place', async () => {
    const want = { text: 'here', status: 200, proxy: [], other: ['GET http://server.example/x'] }
    assert.deepEqual(await get('http://server.example/x', { proxy: other.url }), want)
    const by = newSender({ defaultProxy: other.url })
    assert.deepEqual(await get('http://server.example/x', { by }), want)
    await by.close()
  })

  it('go by it anew, or no longer, where a server redirects', async () => {
    const hop = (to: string) => `/?to=${encodeURIComponent(to)}`
    assert.deepEqual(await get(local(hop('http://server.example/x'))), {
      text: 'here',
      status: 200,
      proxy: ['GET http://server.example/x'],
      other: [],
    })
    const back = await get(`http://server.example${hop(local('/x'))}`)
    assert.deepEqual(back, { text: 'here', status: 200, proxy: ['GET http://server.example/'], other: [] })
  })

  it('reach no refused address: by the proxy, without it, or by a redirect', async () => {
    const before = proxy.seen.length
    const refusal = { reason: 'RefusedAddress' }
    await assert.rejects(get('http://169.254.169.254/'), refusal)
    const by = newSender({ noProxy: '169.254.0.0/16', refused: '127.0.0.0/8' })
    await assert.rejects(get(local('/'), { by }), refusal)
    assert.deepEqual(proxy.seen.slice(before), [])
    await assert.rejects(get(`http://server.example/?to=${encodeURIComponent(local('/'))}`, { by }), refusal)
    await by.close()
    const direct = newSender({ noProxy: '169.254.0.0/16' })
    await assert.rejects(get('http://169.254.169.254/', { by: direct }), refusal)
    await direct.close()
  })
})

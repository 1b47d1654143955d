import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { MeshConfig } from './config.ts'
import { type Listener, listen } from './listener.ts'
import { type Mesh, startMesh } from './mesh.ts'

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += chunk
  return text
}

function portOf(server: { address(): unknown }): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null && 'port' in bound ? Number(bound.port) : 0
}

function configFor(port: number): MeshConfig {
  const workload = { namespace: 'test', name: 'web', app: 'web', version: 'v1' }
  const endpoints = [{ address: '127.0.0.1', port, pod: 'web-1', labels: {}, workload }]
  return {
    services: [{ key: 'test/web', namespace: 'test', name: 'web', ports: [{ name: 'http', port: 80, endpoints }] }],
    routes: [],
  }
}

describe('a mesh under bad input', () => {
  let mesh: Mesh
  let web: Server
  let seen: { headers: number; body: number }[]
  before(async () => {
    web = createServer({ maxHeaderSize: 128 * 1024 }, async (incoming, outgoing) => {
      let body = 0
      for await (const chunk of incoming) body += chunk.length
      seen.push({ headers: incoming.rawHeaders.join('').length, body })
      outgoing.end('ok')
    })
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
  })
  after(() => {
    web.closeAllConnections()
    web.close()
  })
  beforeEach(async () => {
    seen = []
    mesh = await startMesh({
      address: '127.0.0.1',
      proxyPort: 0,
      gatewayPort: 0,
      clock: systemClock,
      random: Math.random,
    })
    mesh.configure(configFor(portOf(web)))
  })
  afterEach(() => mesh.close())

  function send(options: { headers?: Record<string, string>; method?: string } = {}, body?: string) {
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: mesh.proxy.port,
          path: 'http://web.test/',
          agent: false,
          maxHeaderSize: 128 * 1024,
          ...options,
          headers: { host: 'web.test', ...options.headers },
        },
        incoming => {
          textOf(incoming).then(text => resolve({ status: incoming.statusCode ?? 0, body: text }), reject)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  /** What the mesh answers to raw bytes until it closes the connection. */
  function sendRaw(bytes: string): Promise<string> {
    return new Promise(resolve => {
      let text = ''
      const socket = connect(mesh.proxy.port, '127.0.0.1', () => socket.write(bytes))
      socket.on('data', chunk => {
        text += chunk
      })
      // A server that refuses may close before it has read everything, which resets the connection.
      socket.on('error', () => {})
      socket.on('close', () => resolve(text))
    })
  }

  it('passes 64 KB of headers on', async () => {
    assert.equal((await send({ headers: { 'x-big': 'x'.repeat(64 * 1024) } })).status, 200)
    assert.ok((seen[0]?.headers ?? 0) > 64 * 1024)
  })

  it('refuses more headers than it takes', async () => {
    await sendRaw(`GET / HTTP/1.1\r\nhost: web.test\r\nx-big: ${'x'.repeat(200 * 1024)}\r\n\r\n`)
    assert.deepEqual(seen, [])
    assert.equal((await send()).status, 200)
  })

  it('passes a body of 10 MB on, with a length and without', async () => {
    const body = 'x'.repeat(10 * 1024 * 1024)
    for (const headers of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]) {
      assert.equal((await send({ method: 'POST', headers }, body)).status, 200)
    }
    assert.deepEqual(
      seen.map(entry => entry.body),
      [body.length, body.length],
    )
  })

  const garbage: readonly { name: string; bytes: string }[] = [
    { name: 'what is no HTTP', bytes: 'hello\r\n\r\n' },
    { name: 'a length that is no number', bytes: 'POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: x\r\n\r\n' },
    {
      name: 'two ways to tell the length, as smugglers send',
      bytes: 'POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    },
  ]
  for (const { name, bytes } of garbage) {
    it(`refuses ${name}`, async () => {
      assert.match(await sendRaw(bytes), /^HTTP\/1.1 400 /)
      assert.equal((await send()).status, 200)
    })
  }

  it('lives on when a client leaves in the middle of its request', async () => {
    await new Promise<void>(resolve => {
      const socket = connect(mesh.proxy.port, '127.0.0.1', () => {
        socket.write('POST http://web.test/ HTTP/1.1\r\nhost: web.test\r\ncontent-length: 1000\r\n\r\nonly this')
        socket.destroy()
      })
      socket.on('close', () => resolve())
    })
    assert.equal((await send()).status, 200)
  })

  describe('from workloads', () => {
    let upstream: ReturnType<typeof createTcpServer>
    let answer: (socket: Socket) => void
    beforeEach(async () => {
      upstream = createTcpServer(socket => {
        socket.on('error', () => {})
        socket.once('data', () => answer(socket))
      })
      await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
      mesh.configure(configFor(portOf(upstream)))
    })
    afterEach(() => upstream.close())

    it('answers 503 when the workload resets the connection before its answer', async () => {
      answer = socket => socket.resetAndDestroy()
      assert.equal((await send()).status, 503)
      assert.match(mesh.metrics(), /response_code="503",response_flags="UC"/)
    })

    it('answers 503 when the workload does not speak HTTP', async () => {
      answer = socket => socket.end('garbage\r\n\r\n')
      assert.equal((await send()).status, 503)
    })

    it('breaks off when the workload resets in the middle of its answer', async () => {
      answer = socket => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it', () => socket.resetAndDestroy())
      }
      await assert.rejects(send())
    })
  })
})

describe('a port of the mesh', () => {
  it('lets go of clients that send nothing, or their headers too slowly', async () => {
    const limits = { idleMs: 100, headersMs: 200 }
    const opened: Listener = await listen(
      { clock: systemClock, address: '127.0.0.1', port: 0, setting: '--port', limits },
      (_, response) => response.end('ok'),
    )
    try {
      const closedAfterMs = (talk: (socket: Socket) => void) =>
        new Promise<number>(resolve => {
          const began = performance.now()
          const socket = connect(opened.port, '127.0.0.1', () => talk(socket))
          socket.resume()
          socket.on('error', () => {})
          socket.on('close', () => resolve(performance.now() - began))
        })
      const slow = (socket: Socket) => {
        socket.write('GET / HTTP/1.1\r\nhost: web.test\r\n')
        const timer = setInterval(() => socket.write('x: y\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
      }
      const [silent, slowly] = await Promise.all([closedAfterMs(() => {}), closedAfterMs(slow)])
      assert.ok(silent < 5_000, `${silent} ms`)
      assert.ok(slowly < 10_000, `${slowly} ms`)
    } finally {
      await opened.close()
    }
  })
})

describe('the time that a fault takes', () => {
  it('is the rule’s delay', async () => {
    const clock = new FakeClock()
    const mesh = await startMesh({ address: '127.0.0.1', proxyPort: 0, gatewayPort: 0, clock, random: () => 0 })
    const config = configFor(1)
    const delay = { percent: 100, delayMs: 5_000 }
    const delayed = { matches: [], destinations: [], fault: { delay, abort: { percent: 100, status: 418 } } }
    mesh.configure({
      ...config,
      routes: [{ origin: 'test', meshServices: ['test/web'], meshHosts: [], gatewayHosts: [], rules: [delayed] }],
    })
    try {
      const answer = fetchStatus(mesh.proxy.port)
      while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
      assert.equal(clock.pending, 1)
      await clock.advance(5_000)
      assert.equal(await answer, 418)
    } finally {
      await mesh.close()
    }
  })
})

function fetchStatus(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, path: 'http://web.test/', headers: { host: 'web.test' }, agent: false },
      response => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
      .on('error', reject)
      .end()
  })
}

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { systemClock } from '../../runtime/clock.ts'
import { type Mesh, startMesh } from './mesh.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: readonly string[]
  readonly body: string
}

function configure(mesh: Mesh, port: number): void {
  const workload = { namespace: 'test', name: 'web', app: 'web', version: 'v1' }
  const endpoints = [{ address: '127.0.0.1', port, pod: 'web-1', labels: {}, workload }]
  mesh.configure({
    services: [{ key: 'test/web', namespace: 'test', name: 'web', ports: [{ name: 'http', port: 80, endpoints }] }],
    routes: [],
  })
}

const newMesh = () =>
  startMesh({ address: '127.0.0.1', proxyPort: 0, gatewayPort: 0, clock: systemClock, random: Math.random })

/** Sends pieces one after the other, each once the one before is out; gives the answer up to the end of the connection. */
function exchangeRaw(port: number, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
      for (const piece of pieces) {
        await new Promise(sent => socket.write(piece, 'latin1', sent))
        // The mesh reads a piece on its own if it comes on its own.
        await new Promise(setImmediate)
      }
    })
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text.replace(/^date: .*\r\n/gim, '').toLowerCase()))
  })
}

describe('a client of the mesh', () => {
  let mesh: Mesh
  let web: Server
  let seen: Seen[] = []
  before(async () => {
    web = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push({ method: request.method, url: request.url, headers: request.rawHeaders, body })
      if (request.url === '/chunked') {
        response.write('first ')
        response.end('second')
      } else if (request.url === '/none') response.writeHead(204).end()
      else if (request.url === '/large') response.end('x'.repeat(100_000))
      else response.writeHead(200, { 'content-length': 5, 'x-answer': 'yes' }).end('hello')
    })
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
    mesh = await newMesh()
    configure(mesh, (web.address() as AddressInfo).port)
  })
  after(async () => {
    await mesh.close()
    web.closeAllConnections()
    web.close()
  })

  const last = 'Host: web.test\r\nConnection: close\r\n\r\n'
  const requests: readonly { name: string; text: string }[] = [
    { name: 'GET', text: `GET /a?b=c HTTP/1.1\r\nX-A: b\r\nAccept: */*\r\n${last}` },
    { name: 'GET by the whole URL', text: `GET http://web.test/a HTTP/1.1\r\n${last}` },
    { name: 'GET of a chunked answer', text: `GET /chunked HTTP/1.1\r\n${last}` },
    { name: 'GET of a large answer', text: `GET /large HTTP/1.1\r\n${last}` },
    { name: 'GET of an answer without a body', text: `GET /none HTTP/1.1\r\n${last}` },
    { name: 'HEAD', text: `HEAD / HTTP/1.1\r\n${last}` },
    { name: 'POST without a body', text: `POST / HTTP/1.1\r\nContent-Length: 0\r\n${last}` },
    { name: 'POST', text: `POST /post HTTP/1.1\r\nContent-Length: 3\r\n${last}abc` },
    { name: 'a host that nobody knows', text: 'GET / HTTP/1.1\r\nHost: nobody\r\nConnection: close\r\n\r\n' },
    { name: 'headers of this hop', text: `GET / HTTP/1.1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n${last}` },
  ]
  for (const { name, text } of requests) {
    it(`gets the same for ${name} whether it comes as a whole or in pieces`, async () => {
      const inPieces: [Seen[], string][] = []
      for (const cut of [text.length, 10, text.length - 1]) {
        seen = []
        const answer = await exchangeRaw(mesh.proxy.port, [text.slice(0, cut), text.slice(cut)])
        inPieces.push([seen, unframed(answer)])
      }
      const [whole, ...others] = inPieces
      assert.match(whole?.[1] ?? '', /^http\/1.1 \d{3} /)
      for (const other of others) assert.deepEqual(other, whole)
    })
  }

  it('gets answers in the order of its requests when it does not wait for them', async () => {
    seen = []
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: web.test\r\n\r\n`
    const answer = await exchangeRaw(mesh.proxy.port, [
      `${get('/1')}${get('/none')}${get('/3')}GET /4 HT`,
      `TP/1.1\r\n${last}`,
    ])
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['/1', '/none', '/3', '/4'],
    )
    assert.deepEqual(
      [...answer.matchAll(/http\/1\.1 (\d+)/g)].map(([, status]) => status),
      ['200', '204', '200', '200'],
    )
  })
})

/** An answer without what tells only how its end is found. */
function unframed(answer: string): string {
  return answer
    .replace(/^(transfer-encoding|content-length|keep-alive|connection): .*\r\n/gim, '')
    .replace(/^[0-9a-f]+\r\n/gm, '')
    .replaceAll('\r\n', '\n')
    .replace(/\n+$/, '')
}

describe('a workload behind the mesh', () => {
  /** A mesh before a server that treats each connection as `serve` does. */
  async function behind(serve: (socket: Socket, connection: number) => void) {
    let count = 0
    const sockets = new Set<Socket>()
    const server = createTcpServer(socket => {
      sockets.add(socket)
      socket.on('error', () => {})
      serve(socket, ++count)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const mesh = await newMesh()
    configure(mesh, (server.address() as AddressInfo).port)
    return {
      mesh,
      connections: () => count,
      get: () => fetchThrough(mesh),
      async close() {
        await mesh.close()
        for (const socket of sockets) socket.destroy()
        await new Promise(resolve => server.close(resolve))
      },
    }
  }
  const fetchThrough = async (mesh: Mesh) => {
    const answer = await exchangeRaw(mesh.proxy.port, ['GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n'])
    return unframed(answer).split('\n')[0]
  }
  const ok = (headers = '') => `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${headers}\r\nok`

  it('keeps its connection from request to request', async t => {
    const { get, connections, close } = await behind(socket => socket.on('data', () => socket.write(ok())))
    t.after(close)
    for (let times = 0; times < 3; times++) assert.equal(await get(), 'http/1.1 200 ok')
    assert.equal(connections(), 1)
  })

  it('is asked on a new connection when it says that the old one is about to end', async t => {
    const { get, connections, close } = await behind(socket =>
      socket.on('data', () => socket.write(ok('keep-alive: timeout=1\r\n'))),
    )
    t.after(close)
    for (let times = 0; times < 3; times++) assert.equal(await get(), 'http/1.1 200 ok')
    assert.equal(connections(), 3)
  })

  it('may close an idle connection, which costs no request', async t => {
    const { get, connections, close } = await behind((socket, connection) =>
      socket.on('data', () => (connection % 2 ? socket.end(ok()) : socket.write(ok()))),
    )
    t.after(close)
    for (let times = 0; times < 4; times++) assert.equal(await get(), 'http/1.1 200 ok')
    assert.ok(connections() > 1)
  })

  it('that answers garbage makes a 503', async t => {
    const { get, close } = await behind(socket => socket.on('data', () => socket.write('hello\r\n\r\n')))
    t.after(close)
    assert.equal(await get(), 'http/1.1 503 service unavailable')
  })

  it('that says more than it announced loses the connection and not the answer', async t => {
    const { get, connections, close } = await behind(socket => socket.on('data', () => socket.write(`${ok()}more`)))
    t.after(close)
    assert.equal(await get(), 'http/1.1 200 ok')
    assert.equal(await get(), 'http/1.1 200 ok')
    assert.equal(connections(), 2)
  })

  it('has its head passed on before there is a body', async t => {
    const { mesh, close } = await behind(socket =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')),
    )
    t.after(close)
    const socket = connect(mesh.proxy.port, '127.0.0.1')
    t.after(() => socket.destroy())
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.write('GET / HTTP/1.1\r\nHost: web.test\r\n\r\n')
    await eventually('the head', () => text.startsWith('HTTP/1.1 200 OK\r\n') && text.endsWith('\r\n\r\n'))
  })
})

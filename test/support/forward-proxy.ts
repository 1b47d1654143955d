/** An HTTP proxy on loopback that knows where made-up hosts are, and remembers what it was asked for. */
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A running proxy. */
export interface ForwardProxy {
  readonly url: string
  /** `GET http://host/path` of each request, `CONNECT host:443` of each tunnel. */
  readonly seen: readonly string[]
  close(): Promise<void>
}

/** Starts one; `hosts` says at which port of loopback each name is. Other names are answered with 502. */
export async function startForwardProxy(hosts: Readonly<Record<string, number>>): Promise<ForwardProxy> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const portOf = (host: string) => (Object.hasOwn(hosts, host) ? hosts[host] : undefined)
  const server = createServer((incoming, answer) => {
    const { method = '', url = '', headers } = incoming
    seen.push(`${method} ${url.replace(/\?.*$/, '')}`)
    // Whoever takes it for the server itself asks for a path alone.
    const target = URL.parse(url)
    const port = target ? portOf(target.hostname) : undefined
    if (!target || port === undefined) return void answer.writeHead(502).end('no such host')
    const path = `${target.pathname}${target.search}`
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, response => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.writeHead(502).end())
    incoming.pipe(outgoing)
  })
  server.on('connection', track)
  server.on('connect', (incoming, socket: Socket) => {
    const { url = '' } = incoming
    seen.push(`CONNECT ${url}`)
    const port = portOf(url.replace(/:\d+$/, ''))
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const outgoing = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      outgoing.pipe(socket).pipe(outgoing)
    })
    track(outgoing)
    outgoing.on('close', () => socket.destroy())
    socket.on('close', () => outgoing.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

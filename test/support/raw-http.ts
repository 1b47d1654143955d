/** HTTP/1.1 with as little work a request as can be, for tests that make very many of them. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A server that answers every request without a body with `body`. */
export async function startRawServer(body: string): Promise<{ readonly port: number; close(): Promise<void> }> {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    // One request at a time comes on each connection of a proxy, and a short one comes whole.
    socket.on('data', () => socket.write(answer))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : 0,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/**
 * Sends `total` requests on one connection, `ahead` at a time, and gives how often each body came. Bodies are one character.
 * Rejects where an answer is not 200.
 */
export function countBodies(options: {
  readonly port: number
  readonly host: string
  readonly total: number
  readonly ahead: number
}): Promise<ReadonlyMap<string, number>> {
  const { port, host, total, ahead } = options
  const counts = new Map<string, number>()
  return new Promise((resolve, reject) => {
    const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    let sent = 0
    let answered = 0
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => more())
    const more = () => {
      const count = Math.min(ahead, total - sent)
      sent += count
      socket.write(request.repeat(count), 'latin1')
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0 && text.length > end + 4; end = text.indexOf('\r\n\r\n')) {
        if (!text.startsWith('HTTP/1.1 200 ')) return socket.destroy(new Error(text.slice(0, end)))
        const body = text[end + 4] ?? ''
        counts.set(body, (counts.get(body) ?? 0) + 1)
        text = text.slice(end + 5)
        answered++
      }
      if (answered === total) {
        socket.destroy()
        resolve(counts)
      } else if (answered === sent) more()
    })
    socket.on('error', reject)
  })
}

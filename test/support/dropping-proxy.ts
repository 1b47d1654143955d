/** A TCP proxy on loopback that drops its connections when a test says so. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A running proxy. */
export interface DroppingProxy {
  readonly port: number
  /** Drops all connections at once, in the middle of whatever they carry. */
  drop(): void
  close(): Promise<void>
}

/** Starts a proxy in front of `port` of loopback. */
export async function startDroppingProxy(port: number): Promise<DroppingProxy> {
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer(incoming => {
    const outgoing = connect(port, '127.0.0.1')
    track(incoming)
    track(outgoing)
    incoming.pipe(outgoing).pipe(incoming)
    incoming.on('close', () => outgoing.destroy())
    outgoing.on('close', () => incoming.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port, // It listens on TCP.
    drop,
    close() {
      drop()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** Shares out this machine's loopback networks among all local members, of this Serin and of others. */
import { createServer } from 'node:net'

/** A network that is taken. */
export interface Network {
  /** The second number of its addresses: 127.N.0.0/16. */
  readonly number: number
  release(): Promise<void>
}

/** Every network of this machine is taken. */
export class NetworksExhaustedError extends Error {
  override readonly name = 'NetworksExhaustedError'
  readonly reason = 'NetworksExhausted'
}

// 127.0 is everybody's, and 127.255 holds the broadcast address.
const first = 1
const last = 254
// No pod has the address 127.N.0.1, so nobody else listens there.
const markPort = 65_535

/**
 * Takes a free network, `preferred` (1-254) if it is one. Whoever listens on a network's mark has it; the system frees
 * the mark when its holder ends, however that happens.
 */
export async function takeNetwork(preferred: number): Promise<Network> {
  const count = last - first + 1
  for (let tries = 0; tries < count; tries++) {
    const number = ((preferred - first + tries) % count) + first
    const release = await mark(`127.${number}.0.1`)
    if (release) return { number, release }
  }
  throw new NetworksExhaustedError(`all ${count} loopback networks of this machine are taken by local clusters`)
}

/** Listens on the mark; undefined if somebody does already. */
function mark(address: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(markPort, address, () => {
      server.unref()
      resolve(() => new Promise(released => server.close(() => released())))
    })
  })
}

/**
 * Listens on the addresses of Services where those are this machine's own (127.x): programs that ignore HTTP_PROXY reach
 * Services there, as from inside a cluster. HTTP is routed like any request to the Service; all else goes to a ready pod.
 */
import { connect, type Socket } from 'node:net'
import type { MeshConfig, ServiceConfig } from './config.ts'
import type { Listener } from './listener.ts'

/** A port of a Service on its address. */
export interface ServiceAddress {
  readonly service: ServiceConfig
  readonly ip: string
  readonly port: number
}

/** What listening needs. */
export interface ServiceListenerDeps {
  readonly open: (address: ServiceAddress) => Promise<Listener>
  /** Told of each address that cannot be listened on, once. */
  readonly refused: (address: ServiceAddress, error: Error) => void
}

/** Keeps the open ports equal to what the configuration asks for. */
export class ServiceListeners {
  readonly #deps: ServiceListenerDeps
  readonly #open = new Map<string, Promise<Listener | undefined>>()
  #closed = false

  constructor(deps: ServiceListenerDeps) {
    this.#deps = deps
  }

  update({ services }: MeshConfig): void {
    if (this.#closed) return
    const wanted = new Map<string, ServiceAddress>()
    for (const service of services) {
      const ip = service.clusterIP
      if (!ip?.startsWith('127.')) continue
      for (const { port } of service.ports) wanted.set(`${service.key} ${ip}:${port}`, { service, ip, port })
    }
    const gone = [...this.#open].filter(([key]) => !wanted.has(key))
    for (const [key] of gone) this.#open.delete(key)
    // An address may have gone from one Service to another; the old port has to be closed first.
    const freed = Promise.all(gone.map(async ([, listener]) => (await listener)?.close()))
    for (const [key, address] of wanted) {
      if (!this.#open.has(key)) this.#open.set(key, this.#listen(address, freed))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const all = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(all.map(async listener => (await listener)?.close()))
  }

  async #listen(address: ServiceAddress, freed: Promise<unknown>): Promise<Listener | undefined> {
    try {
      await freed
      return await this.#deps.open(address)
    } catch (error) {
      this.#deps.refused(address, error instanceof Error ? error : new Error(String(error)))
      return undefined
    }
  }
}

/** Joins a connection with one to `address`, as kube-proxy would. `first` has been read from it. */
export function passThrough(
  socket: Socket,
  first: Buffer,
  address: { readonly address: string; readonly port: number },
) {
  const upstream = connect({ host: address.address, port: address.port, noDelay: true })
  upstream.on('error', () => socket.destroy())
  upstream.once('close', () => socket.destroy())
  socket.once('close', () => upstream.destroy())
  upstream.write(first)
  socket.pipe(upstream)
  upstream.pipe(socket)
}

/** Who has which service address and node port: the services themselves say. */
import { nodePortRange, type ServiceAllocator } from '../../api/core/strategies/service-addresses.ts'
import type { Table } from './store/table.ts'

// The first address that Services may get; the one before is the API's own.
const firstOffset = 2

/** The address at `offset` in a block such as `10.0.0.0/16`. */
export function addressIn(block: string, offset: number): string {
  const [base = ''] = block.split('/')
  const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + offset
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')
}

/** Where Services get their addresses unless it is said otherwise. */
export const defaultServiceBlock = '10.0.0.0/16'

interface ServiceSpec {
  readonly clusterIPs?: readonly string[]
  readonly ports?: readonly { readonly nodePort?: number }[]
}

/** Hands out addresses and ports that no stored Service has, going round so that none is used again at once. */
export class ServiceAddresses implements ServiceAllocator {
  readonly block: string
  readonly #addressCount: number
  readonly #services: Table
  #nextOffset = firstOffset
  #nextPort = nodePortRange.min

  constructor(services: Table, block: string) {
    this.#services = services
    this.block = block
    this.#addressCount = 2 ** (32 - Number(block.split('/')[1])) - 2
  }

  isTaken(ip: string): boolean {
    return this.#specs().some(spec => spec.clusterIPs?.includes(ip))
  }

  freeIp(): string | undefined {
    const taken = new Set(this.#specs().flatMap(spec => spec.clusterIPs ?? []))
    for (let tries = firstOffset; tries < this.#addressCount; tries++) {
      const ip = addressIn(this.block, this.#nextOffset)
      this.#nextOffset = this.#nextOffset + 1 < this.#addressCount ? this.#nextOffset + 1 : firstOffset
      if (!taken.has(ip)) return ip
    }
    return undefined
  }

  isPortTaken(port: number): boolean {
    return this.#specs().some(spec => spec.ports?.some(({ nodePort }) => nodePort === port))
  }

  freePort(): number | undefined {
    const { min, max } = nodePortRange
    const taken = new Set(this.#specs().flatMap(spec => spec.ports?.map(({ nodePort }) => nodePort) ?? []))
    for (let tries = min; tries <= max; tries++) {
      const port = this.#nextPort
      this.#nextPort = port < max ? port + 1 : min
      if (!taken.has(port)) return port
    }
    return undefined
  }

  #specs(): ServiceSpec[] {
    return [...this.#services.entries()].map(({ object }) => (object['spec'] ?? {}) as ServiceSpec)
  }
}

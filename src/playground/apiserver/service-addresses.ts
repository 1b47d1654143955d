/** Who has which service address and node port: the services themselves say. */
import { nodePortRange, type ServiceAllocator } from '../../api/core/strategies/service-addresses.ts'
import type { Table } from './store/table.ts'

/** The first addresses of the block that Services may get; the one before is the API's own. */
const firstOffset = 2
const addressCount = 65_534

interface ServiceSpec {
  readonly clusterIPs?: readonly string[]
  readonly ports?: readonly { readonly nodePort?: number }[]
}

/** Hands out addresses and ports that no stored Service has, going round so that none is used again at once. */
export class ServiceAddresses implements ServiceAllocator {
  readonly block = '10.0.0.0/16'
  readonly #services: Table
  #nextOffset = firstOffset
  #nextPort = nodePortRange.min

  constructor(services: Table) {
    this.#services = services
  }

  isTaken(ip: string): boolean {
    return this.#specs().some(spec => spec.clusterIPs?.includes(ip))
  }

  freeIp(): string | undefined {
    const taken = new Set(this.#specs().flatMap(spec => spec.clusterIPs ?? []))
    for (let tries = firstOffset; tries < addressCount; tries++) {
      const ip = `10.0.${this.#nextOffset >> 8}.${this.#nextOffset & 255}`
      this.#nextOffset = this.#nextOffset + 1 < addressCount ? this.#nextOffset + 1 : firstOffset
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

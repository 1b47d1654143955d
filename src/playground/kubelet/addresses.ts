/** Loopback addresses for pods: Linux answers on all of 127.0.0.0/8 without any set-up. */

/** No address is left. */
export class AddressesExhaustedError extends Error {
  override readonly name = 'AddressesExhaustedError'
  readonly reason = 'AddressesExhausted'
}

/** The part of a member's network that its Services get: the last quarter. */
export function serviceBlockOf(network: number): string {
  return `127.${network}.${podBlocks + 1}.0/18`
}

// Blocks 1 to 191 of a network are for pods; those from 192 on are for Services.
const podBlocks = 191

/** Hands out the addresses of pods in one network 127.N.0.0/16. */
export class AddressPool {
  readonly #network: number
  readonly #taken = new Map<string, string>()
  readonly #inUse = new Set<string>()
  #next = 0

  /** `network` from 1 to 254: the second number of every address. */
  constructor(network: number) {
    this.#network = network
  }

  /** The holder's address: the one it has, the one it had (if it is free), or a fresh one. */
  take(holder: string, before?: string): string {
    const held = this.#taken.get(holder)
    if (held) return held
    const address = before && this.#isOurs(before) && !this.#inUse.has(before) ? before : this.#fresh()
    this.#taken.set(holder, address)
    this.#inUse.add(address)
    return address
  }

  /** Gives the holder's address back. It is not handed out again soon: connections to it may linger. */
  release(holder: string): void {
    const address = this.#taken.get(holder)
    if (address === undefined) return
    this.#taken.delete(holder)
    this.#inUse.delete(address)
  }

  #isOurs(address: string): boolean {
    return address.startsWith(`127.${this.#network}.`)
  }

  #fresh(): string {
    // In turn, without the .0 and .255 of each block.
    const size = podBlocks * 254
    for (let tries = 0; tries < size; tries++) {
      const at = this.#next++ % size
      const address = `127.${this.#network}.${Math.floor(at / 254) + 1}.${(at % 254) + 1}`
      if (!this.#inUse.has(address)) return address
    }
    throw new AddressesExhaustedError(`all ${size} addresses of 127.${this.#network}.0.0/16 are in use`)
  }
}

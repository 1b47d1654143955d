/** Addresses that no request made for a user may reach, however its URL spells them. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'

/** The address of a request is one of those that are refused. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError'
  readonly reason = 'RefusedAddress'
}

/**
 * Where machines and clouds keep what only they themselves may ask: link-local addresses, among them the metadata
 * service of most clouds, and the two metadata services that have other addresses (AWS over IPv6, Alibaba).
 */
export const linkLocalRanges = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254/128', '100.100.100.200/32'] as const

/** A guard over ranges. */
export interface AddressGuard {
  /** Checks the host of a URL where it is an address. @throws RefusedAddressError */
  checkUrl(url: string | URL): void
  /** Resolves names as the machine does, and refuses those that lead to a refused address. */
  readonly lookup: LookupFunction
  /** Checks every hop of a request, redirects included. */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor
}

/** A guard that refuses these ranges (CIDR). */
export function newAddressGuard(ranges: readonly string[]): AddressGuard {
  const refused = new BlockList()
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/')
    refused.addSubnet(network, Number(bits), familyOf(network))
  }
  const check = (address: string, host: string) => {
    // A zone (fe80::1%eth0) says which link, not which address.
    const bare = address.replace(/%.*$/, '')
    if (isIP(bare) === 0 || !refused.check(bare, familyOf(bare))) return
    const what = address === host ? address : `${host} (${address})`
    throw new RefusedAddressError(`${what} is a link-local or metadata address, which requests for users do not reach`)
  }
  const checkUrl = (url: string | URL) => {
    // The parser has brought every way to write an IPv4 address into its usual form.
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
    check(host, host)
  }
  return {
    checkUrl,
    lookup: (hostname, options, callback) => {
      lookup(hostname, options as LookupOptions, (error, found, family) => {
        // One address, or a list of them where all were asked for.
        const addresses =
          typeof found === 'string' ? [found] : ((found ?? []) as LookupAddress[]).map(each => each.address)
        try {
          if (!error) for (const address of addresses) check(address, hostname)
        } catch (refusal) {
          return callback(refusal as Error, '', 4) // Thrown by check alone.
        }
        callback(error, found as string, family)
      })
    },
    interceptor: dispatch => (options, handler) => {
      if (options.origin) checkUrl(options.origin)
      return dispatch(options, handler)
    },
  }
}

/** Whether the text is a range in CIDR form, such as `169.254.0.0/16` or `fe80::/10`. */
export function isRange(text: string): boolean {
  const [, network = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(network)
  return family !== 0 && Number(bits) <= (family === 6 ? 128 : 32)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

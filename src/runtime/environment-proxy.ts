/** Which proxy the environment names for a URL, by the rules of Go's programs. Pure: the environment is passed in. */
import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { isRange } from './address-guard.ts'

/** The URL of the proxy by which a request to `url` goes; undefined: it goes there directly. */
export type ProxyFor = (url: string | URL) => string | undefined

/** A variable that names a proxy holds something else. The message does not repeat it, as it may hold a password. */
export class ProxyVariableError extends Error {
  override readonly name = 'ProxyVariableError'
  readonly reason = 'InvalidProxy'
}

type Environment = Readonly<Record<string, string | undefined>>
type Match = (host: string, port: string) => boolean

/**
 * Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or their lower-case forms where those are empty; undefined where no proxy is
 * named. The rules are those of golang.org/x/net/http/httpproxy, which Flagger and client-go have:
 *
 * - The scheme of the URL says which variable counts, not that of the proxy; a proxy without a scheme speaks HTTP.
 * - NO_PROXY lists, with commas, `*` for all, addresses, ranges (CIDR) and names, which stand for their subdomains too, with
 *   a dot or `*.` in front for these alone; a port may follow all of them but ranges.
 * - Nothing goes by a proxy to `localhost` or a loopback address.
 * - HTTP_PROXY does not count where REQUEST_METHOD is set: in a CGI program a caller's `Proxy` header is in it.
 *
 * @throws ProxyVariableError
 */
export function environmentProxy(env: Environment): ProxyFor | undefined {
  const proxies: Readonly<Record<string, string | undefined>> = {
    'http:': env['REQUEST_METHOD'] ? undefined : proxyOf(env, 'HTTP_PROXY'),
    'https:': proxyOf(env, 'HTTPS_PROXY'),
  }
  if (!proxies['http:'] && !proxies['https:']) return undefined
  const direct = [thisMachine(), ...exceptions(variableOf(env, 'NO_PROXY')?.text ?? '')]
  return url => {
    const { protocol, hostname, port } = new URL(url)
    const proxy = proxies[protocol]
    if (!proxy) return undefined
    const host = hostname.replace(/^\[|\]$/g, '')
    const isDirect = direct.some(matches => matches(host, port || (protocol === 'https:' ? '443' : '80')))
    return isDirect ? undefined : proxy
  }
}

function variableOf(env: Environment, name: string): { readonly name: string; readonly text: string } | undefined {
  for (const each of [name, name.toLowerCase()]) {
    const text = env[each]
    if (text) return { name: each, text }
  }
  return undefined
}

/** Those that undici speaks. Go knows two names for SOCKS, of which both mean that the proxy resolves names. */
const schemes = ['http:', 'https:', 'socks5:', 'socks5h:']

/** The URL of a proxy in the form that senders take; undefined where it is none. */
export function proxyUrlOf(text: string): string | undefined {
  const url = URL.parse(text)
  return url?.hostname && schemes.includes(url.protocol) ? url.href.replace(/^socks5h:/, 'socks5:') : undefined
}

function proxyOf(env: Environment, variable: string): string | undefined {
  const given = variableOf(env, variable)
  if (!given) return undefined
  const { name, text } = given
  // `proxy:3128` would be a URL whose scheme is `proxy`.
  const proxy = proxyUrlOf(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (!proxy) throw new ProxyVariableError(`${name} is no proxy; use a form such as http://proxy:3128`)
  return proxy
}

function thisMachine(): Match {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return host => host === 'localhost' || isIn(loopback, host)
}

function exceptions(noProxy: string): readonly Match[] {
  return noProxy.split(',').flatMap(word => {
    const text = word.trim().toLowerCase()
    return text === '' ? [] : (exceptionOf(text) ?? [])
  })
}

/** Undefined where the word means nothing, such as a port alone. */
function exceptionOf(text: string): Match | undefined {
  if (text === '*') return () => true
  if (isRange(text)) {
    const [network = '', bits] = text.split('/')
    const range = new BlockList()
    range.addSubnet(network, Number(bits), familyOf(network))
    return host => isIn(range, host)
  }
  const { name, port } = withPort(text)
  const isPort = (given: string) => port === '' || port === given
  if (isAddress(name)) {
    const address = new BlockList()
    address.addAddress(name, familyOf(name))
    return (host, given) => isPort(given) && isIn(address, host)
  }
  const [, prefix, bare = ''] = /^(\*?\.)?(.*)$/s.exec(name) ?? []
  if (bare === '') return undefined
  // What is ASCII already stays as it is: numbers would become addresses.
  const domain = /[^ -~]/.test(bare) ? domainToASCII(bare) || bare : bare
  return (host, given) => isPort(given) && (host.endsWith(`.${domain}`) || (prefix === undefined && host === domain))
}

/** A colon before a port is the only one, or the address before it is in brackets. */
function withPort(text: string): { readonly name: string; readonly port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/s.exec(text) ?? []
  return { name: bracketed ?? plain ?? text, port }
}

/** IPv4 addresses in IPv6 are found by the IPv4 addresses that they are. */
function isIn(list: BlockList, host: string): boolean {
  return isAddress(host) && list.check(host, familyOf(host))
}

/** One with a zone is none to Go. */
const isAddress = (text: string) => isIP(text) !== 0 && !text.includes('%')
const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** What a Secret says about how to reach a Git server, and how git is told of it. */
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** The decoded entries of a Secret. */
export type SecretData = Readonly<Record<string, string>>

/** How to reach one repository. */
export interface GitAccess {
  /** The URL without user and password, as it may be shown. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly bearerToken?: string
  readonly caPem?: string
  readonly clientCertificatePem?: string
  readonly clientKeyPem?: string
  readonly ssh?: { readonly identity: string; readonly knownHosts: string; readonly passphrase?: string }
  readonly proxy?: string
}

/** The URL or the Secret cannot be used. */
export class GitAccessError extends Error {
  override readonly name = 'GitAccessError'
  readonly reason: 'URLInvalid' | 'AuthenticationFailed'

  constructor(reason: GitAccessError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * The access that a URL and a Secret's entries give. The Secret wins over what the URL has.
 * @throws GitAccessError; the messages are Flux's
 */
export function gitAccess(url: string, secret: SecretData | undefined, proxySecret?: SecretData): GitAccess {
  const parsed = parseGitUrl(url)
  const proxy = proxySecret ? { proxy: proxyUrl(proxySecret) } : {}
  if (parsed.protocol === 'ssh:') return { ...proxy, url, ssh: sshAccess(secret ?? {}) }
  const fromUrl = { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) }
  parsed.username = ''
  parsed.password = ''
  const shown = { ...proxy, url: parsed.href }
  const transport = parsed.protocol.slice(0, -1)
  if (secret?.['password'] !== undefined && secret['username'] === undefined) {
    throw unauthenticated(transport, "'password' requires 'username' to be set")
  }
  const tls = {
    ...optional('caPem', secret?.['ca.crt'] ?? secret?.['caFile']),
    ...optional('clientCertificatePem', secret?.['tls.crt']),
    ...optional('clientKeyPem', secret?.['tls.key']),
  }
  if (secret?.['bearerToken'] !== undefined) return { ...shown, ...tls, bearerToken: secret['bearerToken'] }
  const username = secret?.['username'] ?? fromUrl.username
  if (username === '') return { ...shown, ...tls }
  return { ...shown, ...tls, username, password: secret?.['password'] ?? fromUrl.password }
}

/** Only what git fetches over a network; never `ext::`, a local path or an option. */
export function parseGitUrl(url: string): URL {
  const parsed = URL.parse(url)
  if (!parsed) throw new GitAccessError('URLInvalid', `failed to parse url '${url}': invalid URL`)
  if (
    !['http:', 'https:', 'ssh:'].includes(parsed.protocol) ||
    parsed.hostname === '' ||
    parsed.hostname.startsWith('-')
  ) {
    throw new GitAccessError('URLInvalid', `failed to parse url '${url}': the scheme must be http, https or ssh`)
  }
  return parsed
}

function sshAccess(secret: SecretData): NonNullable<GitAccess['ssh']> {
  const { identity, known_hosts: knownHosts, password } = secret
  if (!identity) throw unauthenticated('ssh', "'identity' is required")
  if (!knownHosts) throw unauthenticated('ssh', "'known_hosts' is required")
  return { identity, knownHosts, ...optional('passphrase', password) }
}

/** The URL of the proxy that a Secret names by `address`, `username` and `password`. @throws GitAccessError */
export function proxyUrl(secret: SecretData): string {
  const address = URL.parse(secret['address'] ?? '')
  if (!address) throw new GitAccessError('AuthenticationFailed', "invalid proxy secret: key 'address' must be a URL")
  address.username = encodeURIComponent(secret['username'] ?? '')
  address.password = encodeURIComponent(secret['password'] ?? '')
  return address.href
}

function unauthenticated(transport: string, what: string): GitAccessError {
  return new GitAccessError('AuthenticationFailed', `invalid '${transport}' auth option: ${what}`)
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  // TypeScript sees a computed key as any string.
  return (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [P in K]?: string }
}

/**
 * The environment in which git reaches the repository: nothing of this machine's configuration, no prompts, no hooks,
 * no helpers, strict host keys. Secrets go through files in `folder` (private to this user) and the environment, never
 * the command line.
 */
export async function gitEnvironment(
  access: GitAccess,
  folder: string,
  searchPath: string,
): Promise<Readonly<Record<string, string>>> {
  const config: [string, string][] = [
    ['core.hooksPath', '/dev/null'],
    ['core.symlinks', 'false'],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    ...['http', 'https', 'ssh'].map((scheme): [string, string] => [`protocol.${scheme}.allow`, 'always']),
    ['gc.auto', '0'],
    // Everything that is fetched stays in packs, where its size is seen.
    ['fetch.unpackLimit', '1'],
    ['advice.detachedHead', 'false'],
    ['filter.lfs.smudge', ''],
  ]
  const file = async (name: string, content: string) => {
    const place = path.join(folder, name)
    await writeFile(place, content.endsWith('\n') ? content : `${content}\n`, { mode: 0o600 })
    return place
  }
  const { origin } = new URL(access.url)
  const authorization = authorizationOf(access)
  // Bound to the server of the URL, so that a redirect or a submodule elsewhere does not get it.
  if (authorization) config.push([`http.${origin}/.extraHeader`, `Authorization: ${authorization}`])
  if (access.caPem) config.push(['http.sslCAInfo', await file('ca.pem', access.caPem)])
  if (access.clientCertificatePem) config.push(['http.sslCert', await file('tls.crt', access.clientCertificatePem)])
  if (access.clientKeyPem) config.push(['http.sslKey', await file('tls.key', access.clientKeyPem)])
  if (access.proxy) config.push(['http.proxy', access.proxy])
  return {
    PATH: searchPath,
    HOME: folder,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ASKPASS: '/bin/false',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
    ...(access.ssh ? await sshEnvironment(access.ssh, folder, file) : { SSH_ASKPASS: '/bin/false' }),
  }
}

function authorizationOf(access: GitAccess): string | undefined {
  if (access.bearerToken !== undefined) return `Bearer ${access.bearerToken}`
  if (access.username === undefined) return undefined
  return `Basic ${Buffer.from(`${access.username}:${access.password ?? ''}`).toString('base64')}`
}

async function sshEnvironment(
  ssh: NonNullable<GitAccess['ssh']>,
  folder: string,
  file: (name: string, content: string) => Promise<string>,
): Promise<Record<string, string>> {
  const identity = await file('identity', ssh.identity)
  const knownHosts = await file('known_hosts', ssh.knownHosts)
  const options = [
    ...['-F', '/dev/null', '-i', quoted(identity), '-o', quoted(`UserKnownHostsFile=${knownHosts}`)],
    ...['-o', 'GlobalKnownHostsFile=/dev/null', '-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'PasswordAuthentication=no', '-o', 'ConnectTimeout=15'],
  ]
  const command = { GIT_SSH_COMMAND: ['ssh', ...options].join(' ') }
  if (ssh.passphrase === undefined) return { ...command, SSH_ASKPASS: '/bin/false', SSH_ASKPASS_REQUIRE: 'force' }
  // ssh takes a passphrase from a program only.
  const ask = path.join(folder, 'askpass')
  await writeFile(ask, '#!/bin/sh\nprintf "%s\\n" "$SERIN_KEY_PASSPHRASE"\n', { mode: 0o700 })
  await chmod(ask, 0o700)
  return { ...command, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', SERIN_KEY_PASSPHRASE: ssh.passphrase }
}

/** git hands GIT_SSH_COMMAND to a shell; the paths are ours, but may have blanks. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

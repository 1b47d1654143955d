/** Kubeconfig files: parsing, merging, and what a client has to know to reach one cluster. */
import { isAbsolute, join } from 'node:path'
import { parseYaml } from '../apimachinery/yaml.ts'
import { proxyUrlOf } from './environment-proxy.ts'

/** A PEM text, given inline or in a file that is read when a connection is made. */
export type Pem = { readonly text: string } | { readonly file: string }

/** A program that hands out credentials (client.authentication.k8s.io, v1 and v1beta1). */
export interface ExecConfig {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the program: that of the caller and what the kubeconfig adds. */
  readonly env: Readonly<Record<string, string>>
  readonly provideClusterInfo: boolean
  /** What to tell the user when the program is not there. */
  readonly installHint?: string
}

/** How a client proves who it is. Nothing set: anonymous. A token wins over basic authentication. */
export interface Credentials {
  readonly clientCertificate?: Pem
  readonly clientKey?: Pem
  readonly token?: string
  /** Read again every minute, so that rotated tokens are picked up. Wins over `token`. */
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly exec?: ExecConfig
  readonly impersonateUser?: string
  readonly impersonateGroups?: readonly string[]
}

/** One cluster as a client sees it. */
export interface ClusterConfig {
  /** Base URL without a slash at the end; may have a path. */
  readonly server: string
  /** Absent: the machine's own roots. */
  readonly ca?: Pem
  /** The name that the server's certificate must bear, if not the URL's host. */
  readonly tlsServerName?: string
  readonly insecureSkipTlsVerify?: boolean
  /**
   * A Unix socket of this machine on which the same server takes the same requests in plain HTTP; connections go there in
   * place of `server`. For servers of this process's own: no kubeconfig can ask for it.
   */
  readonly socketPath?: string
  /** URL of the proxy by which the server is reached. Absent: directly. */
  readonly proxy?: string
  /** The context's namespace; absent: `default`. */
  readonly namespace?: string
  readonly credentials: Credentials
}

/** A parsed kubeconfig, or several merged. Paths in it are absolute where the file's folder was known. */
export interface KubeConfig {
  readonly currentContext?: string
  readonly contexts: ReadonlyMap<string, Entry>
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
}

/** One named entry as it stands in the file, and where the file was. */
export interface Entry {
  readonly fields: Fields
  readonly source: string
  /** The folder that relative paths start from. */
  readonly folder?: string
}

type Fields = Readonly<Record<string, unknown>>

/** What a kubeconfig may make this process do. A kubeconfig that came from another person gets neither. */
export interface KubeConfigTrust {
  /** Whether it may name programs to run. Default true. */
  readonly allowExec?: boolean
  /** Whether it may name files to read. Default true. */
  readonly allowFiles?: boolean
}

/** The kubeconfig is malformed, names what is not in it, or asks for what is not allowed. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError'
  readonly reason = 'InvalidKubeConfig'
}

/**
 * Parses one kubeconfig. `source` names it in errors; relative paths in it start from `folder`.
 * @throws KubeConfigError
 */
export function parseKubeConfig(text: string, options: { source?: string; folder?: string } = {}): KubeConfig {
  const source = options.source ?? 'kubeconfig'
  const root = asFields(parseText(text, source), source, 'the document')
  const origin = { source, ...(options.folder !== undefined ? { folder: options.folder } : {}) }
  const entries = (list: string, field: string) =>
    new Map(
      asList(root[list], source, list).map((item, i) => {
        const entry = asFields(item, source, `${list}[${i}]`)
        const name = textOf(entry, 'name', source) ?? fail(source, `${list}[${i}].name is missing`)
        return [name, { fields: asFields(entry[field] ?? {}, source, `${list}[${i}].${field}`), ...origin }] as const
      }),
    )
  const currentContext = textOf(root, 'current-context', source)
  return {
    ...(currentContext ? { currentContext } : {}),
    contexts: entries('contexts', 'context'),
    clusters: entries('clusters', 'cluster'),
    users: entries('users', 'user'),
  }
}

/** Merges as kubectl merges the files of KUBECONFIG: the first to set a name or the current context wins. */
export function mergeKubeConfigs(configs: readonly KubeConfig[]): KubeConfig {
  const first = (pick: (config: KubeConfig) => ReadonlyMap<string, Entry>) =>
    new Map(configs.toReversed().flatMap(config => [...pick(config)]))
  const currentContext = configs.find(config => config.currentContext)?.currentContext
  return {
    ...(currentContext ? { currentContext } : {}),
    contexts: first(config => config.contexts),
    clusters: first(config => config.clusters),
    users: first(config => config.users),
  }
}

/**
 * What a client needs for one context: `context`, or the current one. `env` is what exec plugins inherit.
 * @throws KubeConfigError
 */
export function clusterConfigOf(
  config: KubeConfig,
  options: KubeConfigTrust & { context?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): ClusterConfig {
  const name = options.context ?? config.currentContext
  if (!name) throw new KubeConfigError('kubeconfig has no current-context and none was asked for')
  const context = find(config.contexts, 'context', name)
  const cluster = find(config.clusters, 'cluster', textOf(context.fields, 'cluster', context.source) ?? '')
  const userName = textOf(context.fields, 'user', context.source)
  const user = userName ? find(config.users, 'user', userName) : undefined
  const namespace = textOf(context.fields, 'namespace', context.source)
  return {
    ...readCluster(cluster, options),
    ...(namespace ? { namespace } : {}),
    credentials: user ? readUser(user, options, options.env ?? {}) : {},
  }
}

/** The config of a kubeconfig's text, current context; see {@link clusterConfigOf}. */
export function clusterConfigFromText(
  text: string,
  options: KubeConfigTrust & { context?: string } = {},
): ClusterConfig {
  return clusterConfigOf(parseKubeConfig(text), options)
}

function readCluster(entry: Entry, trust: KubeConfigTrust): Omit<ClusterConfig, 'credentials'> {
  const text = (field: string) => textOf(entry.fields, field, entry.source)
  const server = text('server') ?? fail(entry.source, 'the cluster has no server')
  const url = URL.parse(server)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    fail(entry.source, `server ${JSON.stringify(server)} is not an http or https URL`)
  }
  const proxyUrl = text('proxy-url')
  // Not repeated, as it may hold a password.
  const proxy = proxyUrl && (proxyUrlOf(proxyUrl) ?? fail(entry.source, 'proxy-url is no URL of http, https or socks5'))
  const ca = pemOf(entry, 'certificate-authority', trust)
  const tlsServerName = text('tls-server-name')
  return {
    server: server.replace(/\/+$/, ''),
    ...(ca ? { ca } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
    ...(proxy ? { proxy } : {}),
    ...(entry.fields['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
  }
}

function readUser(
  entry: Entry,
  trust: KubeConfigTrust,
  env: Readonly<Record<string, string | undefined>>,
): Credentials {
  const text = (field: string) => textOf(entry.fields, field, entry.source)
  if (entry.fields['auth-provider']) fail(entry.source, 'auth-provider was removed from Kubernetes; use an exec plugin')
  const groups = asList(entry.fields['as-groups'], entry.source, 'as-groups').map(String)
  const found = {
    clientCertificate: pemOf(entry, 'client-certificate', trust),
    clientKey: pemOf(entry, 'client-key', trust),
    token: text('token'),
    tokenFile: text('tokenFile') ? fileOf(entry, 'tokenFile', trust) : undefined,
    username: text('username'),
    password: text('password'),
    exec: entry.fields['exec'] ? readExec(entry, trust, env) : undefined,
    impersonateUser: text('as'),
    impersonateGroups: groups.length > 0 ? groups : undefined,
  }
  // The cast drops the undefined members that the filter has just taken out.
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Credentials
}

function readExec(entry: Entry, trust: KubeConfigTrust, env: Readonly<Record<string, string | undefined>>): ExecConfig {
  const { source } = entry
  if (trust.allowExec === false) fail(source, 'exec plugins are not allowed in this kubeconfig')
  const exec = asFields(entry.fields['exec'], source, 'exec')
  const apiVersion = textOf(exec, 'apiVersion', source) ?? fail(source, 'exec.apiVersion is missing')
  if (!/^client\.authentication\.k8s\.io\/(v1|v1beta1)$/.test(apiVersion)) {
    fail(source, `exec.apiVersion ${JSON.stringify(apiVersion)} is not known; use client.authentication.k8s.io/v1`)
  }
  if (textOf(exec, 'interactiveMode', source) === 'Always')
    fail(source, 'exec plugins that ask questions cannot be run')
  const command = textOf(exec, 'command', source) ?? fail(source, 'exec.command is missing')
  const added = asList(exec['env'], source, 'exec.env').map((item, i) => {
    const pair = asFields(item, source, `exec.env[${i}]`)
    return [textOf(pair, 'name', source) ?? '', textOf(pair, 'value', source) ?? ''] as const
  })
  const inherited = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const installHint = textOf(exec, 'installHint', source)
  return {
    apiVersion,
    // A command with a slash is a path from the kubeconfig's folder; one without is looked up in PATH.
    command: command.includes('/') ? absolute(command, entry.folder) : command,
    args: asList(exec['args'], source, 'exec.args').map(String),
    env: Object.fromEntries([...inherited, ...added]),
    provideClusterInfo: exec['provideClusterInfo'] === true,
    ...(installHint ? { installHint } : {}),
  }
}

/** `field-data` (base64) wins over `field` (a path), as in client-go. */
function pemOf(entry: Entry, field: string, trust: KubeConfigTrust): Pem | undefined {
  const data = textOf(entry.fields, `${field}-data`, entry.source)
  if (data) {
    if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data)) fail(entry.source, `${field}-data is not base64`)
    return { text: Buffer.from(data, 'base64').toString('utf8') }
  }
  return textOf(entry.fields, field, entry.source) ? { file: fileOf(entry, field, trust) } : undefined
}

function fileOf(entry: Entry, field: string, trust: KubeConfigTrust): string {
  if (trust.allowFiles === false) fail(entry.source, `${field} names a file, which is not allowed in this kubeconfig`)
  return absolute(textOf(entry.fields, field, entry.source) ?? '', entry.folder)
}

function absolute(path: string, folder: string | undefined): string {
  return isAbsolute(path) || folder === undefined ? path : join(folder, path)
}

function find(entries: ReadonlyMap<string, Entry>, what: string, name: string): Entry {
  const entry = entries.get(name)
  if (entry) return entry
  const known = [...entries.keys()].join(', ') || 'none'
  throw new KubeConfigError(`kubeconfig has no ${what} ${JSON.stringify(name)}; it has ${known}`)
}

function parseText(text: string, source: string): unknown {
  try {
    return parseYaml(text) ?? {}
  } catch (error) {
    // Only the first line: the rest quotes the text, which holds secrets.
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new KubeConfigError(`${source} is not valid YAML: ${why}`)
  }
}

function asFields(value: unknown, source: string, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(source, `${what} is not a mapping`)
  return value as Fields // Checked above: a mapping of strings to anything.
}

function asList(value: unknown, source: string, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : fail(source, `${what} is not a list`)
}

function textOf(fields: Fields, field: string, source: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return String(value) // As kubectl takes a bare 123.
  return typeof value === 'string' ? value : fail(source, `${field} is not a string`)
}

function fail(source: string, what: string): never {
  throw new KubeConfigError(`${source}: ${what}`)
}

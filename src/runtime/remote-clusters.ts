/** Connections to other clusters by kubeconfig: one client and one set of informers each, shared by all who ask. */
import { sha256Hex } from '../apimachinery/canonical-json.ts'
import type { Random } from './backoff.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { newClient } from './http-client.ts'
import { type InformerSet, newInformerSet } from './informer-set.ts'
import { type ClusterConfig, clusterConfigFromText } from './kubeconfig.ts'
import type { Logger } from './log.ts'

/** A cluster that is connected. */
export interface RemoteCluster {
  readonly client: Client
  /** Runs already; ask for an informer and wait until it has synced. */
  readonly informers: InformerSet
}

/** All connections of a process. */
export interface RemoteClusters {
  /**
   * The cluster that `kubeconfig` names, known as `key`. The same text gives the same connection; another text ends
   * the old one. Programs and files that a kubeconfig names are refused: it comes from a Secret, not from this machine.
   * @throws KubeConfigError where the text is malformed or asks for what is refused
   */
  connect(key: string, kubeconfig: string): RemoteCluster
  /** The connection of that key, if there is one. */
  connected(key: string): RemoteCluster | undefined
  /** Ends the connection of that key, if there is one. */
  disconnect(key: string): void
  close(): Promise<void>
}

interface Connection extends RemoteCluster {
  readonly digest: string
  end(): Promise<void>
}

/** No connections yet. */
export function newRemoteClusters(deps: {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly userAgent: string
  /** How long one answer may take, in milliseconds. Default 10,000: a member that is slower counts as unreachable. */
  readonly requestTimeoutMs?: number
  /** The way to a cluster that is nearer than its kubeconfig's. Default: as the kubeconfig says. */
  readonly wayTo?: (config: ClusterConfig) => ClusterConfig
}): RemoteClusters {
  const { clock, random, log, userAgent, requestTimeoutMs = 10_000, wayTo = config => config } = deps
  const connections = new Map<string, Connection>()
  const ending = new Set<Promise<void>>()

  function open(key: string, kubeconfig: string, digest: string): Connection {
    const config = wayTo(clusterConfigFromText(kubeconfig, { allowExec: false, allowFiles: false }))
    const client = newClient({ config, clock, userAgent, requestTimeoutMs })
    const informers = newInformerSet({ client, clock, random, log: log.with({ cluster: key }) })
    const stop = new AbortController()
    const run = informers.run(stop.signal).catch(error => log.warn('informers ended', { cluster: key, error }))
    return {
      client,
      informers,
      digest,
      async end() {
        stop.abort(new Error(`no longer connected to ${key}`))
        await run
        await client.close()
      },
    }
  }

  function disconnect(key: string): void {
    const connection = connections.get(key)
    if (!connection) return
    connections.delete(key)
    const ended = connection.end().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  return {
    connect(key, kubeconfig) {
      const digest = sha256Hex(kubeconfig)
      const existing = connections.get(key)
      if (existing?.digest === digest) return existing
      const opened = open(key, kubeconfig, digest)
      disconnect(key)
      connections.set(key, opened)
      return opened
    },
    connected: key => connections.get(key),
    disconnect,
    async close() {
      for (const key of [...connections.keys()]) disconnect(key)
      await Promise.all(ending)
    },
  }
}

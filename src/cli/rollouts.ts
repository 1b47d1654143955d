/** The rollouts of an Application, on the members of a local set. */
import { readFile } from 'node:fs/promises'
import { generatedName, policyName, targetKinds, workloadNamespace } from '../api/apps/policy-names.ts'
import { Application } from '../api/apps/v1alpha1.ts'
import type { Client } from '../runtime/client.ts'
import { newClient } from '../runtime/http-client.ts'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'
import { type ClusterState, directoryOf, requireState } from './local/directory.ts'

/** One rollout in one cluster. */
export interface FoundRollout {
  readonly cluster: ClusterState
  readonly client: Client
  readonly namespace: string
  readonly name: string
  /** What the hub says that it waits for. */
  readonly message?: string
}

/** What the command line says of it. */
export interface RolloutOptions {
  readonly dir?: string
  readonly namespace: string
  readonly cluster?: string
}

/**
 * Finds the rollouts in the order of the Application's policies, hands them to `use`, and closes the connections.
 * Throws {@link CliError} where there is none.
 */
export async function withRollouts<T>(
  io: Io,
  application: string,
  options: RolloutOptions,
  use: (rollouts: readonly FoundRollout[]) => Promise<T>,
): Promise<T> {
  const state = await requireState(directoryOf(io, options.dir))
  const clients = new Map<string, Client>()
  const connect = async (cluster: ClusterState) => {
    const known = clients.get(cluster.name)
    if (known) return known
    const kubeconfig = await readFile(cluster.kubeconfig, 'utf8')
    const client = newClient({ kubeconfig, clock: io.clock, userAgent: 'serin-cli' })
    clients.set(cluster.name, client)
    return client
  }
  try {
    const host = state.clusters[0]
    if (!host) throw new CliError('unreachable', 'the local set has no host')
    const ref = { namespace: options.namespace, name: application }
    const found = await (await connect(host)).fetchIfExists(Application, ref, { signal: io.signal })
    if (!found)
      throw new CliError('refused', `there is no Application ${JSON.stringify(application)} in ${options.namespace}`)
    const rollouts: FoundRollout[] = []
    for (const { cluster: name, namespace, canary, message } of rolloutsOf(found)) {
      const cluster = state.clusters.find(candidate => candidate.name === name)
      if (!cluster || (options.cluster && options.cluster !== name)) continue
      rollouts.push({
        cluster,
        client: await connect(cluster),
        namespace,
        name: canary,
        ...(message ? { message } : {}),
      })
    }
    if (rollouts.length === 0) {
      const where = options.cluster ? ` on ${JSON.stringify(options.cluster)}` : ''
      throw new CliError('refused', `the Application ${application} has no rollout${where} (yet)`)
    }
    return await use(rollouts)
  } finally {
    await Promise.all([...clients.values()].map(client => client.close()))
  }
}

/** The clusters of the status, by the policies of the spec that they are about. */
function rolloutsOf(application: Application) {
  const { spec, status } = application
  return spec.syncPolicies.flatMap(({ rollout }, index) => {
    if (!rollout) return []
    const policy = policyName(application, index)
    const namespace = workloadNamespace(application, rollout)
    return (status?.syncStatus ?? []).flatMap(({ name, rolloutStatus, message }) => {
      const { clusterName: cluster, rolloutNameInCluster: canary } = rolloutStatus ?? {}
      // Two policies may roll out workloads of one name in different namespaces, so that name alone would not do.
      const isOfPolicy = targetKinds.some(kind => name === generatedName(policy, { kind, name: cluster ?? '' }))
      return cluster && canary && isOfPolicy ? [{ cluster, canary, namespace, message }] : []
    })
  })
}

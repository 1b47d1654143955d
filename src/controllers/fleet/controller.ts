/** Fleets: knows the members, labels them, and brings them their rollout engine. */
import { AttachedCluster, Cluster } from '../../api/cluster/v1alpha1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import { addFinalizer, removeFinalizer } from '../../runtime/finalizer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { generationChanged } from '../../runtime/predicates.ts'
import type { RemoteCluster, RemoteClusters } from '../../runtime/remote-clusters.ts'
import type { EngineInstaller, EngineState } from './engine.ts'
import { fleetFinalizer, fleetLabel, type MemberFinding, membersOf, statusFrom } from './plan.ts'

/** What the controller needs. */
export interface FleetDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
  readonly engines: EngineInstaller
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
}

// An engine that is still starting is asked again this soon.
const engineRetryMs = 2_000
// A Flagger that was found may go, and then the member needs an engine.
const foreignEngineRecheckMs = 60_000
const clusterRecheckMs = 10_000

/** A member that can be reached. */
interface MemberPlace {
  readonly namespace: string
  readonly name: string
  /** The key of its connection, which all controllers share. */
  readonly connection: string
  readonly kubeConfig: { readonly name: string; readonly key: string }
}

/** Makes the controller. */
export function newFleetController(deps: FleetDeps): Controller {
  const { client, informers, clusters, engines, events, clock, log } = deps
  const fleets = informers.informer(Fleet)
  const attached = informers.informer(AttachedCluster)

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal) {
    const fleet = fleets.get(key)
    if (!fleet) return {}
    if (fleet.metadata.deletionTimestamp) {
      await leave(fleet, [], signal)
      await removeFinalizer(client, Fleet, fleet, fleetFinalizer, signal)
      return {}
    }
    await addFinalizer(client, Fleet, fleet, fleetFinalizer, signal)
    const findings = await Promise.all(membersOf(fleet).map(member => look(fleet, member, signal)))
    await leave(
      fleet,
      findings.map(finding => finding.name),
      signal,
    )
    const { outcome } = await patchStatus(client, Fleet, fleet, statusFrom(fleet, findings, clock.now()), { signal })
    if (outcome === 'changed') tell(fleet, findings)
    const starting = findings.some(finding => finding.engine && !finding.engine.ready)
    if (starting) return { requeueAfterMs: engineRetryMs }
    // Kurator's Clusters cannot be followed where their kind may not be there.
    if (findings.some(({ kind }) => kind === Cluster.kind)) return { requeueAfterMs: clusterRecheckMs }
    const isForeign = findings.some(finding => finding.engine?.engine === 'flagger')
    return isForeign ? { requeueAfterMs: foreignEngineRecheckMs } : {}
  }

  async function look(
    fleet: Fleet,
    member: { readonly kind: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<MemberFinding> {
    const namespace = fleet.metadata.namespace ?? ''
    if (member.kind === Cluster.kind) return lookAtCluster(fleet, member, signal)
    if (member.kind !== AttachedCluster.kind) return member
    const cluster = attached.get({ namespace, name: member.name })
    if (!cluster) return member
    await label(cluster, fleet.metadata.name ?? '', signal)
    const condition = findCondition(cluster.status?.conditions, 'Ready')
    const found = {
      ready: cluster.status?.ready ?? false,
      reason: condition?.reason ?? 'Unknown',
      message: condition?.message ?? 'the cluster has not been looked at yet',
      ...(cluster.status?.version ? { version: cluster.status.version } : {}),
    }
    const { name = '', key = 'value' } = cluster.spec.kubeconfig ?? {}
    const place = { namespace, name: member.name, connection: `${namespace}/${member.name}`, kubeConfig: { name, key } }
    const engine = found.ready ? await ensureEngine(fleet, place, signal) : undefined
    return { ...member, found, ...(engine ? { engine } : {}) }
  }

  /** A cluster that Kurator provisions: whether it is ready is what its status says. Its kind need not be there. */
  async function lookAtCluster(
    fleet: Fleet,
    member: { readonly kind: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<MemberFinding> {
    const namespace = fleet.metadata.namespace ?? ''
    const cluster = await client.fetchIfExists(Cluster, { namespace, name: member.name }, { signal })
    if (!cluster) return member
    const { phase = 'Provisioning', kubeconfigSecretRef: secret } = cluster.status ?? {}
    if (phase !== 'Ready' || !secret) {
      const message = phase === 'Ready' ? 'the cluster has no kubeconfig yet' : `the cluster is ${phase}`
      return { ...member, found: { ready: false, reason: phase === 'Ready' ? 'NoKubeconfig' : phase, message } }
    }
    const connection = `${namespace}/cluster/${member.name}`
    const place = { namespace, name: member.name, connection, kubeConfig: { name: secret, key: 'value' } }
    const engine = await ensureEngine(fleet, place, signal)
    const found = { ready: true, reason: 'Ready', message: 'The cluster is ready.' }
    return { ...member, found, ...(engine ? { engine } : {}) }
  }

  async function ensureEngine(fleet: Fleet, place: MemberPlace, signal: AbortSignal): Promise<EngineState | undefined> {
    const { kubeConfig } = place
    const ref = { namespace: place.namespace, name: place.name }
    const plugin = fleet.spec?.plugin?.flagger
    if (!plugin) {
      await engines.remove(ref, signal)
      return undefined
    }
    try {
      const remote = await connect(place, signal)
      const owner = ownerReferenceTo(Fleet, fleet, {})
      const member = { ref, fleet: fleet.metadata.name ?? '', cluster: remote, kubeConfig, owner }
      return await engines.ensure(member, plugin, signal)
    } catch (error) {
      log.warn('engine not installed', { fleet: `${ref.namespace}/${fleet.metadata.name}`, member: ref.name, error })
      const message = error instanceof Error ? error.message : String(error)
      return { engine: 'agent', ready: false, reason: 'InstallFailed', message }
    }
  }

  async function connect(place: MemberPlace, signal: AbortSignal): Promise<RemoteCluster> {
    const { namespace, connection, kubeConfig } = place
    const secret = await client.fetch(Secret, { namespace, name: kubeConfig.name }, { signal })
    return clusters.connect(connection, Buffer.from(secret.data?.[kubeConfig.key] ?? '', 'base64').toString('utf8'))
  }

  async function label(cluster: AttachedCluster, fleet: string | null, signal: AbortSignal): Promise<void> {
    if ((cluster.metadata.labels?.[fleetLabel] ?? null) === fleet) return
    const { namespace, name = '' } = cluster.metadata
    const body = { metadata: { labels: { [fleetLabel]: fleet } } }
    await client.patch(AttachedCluster, { namespace, name }, { type: 'merge', body }, { signal }).catch(error => {
      if (!isNotFound(error)) throw error
    })
  }

  /** Lets go of members that carry the Fleet's label and are not in it any more. */
  async function leave(fleet: Fleet, staying: readonly string[], signal: AbortSignal): Promise<void> {
    const { namespace, name } = fleet.metadata
    for (const cluster of attached.list(namespace)) {
      const member = cluster.metadata.name ?? ''
      if (cluster.metadata.labels?.[fleetLabel] !== name || staying.includes(member)) continue
      await engines.remove({ namespace, name: member }, signal)
      await label(cluster, null, signal)
    }
  }

  function tell(fleet: Fleet, findings: readonly MemberFinding[]): void {
    const before = new Map((fleet.status?.members ?? []).map(member => [member.name, member.ready]))
    for (const { name, found, engine } of findings) {
      const ready = (found?.ready ?? false) && (engine?.ready ?? true)
      if (before.get(name) === ready) continue
      const message = ready
        ? `Member ${name} is ready.`
        : `Member ${name} is not ready: ${engine?.message ?? found?.message ?? 'there is no such cluster'}`
      events.record(fleet, {
        type: ready ? 'Normal' : 'Warning',
        reason: ready ? 'MemberReady' : 'MemberNotReady',
        message,
      })
    }
  }

  const fleetsOf = (cluster: AttachedCluster): string[] =>
    fleets
      .list(cluster.metadata.namespace)
      .filter(
        fleet =>
          cluster.metadata.labels?.[fleetLabel] === fleet.metadata.name ||
          membersOf(fleet).some(member => member.name === cluster.metadata.name),
      )
      .map(fleet => `${fleet.metadata.namespace}/${fleet.metadata.name}`)
  return newController({
    ...deps,
    reconciler: { name: 'fleet', reconcile },
    sources: [
      watchSource(fleets, { predicates: [generationChanged] }),
      watchSource(attached, { toKeys: ({ object }) => fleetsOf(object) }),
    ],
    concurrency: 5,
  })
}

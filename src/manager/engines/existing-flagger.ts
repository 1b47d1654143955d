/** Members that run Flagger already: it stays their engine, and Serin only writes Canaries there. */
import { Deployment } from '../../api/core/apps-v1.ts'
import { Lease } from '../../api/core/coordination-v1.ts'
import { fromTimestamp } from '../../apimachinery/time.ts'
import type { EngineInstaller, EngineMember, EngineState } from '../../controllers/fleet/engine.ts'
import type { Clock } from '../../runtime/clock.ts'

/** What was seen of a Flagger on a member. */
export interface FlaggerSighting {
  /** `Deployment istio-system/flagger` or `Lease istio-system/flagger-leader-election`. */
  readonly by: string
}

/** Flagger's Lease, which Serin's agent takes as well, so that the two never work at the same time. */
const leaseName = 'flagger-leader-election'
const defaultLeaseSeconds = 15
// Flux writes the name of the HelmRelease here; Kurator and Serin call theirs so.
const releaseLabel = 'helm.toolkit.fluxcd.io/name'

/** Whether a Flagger that is not this Fleet's own runs on the member; undefined where none was seen. */
export async function fetchFlagger(
  member: EngineMember,
  now: Date,
  signal: AbortSignal,
): Promise<FlaggerSighting | undefined> {
  const { client } = member.cluster
  const [deployments, leases] = await Promise.all([
    client.list(Deployment, { labelSelector: 'app.kubernetes.io/name=flagger', signal }),
    client.list(Lease, { fieldSelector: `metadata.name=${leaseName}`, signal }),
  ])
  const deployment = deployments.items.find(
    ({ metadata, spec }) =>
      metadata?.labels?.[releaseLabel] !== `flagger-${member.ref.name}` && (spec.replicas ?? 1) > 0,
  )
  if (deployment) return { by: `Deployment ${deployment.metadata?.namespace}/${deployment.metadata?.name}` }
  const lease = leases.items.find(candidate => isHeldByFlagger(candidate, now))
  return lease && { by: `Lease ${lease.metadata?.namespace}/${leaseName}` }
}

/** Held, renewed within twice its duration, and not by an agent of ours, whose pods have the product in their names. */
function isHeldByFlagger({ spec }: Lease, now: Date): boolean {
  const { holderIdentity = '', renewTime, leaseDurationSeconds = defaultLeaseSeconds } = spec ?? {}
  if (holderIdentity === '' || holderIdentity.includes('serin')) return false
  const renewed = fromTimestamp(renewTime)
  return renewed !== undefined && now.getTime() - renewed.getTime() < 2 * leaseDurationSeconds * 1_000
}

/** The installer, which leaves members with a Flagger of their own alone. A Fleet that names Flagger's chart wants it installed. */
export function besideFlagger<T extends EngineInstaller>(
  inner: T,
  deps: { readonly clock: Pick<Clock, 'now'> },
): T & EngineInstaller {
  return {
    ...inner,
    async ensure(member, plugin, signal): Promise<EngineState> {
      const found = plugin.chart?.name ? undefined : await fetchFlagger(member, deps.clock.now(), signal)
      if (!found) return inner.ensure(member, plugin, signal)
      await inner.remove(member.ref, signal)
      return {
        engine: 'flagger',
        ready: true,
        reason: 'FlaggerFound',
        message: `Flagger runs there already (${found.by}) and stays the engine; Serin writes Canaries only.`,
      }
    },
  }
}

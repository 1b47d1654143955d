/** Fleets and Applications as the dashboard shows them. Pure. */
import type { Application } from '../api/apps/v1alpha1.ts'
import type { AttachedCluster } from '../api/cluster/v1alpha1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { Fleet } from '../api/fleet/v1alpha1.ts'
import { findCondition } from '../apimachinery/conditions.ts'
import type { ApplicationItem, FleetItem, FleetMember } from './wire.ts'

/** On what an Application makes in a member: the Application's uid. */
const ownerLabel = 'serin.dev/application-uid'

/** The Fleet's item; `attached` finds a member that the Fleet's own status says nothing about. */
export function fleetItem(fleet: Fleet, attached: (name: string) => AttachedCluster | undefined): FleetItem {
  const { metadata, spec, status } = fleet
  const { namespace = '', name = '' } = metadata
  const known = new Map((status?.members ?? []).map(member => [member.name, member]))
  const members = (spec?.clusters ?? []).map((ref): FleetMember => {
    const cluster = attached(ref.name ?? '')
    const { ready, engine, message, version } = {
      ...(cluster?.status?.ready === undefined ? {} : { ready: cluster.status.ready }),
      ...(cluster?.status?.version ? { version: cluster.status.version } : {}),
      ...known.get(ref.name ?? ''),
    } as Partial<FleetMember> // either status, with the same words
    return {
      name: ref.name ?? '',
      kind: ref.kind || 'Cluster',
      ...(ready === undefined ? {} : { ready }),
      ...(engine ? { engine } : {}),
      ...(message ? { message } : {}),
      ...(version ? { version } : {}),
    }
  })
  return { type: 'fleet', id: `fleet/${namespace}/${name}`, namespace, name, phase: status?.phase ?? '', members }
}

/** The id of an Application's item. */
export function applicationId({ metadata }: Application): string {
  return `application/${metadata.namespace}/${metadata.name}`
}

/** The Application's item. */
export function applicationItem(application: Application): ApplicationItem {
  const { metadata, spec, status } = application
  const ready = findCondition(status?.conditions, 'Ready')
  // The published schema does not insist on a spec.
  const { source = {}, syncPolicies = [] } = spec ?? {}
  const [kind = '', from] = Object.entries(source).find(([, value]) => value) ?? []
  const fleets = syncPolicies.map(policy => (policy.destination ?? spec.destination)?.fleet ?? '').filter(Boolean)
  const artifact = Object.values(status?.sourceStatus ?? {})
    .map(each => (each as { artifact?: { revision?: string } }).artifact?.revision) // each kind of source has one
    .find(Boolean)
  return {
    type: 'application',
    id: applicationId(application),
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    source: `${kind} ${(from as { url?: string } | undefined)?.url ?? ''}`.trim(), // each kind of source has a url
    ...(artifact ? { revision: artifact } : {}),
    fleets: [...new Set(fleets)],
    ready: (ready?.status as ApplicationItem['ready'] | undefined) ?? 'Unknown',
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    ...(status?.summary?.clusters ? { clusters: status.summary.clusters } : {}),
  }
}

/** Finds the Application that a Canary belongs to: by its label, else by the workload that it rolls out. */
export function newOwnerLookup(applications: readonly Application[]): (canary: Canary) => string | undefined {
  const byUid = new Map(applications.map(each => [each.metadata.uid ?? '', applicationId(each)]))
  const byWorkload = new Map(
    applications.flatMap(each =>
      (each.spec?.syncPolicies ?? []).flatMap(({ rollout }) =>
        rollout
          ? [[`${rollout.workload.namespace ?? each.metadata.namespace}/${rollout.workload.name}`, applicationId(each)]]
          : [],
      ),
    ) as [string, string][], // pairs, as built above
  )
  return ({ metadata, spec }) => {
    const uid = metadata.labels?.[ownerLabel]
    if (uid) return byUid.get(uid)
    return byWorkload.get(`${metadata.namespace}/${spec?.targetRef.name}`)
  }
}

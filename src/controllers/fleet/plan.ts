/** What a Fleet's status says of its members. Pure. */
import type { Fleet, FleetStatus } from '../../api/fleet/v1alpha1.ts'
import { withCondition } from '../../apimachinery/conditions.ts'
import type { EngineState } from './engine.ts'

/** One entry of `spec.clusters` and what is known of it. */
export interface MemberFinding {
  readonly kind: string
  readonly name: string
  /** Absent: there is no such object. */
  readonly found?: {
    readonly ready: boolean
    readonly reason: string
    readonly message: string
    readonly version?: string
  }
  /** Absent: the Fleet has no rollout plugin, or the member cannot be reached. */
  readonly engine?: EngineState
}

/** The label by which a member knows its Fleet (Kurator's). */
export const fleetLabel = 'fleet.kurator.dev/fleet-name'

/** The finalizer of Kurator's fleet controller. */
export const fleetFinalizer = 'fleet.kurator.dev'

/** The members that a Fleet names, each once; an empty kind means Cluster. */
export function membersOf(fleet: Fleet): readonly { readonly kind: string; readonly name: string }[] {
  const seen = new Set<string>()
  return (fleet.spec?.clusters ?? []).flatMap(({ kind = '', name = '' }) => {
    const member = { kind: kind || 'Cluster', name }
    const key = `${member.kind}/${name}`
    if (name === '' || seen.has(key)) return []
    seen.add(key)
    return [member]
  })
}

/** The whole status. */
export function statusFrom(fleet: Fleet, findings: readonly MemberFinding[], now: Date): FleetStatus {
  const members = findings.map(memberStatus)
  const ready = findings.filter(finding => finding.found?.ready).length
  const waiting = members.filter(member => !member.ready)
  const observedGeneration = fleet.metadata.generation ?? 0
  const allReady = waiting.length === 0
  return {
    ...(fleet.status?.credentialSecret === undefined ? {} : { credentialSecret: fleet.status.credentialSecret }),
    // The phase tells of the control plane alone (Kurator's meaning); members and engines have their own entries.
    phase: 'Ready',
    observedGeneration,
    readyClusters: ready,
    unReadyClusters: findings.length - ready,
    members,
    conditions: withCondition(
      fleet.status?.conditions,
      {
        type: 'Ready',
        status: allReady ? 'True' : 'False',
        reason: allReady ? 'MembersReady' : 'MembersNotReady',
        message: allReady
          ? `${members.length} members are ready.`
          : waiting.map(member => `${member.name}: ${member.message ?? member.reason}`).join('; '),
        observedGeneration,
      },
      now,
    ),
  }
}

type MemberStatus = NonNullable<FleetStatus['members']>[number]

function memberStatus({ kind, name, found, engine }: MemberFinding): MemberStatus {
  if (!found)
    return { kind, name, ready: false, reason: 'NotFound', message: `there is no ${kind} ${JSON.stringify(name)}` }
  const version = found.version ? { version: found.version } : {}
  if (!found.ready) return { kind, name, ready: false, reason: found.reason, message: found.message, ...version }
  if (!engine) return { kind, name, ready: true, ...version }
  const { reason, message, plugins } = engine
  return {
    kind,
    name,
    ready: engine.ready,
    engine: engine.engine,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...(plugins ? { plugins } : {}),
    ...version,
  }
}

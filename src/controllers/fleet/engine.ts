/** How a member gets its rollout engine: behind this interface it may be a process beside us, a chart, or Flagger. */
import type { FleetSpec } from '../../api/fleet/v1alpha1.ts'
import type { ObjectRef, OwnerReference } from '../../apimachinery/meta.ts'
import type { RemoteCluster } from '../../runtime/remote-clusters.ts'

/** The rollout plugin of a Fleet: `spec.plugin.flagger`. */
export type RolloutPlugin = NonNullable<NonNullable<FleetSpec['plugin']>['flagger']>

/** A member that can be reached. */
export interface EngineMember {
  /** The Fleet's namespace and the member's name. */
  readonly ref: ObjectRef
  readonly fleet: string
  readonly cluster: RemoteCluster
  /** The Secret beside the Fleet that holds its kubeconfig. */
  readonly kubeConfig: { readonly name: string; readonly key: string }
  /** The Fleet, for what is made on its behalf. */
  readonly owner: OwnerReference
}

/** How a member's engine is doing. */
export interface EngineState {
  /** Who rolls out: Serin's agent on the member, the engine in the hub, or a Flagger that was there before. */
  readonly engine: 'agent' | 'hub' | 'flagger'
  readonly ready: boolean
  /** Why it is not ready; one word. */
  readonly reason?: string
  readonly message?: string
  /** What was installed for it, each by its own name. Absent: nothing is installed on the member. */
  readonly plugins?: readonly PluginState[]
}

/** How one thing that the Fleet installs on a member is doing. */
export interface PluginState {
  readonly name: string
  readonly ready: boolean
  /** Why it is not ready; one word. */
  readonly reason?: string
  readonly message?: string
}

/** Brings engines to members and takes them away. */
export interface EngineInstaller {
  /** Idempotent: called at every look at the Fleet. */
  ensure(member: EngineMember, plugin: RolloutPlugin, signal: AbortSignal): Promise<EngineState>
  /** Idempotent; the member may be out of reach. */
  remove(member: ObjectRef, signal: AbortSignal): Promise<void>
}

/** Whether Flux's own controllers look after a kind on a cluster: then the built-in ones stay off. */
import type { Lease } from '../api/core/coordination-v1.ts'
import { fromTimestamp } from '../apimachinery/time.ts'

/** The controllers of Flux that have a built-in counterpart. */
export type FluxController = 'source-controller' | 'kustomize-controller' | 'helm-controller'

/** What was seen on a cluster. */
export interface FluxObserved {
  /** The Leases of all namespaces, or of those where Flux may be. */
  readonly leases: readonly Pick<Lease, 'metadata' | 'spec'>[]
  /** The names of the Deployments that are there, with the number of their ready pods. */
  readonly deployments: readonly {
    readonly name: string
    readonly readyReplicas: number
    readonly labels?: Readonly<Record<string, string>>
  }[]
  readonly now: Date
  /** Who holds Leases of the same names for the built-in controllers; not counted as Flux. */
  readonly ownIdentity?: string
}

/** Flux's own duration, where a Lease does not say. */
const defaultLeaseSeconds = 35

/**
 * Whether that controller of Flux runs there: its Lease was renewed within twice its duration, or its Deployment has
 * ready pods. Lease names have a suffix where Flux is divided into shards.
 */
export function fluxIsPresent(observed: FluxObserved, controller: FluxController): boolean {
  const leaseName = new RegExp(`^${controller}-leader-election(-[0-9a-f]{8})?$`)
  const isHeld = observed.leases.some(({ metadata, spec }) => {
    if (!leaseName.test(metadata?.name ?? '')) return false
    const { holderIdentity, renewTime, leaseDurationSeconds = defaultLeaseSeconds } = spec ?? {}
    if (!holderIdentity || holderIdentity === observed.ownIdentity) return false
    const renewed = fromTimestamp(renewTime)
    return renewed !== undefined && observed.now.getTime() - renewed.getTime() < 2 * leaseDurationSeconds * 1000
  })
  const isDeployed = observed.deployments.some(
    ({ name, readyReplicas, labels }) =>
      name === controller && readyReplicas > 0 && labels?.['app.kubernetes.io/part-of'] === 'flux',
  )
  return isHeld || isDeployed
}

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
 * How long a Lease of that controller still counts, in milliseconds, if none is renewed: for twice its duration. 0 where
 * none counts. Lease names have a suffix where Flux is divided into shards.
 */
export function fluxLeaseLeftMs(observed: FluxObserved, controller: FluxController): number {
  const leaseName = new RegExp(`^${controller}-leader-election(-[0-9a-f]{8})?$`)
  const left = observed.leases.map(({ metadata, spec }) => {
    if (!leaseName.test(metadata?.name ?? '')) return 0
    const { holderIdentity, renewTime, leaseDurationSeconds = defaultLeaseSeconds } = spec ?? {}
    if (!holderIdentity || holderIdentity === observed.ownIdentity) return 0
    const renewed = fromTimestamp(renewTime)
    return renewed ? renewed.getTime() + 2 * leaseDurationSeconds * 1000 - observed.now.getTime() : 0
  })
  return Math.max(0, ...left)
}

/** Whether that controller of Flux runs there: a Lease of its counts, or its Deployment has ready pods. */
export function fluxIsPresent(observed: FluxObserved, controller: FluxController): boolean {
  const isHeld = fluxLeaseLeftMs(observed, controller) > 0
  const isDeployed = observed.deployments.some(
    ({ name, readyReplicas, labels }) =>
      name === controller && readyReplicas > 0 && labels?.['app.kubernetes.io/part-of'] === 'flux',
  )
  return isHeld || isDeployed
}

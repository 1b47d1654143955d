/** Follows whether Flux's own controllers run on the host cluster. */
import { Deployment } from '../api/core/apps-v1.ts'
import { Lease } from '../api/core/coordination-v1.ts'
import type { Clock } from '../runtime/clock.ts'
import { endsWithin } from '../runtime/deadline.ts'
import type { InformerSet } from '../runtime/informer-set.ts'
import type { Logger } from '../runtime/log.ts'
import { type FluxController, type FluxObserved, fluxIsPresent, fluxLeaseLeftMs } from '../sync/flux-presence.ts'

/** What becomes of Flux on a cluster. */
export interface FluxWatch {
  /** Resolves as soon as that controller is there (or, with false, is not), or `signal` aborts. */
  until(controller: FluxController, wanted: boolean, signal: AbortSignal): Promise<void>
}

const controllers: readonly FluxController[] = ['source-controller', 'kustomize-controller', 'helm-controller']

// The wall clock, which Leases go by, may be set.
const longestWaitMs = 60_000
// A host that may not read Leases or Deployments must not wait for ever to look after its own objects.
const syncTimeoutMs = 15_000

/**
 * Starts to follow it. Of all Leases only those of Flux's names are watched, and of all Deployments those that say that
 * they are part of it: on a host without Flux that costs nothing.
 */
export function newFluxWatch(deps: {
  readonly informers: InformerSet
  readonly clock: Clock
  readonly log: Logger
}): FluxWatch {
  const { informers, clock, log } = deps
  const deployments = informers.informer(Deployment, { labelSelector: 'app.kubernetes.io/part-of=flux' })
  const leases = controllers.map(name =>
    informers.informer(Lease, { fieldSelector: `metadata.name=${name}-leader-election` }),
  )
  let known: Promise<void> | undefined

  function observed(): FluxObserved {
    return {
      leases: leases.flatMap(informer => informer.list()),
      deployments: deployments.list().map(({ metadata, status }) => ({
        name: metadata?.name ?? '',
        readyReplicas: status?.readyReplicas ?? 0,
        labels: metadata?.labels ?? {},
      })),
      now: clock.now(),
    }
  }

  async function syncedOrLate(signal: AbortSignal): Promise<void> {
    const synced = Promise.all([deployments, ...leases].map(informer => informer.synced(signal)))
    if (await endsWithin(clock, syncTimeoutMs, synced)) return
    const problem = [deployments, ...leases].map(informer => informer.problem()?.message).find(Boolean)
    log.warn('it cannot be seen whether Flux is here; its objects are looked after as if it were not', { problem })
  }

  /** Resolves on the next change, or `leftMs` from now: a watch does not show that a Lease is renewed no more. */
  function changed(leftMs: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const stops: (() => void)[] = []
      const done = () => {
        for (const stop of stops) stop()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const tell = { added: (_: unknown, initial: boolean) => initial || done(), updated: done, deleted: done }
      if (leftMs > 0) stops.push(clock.setTimer(done, Math.min(leftMs, longestWaitMs)))
      stops.push(deployments.addHandler(tell))
      for (const informer of leases) stops.push(informer.addHandler(tell))
      if (signal.aborted) done()
      else signal.addEventListener('abort', done, { once: true })
    })
  }

  return {
    async until(controller, wanted, signal) {
      known ??= syncedOrLate(signal)
      await known.catch(() => {}) // Only where the signal aborts.
      while (!signal.aborted) {
        // One look for both: a Lease that ran out between two would leave nothing to wait for.
        const seen = observed()
        if (fluxIsPresent(seen, controller) === wanted) return
        await changed(fluxLeaseLeftMs(seen, controller), signal)
      }
    },
  }
}

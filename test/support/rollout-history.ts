/** What became of one rollout, as the API's watches show it. */
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../src/api/istio/networking.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'

/** Everything that changed since {@link RolloutHistory.forget}, oldest first, equal neighbours once. */
export interface RolloutHistory {
  /** `PHASE WEIGHT` of the status. */
  readonly steps: readonly string[]
  /** The canary's weight in the routes. */
  readonly weights: readonly number[]
  /** The pod templates of the primary, as JSON. */
  readonly promoted: readonly string[]
  forget(): void
  close(): Promise<void>
}

/** Follows the Canary, VirtualService and primary `podinfo` of a namespace. */
export async function followRollout(client: Client, namespace: string): Promise<RolloutHistory> {
  const informers = newInformerSet({ client, clock: systemClock, random: Math.random, log: silentLogger })
  const stop = new AbortController()
  const steps: string[] = []
  const weights: number[] = []
  const promoted: string[] = []
  const push = <T>(list: T[], value: T) => {
    if (list.at(-1) !== value) list.push(value)
  }
  const onCanary = ({ status }: Canary) => push(steps, `${status?.phase ?? ''} ${status?.canaryWeight ?? 0}`)
  const onRoutes = ({ spec }: VirtualService) => push(weights, spec.http?.[0]?.route?.[1]?.weight ?? 0)
  const onWorkload = ({ metadata, spec }: Deployment) => {
    if (metadata?.name?.endsWith('-primary')) push(promoted, JSON.stringify(spec.template))
  }
  informers.informer(Canary, { namespace }).addHandler({ added: onCanary, updated: (_, object) => onCanary(object) })
  informers
    .informer(VirtualService, { namespace })
    .addHandler({ added: onRoutes, updated: (_, object) => onRoutes(object) })
  informers
    .informer(Deployment, { namespace })
    .addHandler({ added: onWorkload, updated: (_, object) => onWorkload(object) })
  const running = informers.run(stop.signal)
  await informers.synced()
  return {
    steps,
    weights,
    promoted,
    forget() {
      steps.splice(0)
      weights.splice(0)
      promoted.splice(0)
    },
    async close() {
      stop.abort()
      await running.catch(() => {})
    },
  }
}

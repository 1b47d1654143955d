/** Waiting until objects of a cluster are what they should be. */
import { formatDuration } from '../../apimachinery/duration.ts'
import type { JsonObject, KubernetesObject } from '../../apimachinery/meta.ts'
import type { Clock } from '../../runtime/clock.ts'
import { describe, type ObjectIdentity } from './identity.ts'
import { type ObjectStatus, objectStatus } from './kstatus.ts'
import type { TargetCluster } from './target.ts'

/** Not all objects became healthy. The message lists those that did not. */
export class HealthError extends Error {
  override readonly name = 'HealthError'
  readonly reason = 'HealthCheckFailed'
}

/** An object to wait for. */
export interface CheckedObject extends ObjectIdentity {
  readonly apiVersion?: string | undefined
}

// Flux looks every 5 s; the local cluster answers at once and is done in less.
const firstPollMs = 100
const maxPollMs = 2_000

/** Resolves when all are current. @throws HealthError when one has failed for good or time is up */
export async function waitUntilHealthy(
  cluster: TargetCluster,
  objects: readonly CheckedObject[],
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { timeoutMs, clock, signal } = options
  const startMs = clock.monotonicMs()
  let waiting = objects
  for (let pollMs = firstPollMs; ; pollMs = Math.min(maxPollMs, pollMs * 2)) {
    const looked = await Promise.all(
      waiting.map(async object => ({ object, status: await look(cluster, object, signal) })),
    )
    const open = looked.filter(({ status }) => status !== 'Current')
    if (open.length === 0) return
    const elapsed = clock.monotonicMs() - startMs
    const list = open.map(({ object, status }) => `${describe(object)} status: '${status}'`).join(', ')
    const took = formatDuration(Math.round(elapsed))
    if (open.some(({ status }) => status === 'Failed')) {
      throw new HealthError(`health check failed after ${took}: failed early due to stalled resources: [${list}]`)
    }
    if (elapsed >= timeoutMs) throw new HealthError(`health check failed after ${took}: timeout waiting for: [${list}]`)
    waiting = open.map(({ object }) => object)
    await clock.sleep(Math.min(pollMs, Math.max(1, timeoutMs - elapsed)), signal)
  }
}

async function look(cluster: TargetCluster, object: CheckedObject, signal: AbortSignal): Promise<ObjectStatus> {
  const { apiVersion, group, kind, name, namespace } = object
  const type =
    apiVersion === undefined
      ? await cluster.mapper.preferredTypeOf(group, kind, signal)
      : await cluster.mapper.typeOf(apiVersion, kind, signal)
  if (!type) return 'NotFound'
  const ref = { name, namespace: namespace || undefined }
  const live = await cluster.client.fetchIfExists(type, ref, { signal })
  return objectStatus(live as (KubernetesObject & JsonObject) | undefined) // As it was on the wire.
}

/** Waiting until deleted objects are really gone. */
import type { Clock } from '../../runtime/clock.ts'
import { type InventoryEntry, parseInventoryId } from './identity.ts'
import type { TargetCluster } from './target.ts'

const pollMs = 500

/** Resolves when all are gone or time is up: a deletion is not held up for ever. */
export async function waitUntilGone(
  cluster: TargetCluster,
  entries: readonly InventoryEntry[],
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { timeoutMs, clock, signal } = options
  const startMs = clock.monotonicMs()
  let left = entries
  for (;;) {
    const there = await Promise.all(left.map(entry => isThere(cluster, entry, signal)))
    left = left.filter((_, i) => there[i])
    if (left.length === 0 || clock.monotonicMs() - startMs >= timeoutMs) return
    await clock.sleep(pollMs, signal)
  }
}

async function isThere(cluster: TargetCluster, entry: InventoryEntry, signal: AbortSignal): Promise<boolean> {
  const identity = parseInventoryId(entry.id)
  if (!identity) return false
  const { group, kind, name, namespace } = identity
  const type = await cluster.mapper.typeOf(group === '' ? entry.v : `${group}/${entry.v}`, kind, signal)
  if (!type) return false
  return (
    (await cluster.client.fetchIfExists(type, { name, namespace: namespace || undefined }, { signal })) !== undefined
  )
}

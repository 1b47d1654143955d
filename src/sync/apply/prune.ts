/** Deleting what left the inventory. */
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import { isNotFound } from '../../runtime/client.ts'
import { describe, type InventoryEntry, type ObjectIdentity, parseInventoryId } from './identity.ts'
import { compareIdentities } from './order.ts'
import { hasSwitch, isLeftAlone, ownerLabelKeys } from './switches.ts'
import type { TargetCluster } from './target.ts'

/** Whose objects they are: the labels that an apply gave them. */
export interface Owner {
  readonly name: string
  readonly namespace: string
}

/** What came of it. */
export interface Pruned {
  /** `Kind/namespace/name deleted` for each. */
  readonly deleted: readonly string[]
  /** What could not be deleted, and stays in the inventory. */
  readonly failed: readonly { readonly entry: InventoryEntry; readonly message: string }[]
}

/** The entries of `before` that `after` has in no version. */
export function staleEntries(
  before: readonly InventoryEntry[] | undefined,
  after: readonly InventoryEntry[],
): readonly InventoryEntry[] {
  const ids = new Set(after.map(({ id }) => id))
  return (before ?? []).filter(({ id }) => !ids.has(id))
}

/** Deletes the objects of the entries, last kinds first, unless they are somebody else's or say that they stay. */
export async function prune(
  cluster: TargetCluster,
  entries: readonly InventoryEntry[],
  owner: Owner,
  signal: AbortSignal,
): Promise<Pruned> {
  const deleted: string[] = []
  const failed: { entry: InventoryEntry; message: string }[] = []
  const known = entries.flatMap(entry => {
    const identity = parseInventoryId(entry.id)
    return identity ? [{ entry, identity }] : []
  })
  for (const { entry, identity } of known.sort((a, b) => compareIdentities(b.identity, a.identity))) {
    try {
      if (await pruneOne(cluster, entry, identity, owner, signal)) deleted.push(`${describe(identity)} deleted`)
    } catch (error) {
      if (signal.aborted) throw error
      const why = error instanceof Error ? error.message : String(error)
      failed.push({ entry, message: `${describe(identity)} delete failed: ${why}` })
    }
  }
  return { deleted, failed }
}

async function pruneOne(
  cluster: TargetCluster,
  entry: InventoryEntry,
  identity: ObjectIdentity,
  owner: Owner,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, kind, name, namespace } = identity
  const apiVersion = group === '' ? entry.v : `${group}/${entry.v}`
  // A version that is served no more is no reason to leave the object behind.
  const type =
    (await cluster.mapper.typeOf(apiVersion, kind, signal)) ??
    (await cluster.mapper.preferredTypeOf(group, kind, signal))
  if (!type) return false
  const ref = { name, namespace: namespace || undefined }
  const live = await cluster.client.fetchIfExists(type, ref, { signal })
  if (!live || !isOwned(live, owner) || isLeftAlone(live) || hasSwitch(live, 'prune', 'disabled')) return false
  if (live.metadata?.deletionTimestamp !== undefined) return false
  const { uid } = live.metadata ?? {}
  try {
    await cluster.client.delete(type, ref, {
      propagationPolicy: 'Background',
      signal,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function isOwned(live: KubernetesObject, owner: Owner): boolean {
  const { labels } = live.metadata ?? {}
  return labels?.[ownerLabelKeys.name] === owner.name && labels[ownerLabelKeys.namespace] === owner.namespace
}

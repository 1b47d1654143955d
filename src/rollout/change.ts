/** What the target's revision means for the rollout in hand. */
import type { ConfigChecksum, Observed, ObservedTarget } from './observed.ts'
import type { RolloutStatus } from './status.ts'

/**
 * `none`: what the status is about; `promoted`: what the primary runs already, though the status is about another
 * one; `new`: neither.
 */
export type Change = 'none' | 'promoted' | 'new'

/** Compares the target with the status. Flagger's own hashes and checksums count as equal to ours. */
export function changeOf(o: Observed, target: ObservedTarget): Change {
  const { status } = o
  const isApplied = isSameRevision(status.lastAppliedSpec, target)
  const hasSameConfigs = areSameConfigs(status.trackedConfigs, target.configs)
  if (isApplied && hasSameConfigs) return 'none'
  if (o.primaryRunsTarget) return 'promoted'
  // The promoted revision with configs that came with the refused one was never tried: the copies tell what was promoted.
  const isPromoted = isSameRevision(status.lastPromotedSpec, target) && hasSameConfigs && o.primaryHasConfigs
  return isPromoted ? 'promoted' : 'new'
}

/** Whether the target's configs are other ones than those that the status is about. */
export function haveConfigsChanged({ status }: Observed, { configs }: ObservedTarget): boolean {
  return !areSameConfigs(status.trackedConfigs, configs)
}

/** Whether the target is at a revision from a status. */
export function isSameRevision(
  stored: string | undefined,
  target: Pick<ObservedTarget, 'revision' | 'flaggerRevision'>,
): boolean {
  return stored !== undefined && stored !== '' && (stored === target.revision || stored === target.flaggerRevision)
}

/** What `status.trackedConfigs` has to be for the target as it is. */
export function checksumsOf(target: ObservedTarget): Pick<RolloutStatus, 'trackedConfigs'> {
  if (!target.configs) return {}
  const checksums = Object.entries(target.configs).map(([name, config]) => [name, config.checksum])
  return { trackedConfigs: Object.fromEntries(checksums) }
}

function areSameConfigs(
  stored: Readonly<Record<string, string>> | undefined,
  current: Readonly<Record<string, ConfigChecksum>> | undefined,
): boolean {
  // Tracking that is off, or that finds nothing, has nothing to compare.
  const names = Object.keys(current ?? {})
  if (names.length !== Object.keys(stored ?? {}).length) return current === undefined
  return names.every(name => {
    const config = current?.[name]
    return (
      stored?.[name] !== undefined && (stored[name] === config?.checksum || stored[name] === config?.flaggerChecksum)
    )
  })
}

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

/** In place of the checksum of a config that changed while nobody could replace the pods that read it. */
const changedUnheeded = ''

/**
 * The status that remembers which configs are other ones than those that it is about, also if they are as before when
 * the rollout goes on: pods may have been made in between. The same one where it says so already.
 */
export function withChangedConfigs(o: Observed, target: ObservedTarget): RolloutStatus {
  const { status } = o
  if (!haveConfigsChanged(o, target)) return status
  const stored = status.trackedConfigs ?? {}
  const names = new Set([...Object.keys(stored), ...Object.keys(target.configs ?? {})])
  const changed = [...names].filter(
    name => stored[name] !== changedUnheeded && !isSameConfig(stored[name], target.configs?.[name]),
  )
  if (changed.length === 0) return status
  const marks = changed.map(name => [name, changedUnheeded])
  return { ...status, trackedConfigs: { ...stored, ...Object.fromEntries(marks) } }
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
  return target.configs ? { trackedConfigs: checksumTexts(target.configs) } : {}
}

/** Our checksums alone, by the names of the configs. */
export function checksumTexts(configs: Readonly<Record<string, ConfigChecksum>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(configs).map(([name, { checksum }]) => [name, checksum]))
}

function areSameConfigs(
  stored: Readonly<Record<string, string>> | undefined,
  current: Readonly<Record<string, ConfigChecksum>> | undefined,
): boolean {
  // Tracking that is off, or that finds nothing, has nothing to compare.
  const names = Object.keys(current ?? {})
  if (names.length !== Object.keys(stored ?? {}).length) return current === undefined
  return names.every(name => isSameConfig(stored?.[name], current?.[name]))
}

function isSameConfig(stored: string | undefined, current: ConfigChecksum | undefined): boolean {
  if (stored === undefined || stored === changedUnheeded) return false
  return stored === current?.checksum || stored === current?.flaggerChecksum
}

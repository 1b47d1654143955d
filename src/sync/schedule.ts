/** When to look again. */
import { tryParseDuration } from '../apimachinery/duration.ts'
import type { Random } from '../runtime/backoff.ts'

/** Flux spreads its runs by this share of the interval. */
const jitter = 0.05

/** The interval with jitter, in milliseconds; undefined for `0s`: then nothing is done but on changes. */
export function jitteredIntervalMs(interval: string | undefined, random: Random): number | undefined {
  const ms = tryParseDuration(interval) ?? 0
  return ms > 0 ? ms * (1 + jitter * (2 * random() - 1)) : undefined
}

/** The interval of a source, with jitter; a source without one is looked at every minute. */
export function intervalMs(interval: string | undefined, random: Random): number {
  return jitteredIntervalMs(interval, random) ?? 60_000
}

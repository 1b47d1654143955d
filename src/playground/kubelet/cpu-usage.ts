/** How much CPU process groups use, as Linux counts it; elsewhere nobody knows. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../../runtime/clock.ts'

// The unit of /proc/PID/stat for programs: USER_HZ is 100 on all architectures that Node runs on.
const ticksPerSecond = 100
// Less says little: the kernel counts in hundredths of a second.
const minIntervalMs = 1_000

/** Tells the CPU that somebody's process groups use. */
export interface CpuMeter {
  /**
   * The cores that `groups` used on average since the last call for the same holder; undefined on the first call and
   * where /proc cannot be read.
   */
  cores(holder: string, groups: readonly number[]): number | undefined
  forget(holder: string): void
}

/** A meter; `folder` is where the kernel tells of processes. */
export function newCpuMeter(clock: Clock, folder = '/proc'): CpuMeter {
  const samples = new Map<string, { readonly atMs: number; readonly seconds: number; readonly cores?: number }>()
  return {
    cores(holder, groups) {
      const atMs = clock.monotonicMs()
      const before = samples.get(holder)
      if (before && atMs - before.atMs < minIntervalMs) return before.cores
      const seconds = secondsOf(folder, new Set(groups))
      if (seconds === undefined) return undefined
      // A group that ended takes its seconds with it.
      const cores = before && Math.max(0, (seconds - before.seconds) / ((atMs - before.atMs) / 1000))
      samples.set(holder, { atMs, seconds, ...(cores === undefined ? {} : { cores }) })
      return cores
    },
    forget: holder => void samples.delete(holder),
  }
}

function secondsOf(folder: string, groups: ReadonlySet<number>): number | undefined {
  try {
    const stats = readdirSync(folder).filter(name => /^\d+$/.test(name))
    return stats.reduce((sum, pid) => sum + secondsOfProcess(`${folder}/${pid}/stat`, groups), 0)
  } catch {
    return undefined
  }
}

function secondsOfProcess(file: string, groups: ReadonlySet<number>): number {
  try {
    const stat = readFileSync(file, 'utf8')
    // The second field is the program's name in parentheses and may hold anything; the third follows the last ")".
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const number = (at: number) => Number(fields[at - 3])
    if (!groups.has(number(5))) return 0
    // utime, stime and those of children that it waited for.
    return (number(14) + number(15) + number(16) + number(17)) / ticksPerSecond
  } catch {
    // It ended meanwhile.
    return 0
  }
}

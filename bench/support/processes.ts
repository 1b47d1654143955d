/** What processes cost, from /proc (Linux). */
import { readFileSync } from 'node:fs'

// USER_HZ, which the kernel fixes at 100 for what it shows in /proc.
const ticksPerSecond = 100

/** CPU time that the processes have used so far, user and system, in milliseconds. */
export function cpuMs(pids: readonly number[]): number {
  const ticks = pids.map(pid => {
    // The name, which may hold spaces, ends with the last parenthesis.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return (ticks.reduce((sum, value) => sum + value, 0) * 1000) / ticksPerSecond
}

/** Resident memory of the processes together, in MB. */
export function residentMb(pids: readonly number[]): number {
  return statusKilobytes(pids, 'VmRSS') / 1024
}

/** The most that each process ever had resident, together, in MB. */
export function peakResidentMb(pids: readonly number[]): number {
  return statusKilobytes(pids, 'VmHWM') / 1024
}

function statusKilobytes(pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number {
  const pattern = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm')
  return pids
    .map(pid => Number(pattern.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
    .reduce((sum, value) => sum + value, 0)
}

/** The first child of a process. */
export function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])
}

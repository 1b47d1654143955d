/** The processes that a process has started, and theirs, as Linux lists them; elsewhere there are none to be seen. */
import { readdirSync, readFileSync } from 'node:fs'

/** A process: its number alone may belong to another one a moment later. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the kernel's ticks since boot. */
  readonly startedTicks: string
}

interface Listed extends ProcessIdentity {
  readonly parent: number
}

/** All processes below `pid`, without itself. Those whose parent has ended are below somebody else, and not found. */
export function descendantsOf(pid: number): readonly ProcessIdentity[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent)
  const found: ProcessIdentity[] = []
  const next = [pid]
  for (let parent = next.pop(); parent !== undefined; parent = next.pop()) {
    for (const child of children.get(parent) ?? []) {
      found.push(child)
      next.push(child.pid)
    }
  }
  return found
}

/** A process that there is now; undefined where there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  return readProcess(pid)
}

/** Kills those of the processes that still are who they were; how many that are. */
export function killProcesses(processes: readonly ProcessIdentity[]): number {
  let killed = 0
  for (const { pid, startedTicks } of processes) {
    if (readProcess(pid)?.startedTicks !== startedTicks) continue
    try {
      process.kill(pid, 'SIGKILL')
      killed += 1
    } catch {
      // It has ended just now.
    }
  }
  return killed
}

function listProcesses(): readonly Listed[] {
  try {
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
  } catch {
    return []
  }
}

/** proc_pid_stat(5). One that has ended and was not waited for counts as none. */
function readProcess(pid: number): Listed | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent = ''] = fields
    if (state === 'Z' || state === 'X') return undefined
    return { pid, parent: Number(parent), startedTicks: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

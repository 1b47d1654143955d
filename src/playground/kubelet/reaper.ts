/**
 * Makes sure that no pod outlives Serin. A small shell, in a session of its own, holds a pipe from this process; when
 * the pipe closes, for whatever reason (even kill -9), it kills every process group it was told of.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { systemClock } from '../../runtime/clock.ts'
import { endsWithin } from '../../runtime/deadline.ts'

// Reads "+ PGID" and "- PGID"; at the end of its input kills what is left. The groups are numbers: nothing to quote.
// `kill -9 -- -GROUP` would be shorter, but dash refuses it.
const script = `
trap '' INT TERM HUP
groups=' '
while read -r op group; do
  case $op in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`

/** Watches over process groups. */
export interface Reaper {
  /** Kills the group if this process dies before {@link release}. */
  watch(processGroup: number): void
  release(processGroup: number): void
  /** Kills whatever is still watched. */
  close(): Promise<void>
}

/** Starts a reaper. */
export function newReaper(): Reaper {
  const shell: ChildProcess = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  const input = shell.stdin
  input?.on('error', () => {})
  const watched = new Set<number>()
  return {
    watch(group) {
      watched.add(group)
      input?.write(`+ ${group}\n`)
    },
    release(group) {
      if (watched.delete(group)) input?.write(`- ${group}\n`)
    },
    async close() {
      const ended = new Promise<void>(resolve => shell.once('exit', () => resolve()))
      // From here as well: the shell may have been stopped, or killed.
      for (const group of watched) killGroup(group)
      if (shell.exitCode !== null || shell.signalCode !== null) return
      shell.ref()
      input?.end()
      if (await endsWithin(systemClock, closeTimeoutMs, ended)) return
      shell.kill('SIGKILL')
      await ended
    },
  }
}

// It has nothing to do but to read a few lines.
const closeTimeoutMs = 2_000

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/**
 * Makes sure that no pod outlives Serin. A small shell, in a session of its own, holds a pipe from this process; when
 * the pipe closes, for whatever reason (even kill -9), it kills every process group it was told of.
 */
import { type ChildProcess, spawn } from 'node:child_process'

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
  return {
    watch: group => void input?.write(`+ ${group}\n`),
    release: group => void input?.write(`- ${group}\n`),
    close: () =>
      new Promise(resolve => {
        shell.ref()
        shell.once('close', () => resolve())
        if (shell.exitCode !== null) resolve()
        input?.end()
      }),
  }
}

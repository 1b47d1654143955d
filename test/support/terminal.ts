/** The CLI on a terminal, as a person has it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { executable, homeEnv } from './serin.ts'
import { type Shown, shownOf } from './terminal-screen.ts'

/** A run on a terminal of its own. */
export interface OnTerminal {
  /** What the terminal shows by now. */
  shown(): Shown
  /** Presses Ctrl-C. */
  interrupt(): void
  /** The exit code. */
  readonly ended: Promise<number | null>
}

const size = { columns: 80, rows: 24 }

/** Starts `serin ARGS`, whose words need no quotes; temporary folders and state go below `home`. */
export function startOnTerminal(home: string, ...args: readonly string[]): OnTerminal {
  const { columns, rows } = size
  const command = `stty cols ${columns} rows ${rows}; exec ${executable} ${args.join(' ')}`
  // It makes a terminal, and passes on what goes in and out of it and the exit code.
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: home,
    env: { ...homeEnv(home), SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    text += chunk
  })
  return {
    shown: () => shownOf(text, size),
    interrupt: () => void child.stdin.write('\u0003'),
    ended: once(child, 'close').then(([code]) => code),
  }
}

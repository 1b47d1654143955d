/** What a command talks to: its streams, the environment, the clock, and the signal that ends it. */
import type { Clock } from '../runtime/clock.ts'

/** Passed to every command. */
export interface Io {
  /** Writes to standard output; adds no newline. */
  out(text: string): void
  /** Writes to standard error; adds no newline. */
  err(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** Whether standard output is a terminal that may be redrawn. */
  readonly isTerminal: boolean
  /** Whether colours may be used on standard output. */
  readonly hasColour: boolean
  /** Columns of the terminal; 80 where it does not say. */
  width(): number
  /** Lines of the terminal; `Infinity` where it does not say. */
  height(): number
  /** Aborts on Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal
}

/** The process's own. `signal` as the caller made it. */
export function processIo(clock: Clock, signal: AbortSignal): Io {
  const { env, stdout, stderr } = process
  const isTerminal = stdout.isTTY === true && env['TERM'] !== 'dumb'
  return {
    out: text => void stdout.write(text),
    err: text => void stderr.write(text),
    env,
    cwd: process.cwd(),
    clock,
    isTerminal,
    hasColour: isTerminal && !env['NO_COLOR'],
    width: () => stdout.columns || 80,
    height: () => stdout.rows || Number.POSITIVE_INFINITY,
    signal,
  }
}

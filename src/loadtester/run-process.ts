/** Starts a program that the operator allowed, and its whole process group's end. */
import { spawn } from 'node:child_process'

/** What a program left behind. */
export interface ProcessResult {
  /** The exit code, or undefined where a signal or the start itself ended it. */
  readonly code?: number
  /** Both outputs in the order in which they came, the first 64 KiB of them. */
  readonly output: string
}

/** Variables of a program's environment. */
export type Environment = Readonly<Record<string, string | undefined>>

const maxOutputBytes = 64 * 1024

/** Runs a program to its end, in the environment given. When `signal` aborts, it and what it started get SIGKILL. */
export function runProcess(
  argv: readonly [string, ...string[]],
  env: Environment,
  signal: AbortSignal,
): Promise<ProcessResult> {
  const [program, ...args] = argv
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let bytes = 0
    const keep = (chunk: Buffer) => {
      if (bytes < maxOutputBytes) chunks.push(chunk.subarray(0, maxOutputBytes - bytes))
      bytes += chunk.length
    }
    // A group of its own, so that what a shell started ends with it.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...env } })
    const kill = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    const finish = (code: number | null) => {
      signal.removeEventListener('abort', kill)
      resolve({ ...(code === null ? {} : { code }), output: Buffer.concat(chunks).toString('utf8') })
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', error => {
      keep(Buffer.from(error.message))
      finish(null)
    })
    child.on('close', finish)
    if (signal.aborted) kill()
    else signal.addEventListener('abort', kill, { once: true })
  })
}

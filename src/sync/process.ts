/** Runs a tool in a child process with bounds on time and output, an environment of its own, and no shell. */
import { spawn } from 'node:child_process'
import type { Clock } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'

/** What to run. */
export interface ToolRun {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment: nothing of this process is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Buffer
  readonly timeoutMs: number
  /** The longest standard output that is taken; a longer one ends the tool. Default 64 MiB. */
  readonly maxOutputBytes?: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The tool could not be started, was ended, or exited with something other than 0. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly reason: 'ToolMissing' | 'ToolFailed' | 'ToolTimeout' | 'OutputTooLarge'
  /** What the tool wrote to standard error, cut to 8 KiB. */
  readonly stderr: string

  constructor(reason: ToolError['reason'], message: string, stderr = '', options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.stderr = stderr
  }
}

const defaultMaxOutputBytes = 64 << 20
const maxErrorBytes = 8 << 10

/**
 * What the tool wrote to standard output.
 * @throws ToolError; the signal's reason where that aborted
 */
export async function runTool(run: ToolRun): Promise<Buffer> {
  const { command, args, clock, signal, maxOutputBytes = defaultMaxOutputBytes } = run
  signal.throwIfAborted()
  const name =
    `${command.split('/').pop()} ${args.find(arg => !arg.startsWith('-') && !arg.includes('=')) ?? ''}`.trim()
  const deadline = withDeadline(clock, run.timeoutMs, signal)
  try {
    return await new Promise((resolve, reject) => {
      // In a group of its own, so that helpers of the tool end with it.
      const child = spawn(command, args, { env: run.env, cwd: run.cwd, detached: true, stdio: 'pipe' })
      const output: Buffer[] = []
      let errorText = ''
      let outputBytes = 0
      let ended: ToolError | undefined
      const kill = (error?: ToolError) => {
        ended ??= error
        if (child.pid !== undefined) endGroup(child.pid)
      }
      const onAbort = () => kill(new ToolError('ToolTimeout', `${name} was ended after ${run.timeoutMs} ms`, errorText))
      deadline.signal.addEventListener('abort', onAbort, { once: true })
      child.stdout.on('data', (chunk: Buffer) => {
        outputBytes += chunk.length
        if (outputBytes > maxOutputBytes) {
          kill(new ToolError('OutputTooLarge', `${name} wrote more than ${maxOutputBytes} bytes`, errorText))
        } else output.push(chunk)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        if (errorText.length < maxErrorBytes) errorText = (errorText + chunk.toString('utf8')).slice(0, maxErrorBytes)
      })
      child.once('error', cause => {
        deadline.signal.removeEventListener('abort', onAbort)
        reject(new ToolError('ToolMissing', `${command} cannot be run: ${cause.message}`, '', { cause }))
      })
      child.once('close', code => {
        deadline.signal.removeEventListener('abort', onAbort)
        if (signal.aborted) reject(signal.reason)
        else if (ended) reject(ended)
        else if (code === 0) resolve(Buffer.concat(output))
        else
          reject(new ToolError('ToolFailed', `${name} failed: ${errorText.trim() || `exit code ${code}`}`, errorText))
      })
      // The tool may end before it has read all of its input.
      child.stdin.on('error', () => {})
      child.stdin.end(run.input ?? '')
    })
  } finally {
    deadline.clear()
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

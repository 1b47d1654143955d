/** The tasks that webhooks ask for: load in the background, helm, kubectl and bash while the caller waits. */
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import { type CommandPolicy, checkHost, checkProgram, TaskRefusedError } from './command-policy.ts'
import { generateLoad, summarise } from './generator.ts'
import { type LoadPlan, parseLoadCommand } from './load-plan.ts'
import { isTrue, type Payload } from './payload.ts'
import { type Environment, type ProcessResult, runProcess } from './run-process.ts'
import { NeedsShellError, splitWords } from './words.ts'

/** What the caller is told. */
export interface TaskAnswer {
  /** The HTTP status: 202 for what goes on in the background, 200 or 500 for what is done. */
  readonly status: number
  readonly body: string
  /** Absent: plain text. */
  readonly contentType?: string
}

/** The payload asks for something that is no task; answered with 400. */
export class BadTaskError extends Error {
  override readonly name = 'BadTaskError'
  readonly reason = 'BadTask'
}

/** What running tasks needs. */
export interface TaskDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly policy: CommandPolicy
  readonly proxy?: URL
  /** The environment of the programs that are started. */
  readonly env: Environment
  /** How long any task may take, in milliseconds. */
  readonly timeoutMs: number
  /** How many tasks may run at once; more are refused with 429. */
  readonly maxRunning: number
  readonly onRequest?: (canary: string, status: number, latencyMs: number) => void
}

type Run = (signal: AbortSignal) => Promise<void>

/** Starts tasks, runs each background task once at a time, and ends them all on close. */
export class Tasks {
  readonly #deps: TaskDeps
  readonly #running = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(deps: TaskDeps) {
    this.#deps = deps
  }

  /** How many tasks run now. */
  get running(): number {
    return this.#running.size
  }

  /**
   * Does what the payload's metadata asks. Throws {@link BadTaskError}, TaskRefusedError, LoadCommandError or
   * NeedsShellError for what cannot be started.
   */
  start(payload: Payload): Promise<TaskAnswer> | TaskAnswer {
    const { metadata } = payload
    if (Object.keys(metadata).length === 0) throw new BadTaskError('metadata not found in payload')
    const type = metadata['type'] || 'cmd'
    const command = metadata['cmd'] ?? ''
    if (['cmd', 'bash', 'helm', 'helmv3', 'kubectl'].includes(type) && command === '') {
      throw new BadTaskError('cmd not found in metadata')
    }
    const quiet = !isTrue(metadata['returnCmdOutput'])
    if (type === 'cmd') return this.#inBackground(payload, this.#runnerOf(payload, command))
    if (type === 'bash') return this.#whileWaiting(payload, 'bash', ['bash', '-c', command], quiet)
    if (type === 'helm' || type === 'helmv3')
      return this.#whileWaiting(payload, 'helm', ['helm', ...words(command)], quiet)
    if (type === 'kubectl') return this.#whileWaiting(payload, 'kubectl', ['kubectl', ...words(command)], quiet)
    throw new BadTaskError(`unknown task type ${type}`)
  }

  /** Ends every task and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the load tester is shutting down'))
    await Promise.all(this.#running.values())
  }

  #runnerOf(payload: Payload, command: string): Run {
    const plan = planOf(command)
    if (plan) {
      checkHost(this.#deps.policy, plan.url)
      return signal => this.#makeLoad(payload, command, plan, signal)
    }
    const argv = this.#programOf(command)
    return async signal => this.#logResult(payload, command, await runProcess(argv, this.#deps.env, signal))
  }

  /** The program and its arguments; by a shell only where shells are allowed. */
  #programOf(command: string): [string, ...string[]] {
    const { policy } = this.#deps
    if (policy.allowCommands.includes('*')) return ['sh', '-c', command]
    try {
      const [program, ...args] = splitWords(command)
      if (program === undefined) throw new BadTaskError('cmd not found in metadata')
      checkProgram(policy, program)
      return [program, ...args]
    } catch (error) {
      if (error instanceof NeedsShellError)
        throw new TaskRefusedError(`${error.message}; shells may not be run (--allow-commands)`)
      throw error
    }
  }

  #inBackground(payload: Payload, run: Run): TaskAnswer {
    const { log, maxRunning } = this.#deps
    const key = `${canaryOf(payload)} ${payload.metadata['cmd']}`
    if (this.#running.has(key)) {
      log.info('command skipped, it is already running', {
        canary: canaryOf(payload),
        command: payload.metadata['cmd'],
      })
      return { status: 202, body: '' }
    }
    if (this.#running.size >= maxRunning) {
      return { status: 429, body: `${maxRunning} tasks are running already` }
    }
    const task = run(this.#signal())
      .catch(error => log.error('command failed', { canary: canaryOf(payload), error }))
      .finally(() => this.#running.delete(key))
    this.#running.set(key, task)
    return { status: 202, body: '' }
  }

  async #whileWaiting(
    payload: Payload,
    program: string,
    argv: [string, ...string[]],
    quiet: boolean,
  ): Promise<TaskAnswer> {
    checkProgram(this.#deps.policy, program)
    const command = payload.metadata['cmd'] ?? ''
    const result = await runProcess(argv, this.#deps.env, this.#signal())
    this.#logResult(payload, command, result)
    if (result.code === 0) return { status: 200, body: quiet ? '' : result.output }
    return { status: 500, body: `command ${command} failed: ${result.output}: ${exitText(result)}` }
  }

  async #makeLoad(payload: Payload, command: string, plan: LoadPlan, signal: AbortSignal): Promise<void> {
    const { clock, log, proxy, onRequest } = this.#deps
    const canary = canaryOf(payload)
    log.info('load started', { canary, command })
    const report = await generateLoad(
      plan,
      { clock, ...(proxy ? { proxy } : {}), onRequest: (status, latencyMs) => onRequest?.(canary, status, latencyMs) },
      signal,
    )
    log.info('load finished', { canary, command, ...summarise(report) })
  }

  #logResult(payload: Payload, command: string, result: ProcessResult): void {
    const fields = {
      canary: canaryOf(payload),
      command,
      ...(isTrue(payload.metadata['logCmdOutput']) ? { output: result.output } : {}),
    }
    if (result.code === 0) this.#deps.log.info('command finished', fields)
    else this.#deps.log.error('command failed', { ...fields, error: exitText(result) })
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#deps.timeoutMs)])
  }
}

/** What the generator makes of a command; undefined where it needs a program, or a shell, to run it. */
function planOf(command: string): LoadPlan | undefined {
  try {
    return parseLoadCommand(command)
  } catch (error) {
    if (error instanceof NeedsShellError) return undefined
    throw error
  }
}

function canaryOf(payload: Payload): string {
  return `${payload.name}.${payload.namespace}`
}

// As upstream: split on white space, no quoting.
function words(command: string): string[] {
  return command.split(/\s+/).filter(word => word !== '')
}

function exitText(result: ProcessResult): string {
  return result.code === undefined ? 'killed' : `exit status ${result.code}`
}

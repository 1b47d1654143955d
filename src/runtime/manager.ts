/** Runs informers, controllers and servers together, and ends them together. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { aborted } from './abort.ts'
import type { Clock } from './clock.ts'
import type { Controller } from './controller.ts'
import { withDeadline } from './deadline.ts'
import { answerHealth, type HealthCheck } from './health.ts'
import { type HttpServer, sendText, startHttpServer } from './http-server.ts'
import type { InformerSet } from './informer-set.ts'
import { type LeaderElectionOptions, runLeaderElected } from './leader-election.ts'
import type { Logger } from './log.ts'
import { type MetricRegistry, metricsContentType } from './metrics.ts'

/** Anything that runs until its signal aborts. A rejection ends the manager. */
export type Runnable = (signal: AbortSignal) => Promise<void>

/** What a manager runs. */
export interface ManagerOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly informers: readonly InformerSet[]
  /** Run by the leader alone, if there is an election. */
  readonly controllers: readonly Controller[]
  /** Run in every process, leader or not. */
  readonly runnables?: readonly Runnable[]
  /** Absent: this process leads. */
  readonly leaderElection?: Omit<LeaderElectionOptions, 'clock' | 'log'>
  /** Serves /healthz, /livez, /readyz and, with `metrics`, /metrics. Absent: no server. */
  readonly http?: { readonly host?: string; readonly port?: number }
  /** Answers other paths of that server; false where the path is not its own. */
  readonly routes?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
  readonly metrics?: MetricRegistry
  /** Beside the informers' own. */
  readonly readyChecks?: Readonly<Record<string, HealthCheck>>
  readonly liveChecks?: Readonly<Record<string, HealthCheck>>
  /** What controllers have started outside of themselves: closed when this process stops leading, while it has the Lease. */
  readonly leaderCloseables?: readonly { close(): Promise<void> }[]
  /** What is closed last, in this order: event recorders, clients. */
  readonly closeables?: readonly { close(): Promise<void> }[]
  /** How long all may take to end. Default 30,000 ms: a pod's grace period. */
  readonly shutdownTimeoutMs?: number
}

/** See {@link newManager}. */
export interface Manager {
  /** The URL of its HTTP server once {@link run} has started it. */
  url(): string | undefined
  /** Resolves when {@link url} is known; never, where there is no server. */
  listening(): Promise<string>
  /**
   * Runs until `signal` aborts, then ends all in order: controllers, informers, what was to be closed, the server.
   * Call it once.
   * @throws what ended it early, such as a lost Lease; or an Error where the end took too long
   */
  run(signal: AbortSignal): Promise<void>
}

const defaultShutdownTimeoutMs = 30_000

/** A manager that does not run yet. */
export function newManager(options: ManagerOptions): Manager {
  const { clock, log, informers, controllers, leaderElection } = options
  const listening = Promise.withResolvers<string>()
  let server: HttpServer | undefined

  const lead: Runnable = async signal => {
    const closing = aborted(signal).then(() => Promise.all((options.leaderCloseables ?? []).map(each => each.close())))
    await Promise.all(controllers.map(controller => controller.run(signal)))
    await closing
  }
  const runControllers: Runnable = signal =>
    leaderElection ? runLeaderElected({ ...leaderElection, clock, log }, lead, signal) : lead(signal)

  async function serve(): Promise<HttpServer | undefined> {
    if (!options.http) return undefined
    // Caches that come later are for some objects only: the others are worked on without them.
    const needed = informers.flatMap(set => set.all())
    const health = {
      live: { loops: () => loopProblem(controllers), ...options.liveChecks },
      ready: { informers: () => informerProblem(needed), ...options.readyChecks },
    }
    const started = await startHttpServer({
      ...options.http,
      clock,
      log,
      async handler(request, response) {
        if (await answerHealth(health, clock, request, response)) return
        const isMetrics = options.metrics && request.url?.split('?')[0] === '/metrics'
        if (isMetrics) sendText(response, 200, options.metrics?.text() ?? '', metricsContentType)
        else if (!(await options.routes?.(request, response))) sendText(response, 404, 'not found\n')
      },
    })
    listening.resolve(started.url)
    log.info('serving health and metrics', { url: started.url })
    return started
  }

  async function run(signal: AbortSignal): Promise<void> {
    server = await serve()
    const work = new AbortController()
    const cache = new AbortController()
    // Whatever ends first, by the signal or by a failure, ends the rest.
    const stop = (reason: unknown) => work.abort(reason)
    const onSignal = () => stop(signal.reason)
    if (signal.aborted) onSignal()
    signal.addEventListener('abort', onSignal, { once: true })
    const problems: unknown[] = []
    const guard = (running: Promise<void>) =>
      running.catch(error => {
        problems.push(error)
        stop(error)
      })
    const caches = informers.map(set => guard(set.run(cache.signal)))
    const workers = [runControllers, ...(options.runnables ?? [])].map(runnable => guard(runnable(work.signal)))
    await aborted(work.signal)
    log.info('shutting down')
    const ended = (async () => {
      await Promise.all(workers)
      // Reconciles under way read the caches to the end.
      cache.abort()
      await Promise.all(caches)
      for (const closeable of options.closeables ?? []) await guard(closeable.close())
    })()
    const inTime = await within(clock, options.shutdownTimeoutMs ?? defaultShutdownTimeoutMs, ended)
    signal.removeEventListener('abort', onSignal)
    cache.abort()
    await server?.close(1_000)
    if (problems.length > 0) throw problems[0]
    if (!inTime) throw new Error('shutdown took too long; what was under way was left')
  }
  return { url: () => server?.url, listening: () => listening.promise, run }
}

/** Loops of a process that does not lead do not move, and have nothing to do. */
function loopProblem(controllers: readonly Controller[]): string | undefined {
  const problems = controllers.flatMap(({ name, problem }) => {
    const what = problem()
    return what === undefined ? [] : [`${name}: ${what}`]
  })
  return problems.length > 0 ? problems.join('; ') : undefined
}

function informerProblem(needed: ReturnType<InformerSet['all']>): string | undefined {
  const waiting = needed.filter(informer => !informer.hasSynced())
  if (waiting.length === 0) return undefined
  const first = waiting[0]
  const why = first?.problem()?.message
  return `${waiting.length} not synced, first ${first?.type.plural}${why ? `: ${why}` : ''}`
}

async function within(clock: Clock, timeoutMs: number, work: Promise<void>): Promise<boolean> {
  const deadline = withDeadline(clock, timeoutMs)
  const late = aborted(deadline.signal).then(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    deadline.clear()
  }
}

/** The embedded Prometheus: scrapes, keeps samples in memory and answers PromQL over HTTP. */
import type { Clock } from '../../runtime/clock.ts'
import { startHttpServer } from '../../runtime/http-server.ts'
import { type Logger, silentLogger } from '../../runtime/log.ts'
import { type Dialect, dialectV3 } from './dialect.ts'
import { type Engine, newEngine } from './engine/engine.ts'
import { newPrometheusHandler } from './http/handler.ts'
import { startScraper } from './scrape/scraper.ts'
import type { TargetSource, TargetStatus } from './scrape/target.ts'
import { type Appender, Store } from './storage/store.ts'

/** Settings; times are in milliseconds. */
export interface PrometheusOptions {
  readonly clock: Clock
  readonly log?: Logger
  /** Absent or 0: a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** What to scrape; absent: nothing. */
  readonly targets?: TargetSource
  /** How long samples are kept; default one hour. */
  readonly retentionMs?: number
  /** Default 50,000. */
  readonly maxSeries?: number
  /** How many samples are kept, the newest ones; default 10,000,000. */
  readonly maxSamples?: number
  /** Default 1 s. */
  readonly scrapeIntervalMs?: number
  /** Default: the interval, but at least 1 s. */
  readonly scrapeTimeoutMs?: number
  /** How large a target's answer may be; default 10 MiB. */
  readonly maxBodyBytes?: number
  /** How many samples a query may load or return; default 1,000,000. */
  readonly maxQuerySamples?: number
  /** Default 30 s. */
  readonly queryTimeoutMs?: number
  /** Default: the language of Prometheus 3. */
  readonly dialect?: Dialect
  /** Prometheus's feature `promql-delayed-name-removal`; default false, as there. */
  readonly delayedNames?: boolean
}

/** A running Prometheus. */
export interface EmbeddedPrometheus {
  /** `http://HOST:PORT`, without a slash at the end. */
  readonly url: string
  /** Takes samples from parts of this process that are not scraped. */
  readonly appender: Appender
  /** Answers queries without HTTP. */
  readonly engine: Engine
  /** How the targets are. */
  targets(): readonly TargetStatus[]
  /** Stops scraping and answering; repeating it does nothing. */
  close(): Promise<void>
}

/** The port is taken. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'
  readonly reason = 'PortInUse'
  constructor(host: string, port: number, cause: unknown) {
    super(`prometheus: ${host}:${port} is in use; set another port, or 0 for a free one`, { cause })
  }
}

/** How long queries under way may take when it closes. */
const closeGraceMs = 100

/** How often what is older than the retention is dropped. */
const pruneMs = 10_000

/** Starts it. Throws {@link PortInUseError} when the port is taken. */
export async function startPrometheus(options: PrometheusOptions): Promise<EmbeddedPrometheus> {
  const { clock, log = silentLogger, host = '127.0.0.1', dialect = dialectV3 } = options
  const store = new Store({
    ...(options.retentionMs === undefined ? {} : { retentionMs: options.retentionMs }),
    ...(options.maxSeries === undefined ? {} : { maxSeries: options.maxSeries }),
    ...(options.maxSamples === undefined ? {} : { maxSamples: options.maxSamples }),
  })
  const engine = newEngine({
    clock,
    source: store,
    dialect,
    delayedNames: options.delayedNames ?? false,
    ...(options.maxQuerySamples === undefined ? {} : { maxSamples: options.maxQuerySamples }),
    ...(options.queryTimeoutMs === undefined ? {} : { timeoutMs: options.queryTimeoutMs }),
  })
  const scrapeIntervalMs = options.scrapeIntervalMs ?? 1000
  const scrapeTimeoutMs = options.scrapeTimeoutMs ?? Math.max(1000, scrapeIntervalMs)
  const scraper = startScraper({
    clock,
    log,
    appender: store,
    targets: options.targets ?? { list: () => [] },
    intervalMs: scrapeIntervalMs,
    timeoutMs: scrapeTimeoutMs,
    maxBodyBytes: options.maxBodyBytes ?? 10 * 2 ** 20,
  })
  const handler = newPrometheusHandler({
    engine,
    store,
    scraper,
    dialect,
    log,
    scrapeIntervalMs,
    scrapeTimeoutMs,
    nowMs: () => clock.now().getTime(),
    startedAt: clock.now(),
  })
  const port = options.port ?? 0
  const server = await startHttpServer({ host, port, handler, clock, log }).catch(async error => {
    await scraper.close()
    throw listenError(error, host, port)
  })
  const stopPruning = every(clock, pruneMs, () => store.prune(clock.now().getTime()))
  let closed: Promise<void> | undefined
  return {
    url: server.url,
    appender: store,
    engine,
    targets: () => scraper.statuses(),
    close() {
      closed ??= (async () => {
        stopPruning()
        await Promise.all([server.close(closeGraceMs), scraper.close()])
      })()
      return closed
    },
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  return isTaken ? new PortInUseError(host, port, error) : error
}

function every(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = () => {}
  const again = () => {
    cancel = clock.setTimer(() => {
      run()
      again()
    }, intervalMs)
  }
  again()
  return () => cancel()
}

/** Keeps one loop running for each target. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../../runtime/clock.ts'
import type { Logger } from '../../../runtime/log.ts'
import { Agent } from '../../../runtime/undici.ts'
import type { Appender } from '../storage/store.ts'
import type { MetricMetadata } from './exposition.ts'
import { ScrapeLoop } from './loop.ts'
import type { Target, TargetSource, TargetStatus } from './target.ts'

/** What a scraper works with; times are in milliseconds. */
export interface ScraperDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly appender: Appender
  readonly targets: TargetSource
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How large an answer may be. */
  readonly maxBodyBytes: number
}

/** A running scraper. */
export interface Scraper {
  /** All targets, in the source's order. */
  statuses(): readonly TargetStatus[]
  /** What targets said about their metrics. */
  metadata(): ReadonlyMap<string, MetricMetadata>
  close(): Promise<void>
}

/** How often the source is asked for its targets: a new pod is found well within one scrape interval. */
const discoveryMs = 250

/** As many metrics as metadata is kept for; beyond it new ones are not noted. */
const maxMetadata = 10_000

/** Starts scraping the targets that `deps.targets` names, each at its own offset into the interval. */
export function startScraper(deps: ScraperDeps): Scraper {
  const loops = new Map<string, ScrapeLoop>()
  const metadata = new Map<string, MetricMetadata>()
  const agent = new Agent({ keepAliveTimeout: deps.intervalMs * 3, connectTimeout: deps.timeoutMs })
  const onMetadata = (given: ReadonlyMap<string, MetricMetadata>) => {
    for (const [name, text] of given) if (metadata.has(name) || metadata.size < maxMetadata) metadata.set(name, text)
  }
  const { clock, appender, intervalMs, timeoutMs, maxBodyBytes } = deps
  const loopDeps = { clock, appender, agent, intervalMs, limits: { timeoutMs, maxBodyBytes }, onMetadata }
  let cancel = () => {}
  const stopping = new Set<Promise<void>>()
  const discover = () => {
    const wanted = new Map(deps.targets.list().map(target => [identity(target), target]))
    for (const [key, loop] of loops) {
      if (wanted.has(key)) continue
      loops.delete(key)
      const stopped = loop.stop().finally(() => stopping.delete(stopped))
      stopping.add(stopped)
      deps.log.debug('target is gone', { job: loop.target.job, url: loop.target.url })
    }
    for (const [key, target] of wanted) {
      if (loops.has(key)) continue
      const loop = new ScrapeLoop(target, loopDeps)
      loops.set(key, loop)
      loop.start(offsetOf(key, Math.min(intervalMs, maxFirstDelayMs)))
      deps.log.debug('target found', { job: target.job, url: target.url })
    }
    cancel = clock.setTimer(discover, discoveryMs)
  }
  discover()
  return {
    statuses: () => [...loops.values()].map(loop => loop.status),
    metadata: () => metadata,
    async close() {
      cancel()
      await Promise.all([...stopping, ...[...loops.values()].map(loop => loop.stop())])
      await agent.destroy()
    },
  }
}

/** A new target's first scrape comes soon, also with a long interval. */
const maxFirstDelayMs = 1000

function identity(target: Target): string {
  return JSON.stringify([target.job, target.url, Object.entries(target.labels).sort()])
}

/** A delay that spreads targets over an interval and is the same for a target each time. */
function offsetOf(key: string, intervalMs: number): number {
  return createHash('sha256').update(key).digest().readUInt32LE() % Math.max(1, intervalMs)
}

/** /api/v1/targets, /metadata and /status/*. */
import type { Dialect } from '../dialect.ts'
import type { Scraper } from '../scrape/scraper.ts'
import type { TargetStatus } from '../scrape/target.ts'
import type { Store } from '../storage/store.ts'
import { limitParameter, type Parameters } from './params.ts'

/** What the answers come from. */
export interface MetadataApiDeps {
  readonly scraper: Scraper
  readonly store: Store
  readonly dialect: Dialect
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  readonly startedAt: Date
}

/** All targets and how they are. */
export function answerTargets(deps: MetadataApiDeps, parameters: Parameters): unknown {
  const dropped = parameters.get('state') === 'dropped'
  const activeTargets = dropped ? [] : deps.scraper.statuses().map(status => targetJson(deps, status))
  return { status: 'success', data: { activeTargets, droppedTargets: [], droppedTargetCounts: {} } }
}

function targetJson(deps: MetadataApiDeps, { target, labels, ...status }: TargetStatus): unknown {
  return {
    discoveredLabels: { ...target.labels, __address__: labels['instance'] ?? '', job: target.job },
    labels,
    scrapePool: target.job,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError: status.lastError,
    lastScrape: status.lastScrapeMs === undefined ? zeroTime : new Date(status.lastScrapeMs).toISOString(),
    lastScrapeDuration: status.lastDurationMs / 1000,
    health: status.health,
    scrapeInterval: `${deps.scrapeIntervalMs}ms`,
    scrapeTimeout: `${deps.scrapeTimeoutMs}ms`,
  }
}

/** Go's zero time, which Prometheus shows before the first scrape. */
const zeroTime = '0001-01-01T00:00:00Z'

/** Types and helps by metric. */
export function answerMetadata(deps: MetadataApiDeps, parameters: Parameters): unknown {
  const only = parameters.get('metric') ?? ''
  const all = [...deps.scraper.metadata()].filter(([name]) => only === '' || name === only)
  const limit = limitParameter(parameters) ?? all.length
  return { status: 'success', data: Object.fromEntries(all.slice(0, limit).map(([name, text]) => [name, [text]])) }
}

/** Which Prometheus this speaks like. */
export function answerBuildInfo(deps: MetadataApiDeps): unknown {
  const version = deps.dialect.generation === 'v2' ? '2.42.0' : '3.0.0'
  const data = { version, revision: 'embedded', branch: 'serin', buildUser: '', buildDate: '', goVersion: '' }
  return { status: 'success', data }
}

/** Since when it runs and what it holds. */
export function answerRuntimeInfo(deps: MetadataApiDeps): unknown {
  const { store } = deps
  const data = {
    startTime: deps.startedAt.toISOString(),
    timeSeriesCount: store.seriesCount,
    sampleCount: store.sampleCount,
    storageRetention: `${store.limits.retentionMs / 1000}s`,
  }
  return { status: 'success', data }
}

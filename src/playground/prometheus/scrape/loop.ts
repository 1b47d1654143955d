/** Scrapes one target again and again. */
import type { Agent } from 'undici'
import { type Clock, machineClock } from '../../../runtime/clock.ts'
import { Labels, metricName } from '../labels.ts'
import type { SampleValue } from '../storage/series.ts'
import { type Appender, SeriesLimitError } from '../storage/store.ts'
import { type ExposedSample, type Exposition, type MetricMetadata, parseExposition, parseHead } from './exposition.ts'
import { type FetchLimits, fetchExposition } from './fetch.ts'
import { type Target, type TargetStatus, targetLabels } from './target.ts'

/** What a loop works with. */
export interface LoopDeps {
  readonly clock: Clock
  readonly appender: Appender
  readonly agent: Agent
  readonly intervalMs: number
  readonly limits: FetchLimits
  readonly onMetadata: (metadata: ReadonlyMap<string, MetricMetadata>) => void
}

/** As far ahead as Prometheus takes a target's own timestamps. */
const maxAheadMs = 600_000

/** A late timer still counts as on time, so that samples keep a regular distance. */
const toleranceMs = 20

/** The series of a scrape as the target wrote them, so that labels are parsed once and not even looked up after that. */
class KnownSeries {
  readonly heads: readonly string[]
  readonly labels: readonly Labels[]
  /** Which of them come with a timestamp. */
  readonly #timed: readonly boolean[]

  constructor(samples: readonly ExposedSample[], labels: readonly Labels[]) {
    this.heads = samples.map(sample => sample.head)
    this.labels = labels
    this.#timed = samples.map(sample => sample.atMs !== undefined)
  }

  /** Whether a scrape has the same series in the same order, as nearly all have. */
  matches(samples: readonly ExposedSample[]): boolean {
    if (samples.length !== this.heads.length) return false
    return samples.every(({ head, atMs }, i) => head === this.heads[i] && (atMs !== undefined) === this.#timed[i])
  }
}

/** One target's loop, from {@link start} to {@link stop}. */
export class ScrapeLoop {
  readonly target: Target
  readonly #deps: LoopDeps
  readonly #labels: Readonly<Record<string, string>>
  readonly #stopped = new AbortController()
  #known = new KnownSeries([], [])
  /** Series of the last scrape, by identity. */
  #current = new Map<string, Labels>()
  #status: Omit<TargetStatus, 'target' | 'labels'> = { health: 'unknown', lastError: '', lastDurationMs: 0 }
  #cancelTimer: () => void = () => {}
  #running: Promise<void> = Promise.resolve()

  constructor(target: Target, deps: LoopDeps) {
    this.target = target
    this.#deps = deps
    this.#labels = targetLabels(target)
  }

  get status(): TargetStatus {
    return { target: this.target, labels: this.#labels, ...this.#status }
  }

  /** Scrapes for the first time after `delayMs`, then each interval. */
  start(delayMs: number): void {
    this.#schedule(this.#deps.clock.now().getTime() + delayMs)
  }

  /** Ends the loop; its series are marked stale. Resolves when a scrape under way has ended. */
  async stop(): Promise<void> {
    this.#cancelTimer()
    this.#stopped.abort(new Error('the target is gone'))
    await this.#running
    const { lastScrapeMs } = this.#status
    if (lastScrapeMs === undefined) return
    const atMs = Math.max(this.#deps.clock.now().getTime(), lastScrapeMs + 1)
    this.#markGone(new Map(), atMs)
    for (const name of reportNames) this.#report(name, atMs, 'stale')
  }

  #schedule(dueMs: number): void {
    const { clock, intervalMs } = this.#deps
    const delayMs = Math.max(0, dueMs - clock.now().getTime())
    this.#cancelTimer = clock.setTimer(() => {
      const nowMs = clock.now().getTime()
      const atMs = Math.abs(nowMs - dueMs) <= toleranceMs ? dueMs : nowMs
      this.#running = this.#scrape(Math.trunc(atMs)).then(() => {
        if (this.#stopped.signal.aborted) return
        // Missed turns are left out rather than made up for.
        const behind = Math.max(0, clock.now().getTime() - dueMs)
        this.#schedule(dueMs + (Math.floor(behind / intervalMs) + 1) * intervalMs)
      })
    }, delayMs)
  }

  async #scrape(atMs: number): Promise<void> {
    const { clock } = this.#deps
    const startedMs = clock.monotonicMs()
    let exposition: Exposition | undefined
    let lastError = ''
    try {
      const { text, contentType } = await this.#fetch()
      exposition = parseExposition(text, contentType)
      this.#store(exposition, atMs)
      this.#deps.onMetadata(exposition.metadata)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      lastError = error instanceof Error ? error.message : String(error)
      exposition = undefined
      this.#known = new KnownSeries([], [])
      this.#markGone(new Map(), atMs)
    }
    const lastDurationMs = clock.monotonicMs() - startedMs
    this.#status = { health: exposition ? 'up' : 'down', lastError, lastScrapeMs: atMs, lastDurationMs }
    this.#report('up', atMs, exposition ? 1 : 0)
    this.#report('scrape_duration_seconds', atMs, lastDurationMs / 1000)
    this.#report('scrape_samples_scraped', atMs, exposition?.samples.length ?? 0)
  }

  async #fetch(): Promise<{ text: string; contentType: string }> {
    const { clock, agent, limits } = this.#deps
    const late = new AbortController()
    const cancel = machineClock(clock).setTimer(() => {
      late.abort(new Error(`the scrape took longer than ${limits.timeoutMs} ms (scrapeTimeoutMs)`))
    }, limits.timeoutMs)
    try {
      const signal = AbortSignal.any([late.signal, this.#stopped.signal])
      return await fetchExposition(this.target, agent, limits, signal)
    } finally {
      cancel()
    }
  }

  /** Stores a scrape whole: label errors come before the first sample. */
  #store({ samples }: Exposition, atMs: number): void {
    const before = this.#known
    const known = this.#known.matches(samples) ? this.#known : this.#learned(samples)
    const current = new Map<string, Labels>()
    for (const [i, sample] of samples.entries()) {
      const labels = known.labels[i] as Labels // one for each sample
      // A time far ahead would keep all later samples of its series out.
      if (sample.atMs !== undefined && sample.atMs > atMs + maxAheadMs) continue
      this.#deps.appender.append(labels, sample.atMs ?? atMs, sample.value)
      // A series with timestamps of its own ends when they do, not with a scrape.
      if (known !== before && sample.atMs === undefined) current.set(labels.key, labels)
    }
    this.#known = known
    if (known !== before) this.#markGone(current, atMs)
  }

  #learned(samples: readonly ExposedSample[]): KnownSeries {
    const byHead = new Map(this.#known.heads.map((head, i) => [head, this.#known.labels[i]]))
    const labels = samples.map(({ head }) => byHead.get(head) ?? this.#merged(head))
    return new KnownSeries(samples, labels)
  }

  /** Marks the series that were in the last scrape and are not in this one. */
  #markGone(current: Map<string, Labels>, atMs: number): void {
    for (const [key, labels] of this.#current) {
      if (!current.has(key)) this.#tryAppend(labels, atMs, 'stale')
    }
    this.#current = current
  }

  /** The labels of a sample under its target's: a label that both have keeps the target's value. */
  #merged(head: string): Labels {
    const own = parseHead(head).map(([name, value]) => {
      const conflicts = name !== metricName && Object.hasOwn(this.#labels, name) && value !== ''
      return [conflicts ? `exported_${name}` : name, value] as const
    })
    return Labels.of([...own, ...Object.entries(this.#labels)])
  }

  #report(name: string, atMs: number, value: SampleValue): void {
    this.#tryAppend(Labels.from({ ...this.#labels, [metricName]: name }), atMs, value)
  }

  /** For what the loop itself adds: a store that is full must not end the loop, and the scrape tells of it already. */
  #tryAppend(labels: Labels, atMs: number, value: SampleValue): void {
    try {
      this.#deps.appender.append(labels, atMs, value)
    } catch (error) {
      if (!(error instanceof SeriesLimitError)) throw error
      this.#status = { ...this.#status, lastError: error.message }
    }
  }
}

const reportNames = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped']

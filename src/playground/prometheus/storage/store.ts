/** All series in memory: an index by label, a retention and two bounds. */
import { compareLabels, type Labels } from '../labels.ts'
import { getOrCreate } from '../maps.ts'
import { type Matcher, matchesEmpty } from '../matcher.ts'
import { type Appended, MemorySeries, type SampleValue } from './series.ts'

/** Bounds of a store. */
export interface StoreLimits {
  /** How long samples are kept, in milliseconds. */
  readonly retentionMs: number
  /** How many series may exist at once. */
  readonly maxSeries: number
  /** How many samples are kept; beyond it the oldest go first. */
  readonly maxSamples: number
}

/** One hour, 50,000 series and 10 million samples: at most 120 MB of samples. */
export const defaultLimits: StoreLimits = { retentionMs: 3_600_000, maxSeries: 50_000, maxSamples: 10_000_000 }

/** The store refuses another series. */
export class SeriesLimitError extends Error {
  override readonly name = 'SeriesLimitError'
  readonly reason = 'SeriesLimit'
  constructor(maxSeries: number) {
    super(`the store holds ${maxSeries} series, as many as maxSeries allows`)
  }
}

/** Where samples go in: for scrapes, and for parts of the same process that count without being scraped. */
export interface Appender {
  /** Stores a sample; samples of one series come in order of time. Throws {@link SeriesLimitError}. */
  append(labels: Labels, atMs: number, value: SampleValue): Appended
}

/** Series by label set; see {@link StoreLimits} for what it keeps. */
export class Store implements Appender {
  readonly limits: StoreLimits
  readonly #series = new Map<string, MemorySeries>()
  readonly #postings = new Map<string, Map<string, Set<MemorySeries>>>()
  #samples = 0
  #evicted = 0

  constructor(limits: Partial<StoreLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits }
  }

  get seriesCount(): number {
    return this.#series.size
  }

  get sampleCount(): number {
    return this.#samples
  }

  /** How many samples went before the end of their retention because of maxSamples. */
  get evictedSamples(): number {
    return this.#evicted
  }

  append(labels: Labels, atMs: number, value: SampleValue): Appended {
    const series = this.#series.get(labels.key) ?? this.#add(labels)
    const result = series.append(atMs, value)
    if (result === 'stored') this.#samples++
    return result
  }

  /** The series that satisfy all matchers, sorted by their labels. */
  select(matchers: readonly Matcher[]): MemorySeries[] {
    const found: MemorySeries[] = []
    for (const series of this.#candidates(matchers)) {
      if (matchers.every(matcher => matcher.matches(series.labels.get(matcher.name)))) found.push(series)
    }
    return found.sort((a, b) => compareLabels(a.labels, b.labels))
  }

  /** Drops what is older than the retention, then the oldest samples beyond maxSamples. */
  prune(nowMs: number): void {
    this.#dropBefore(nowMs - this.limits.retentionMs)
    let windowMs = this.limits.retentionMs
    while (this.#samples > this.limits.maxSamples && windowMs > 1) {
      windowMs *= 0.9
      this.#evicted += this.#dropBefore(nowMs - windowMs)
    }
  }

  #dropBefore(beforeMs: number): number {
    let dropped = 0
    for (const series of this.#series.values()) {
      if (series.firstMs >= beforeMs) continue
      dropped += series.dropBefore(beforeMs)
      if (series.isEmpty) this.#remove(series)
    }
    this.#samples -= dropped
    return dropped
  }

  /** The smallest set of series that an equality or an alternative of the index narrows the search to. */
  #candidates(matchers: readonly Matcher[]): Iterable<MemorySeries> {
    let best: ReadonlySet<MemorySeries> | undefined
    for (const matcher of matchers) {
      if (matcher.op !== '=' || matchesEmpty(matcher)) continue
      const series = this.#postings.get(matcher.name)?.get(matcher.value)
      if (!series) return []
      if (!best || series.size < best.size) best = series
    }
    return best ?? this.#series.values()
  }

  #add(labels: Labels): MemorySeries {
    if (this.#series.size >= this.limits.maxSeries) throw new SeriesLimitError(this.limits.maxSeries)
    const series = new MemorySeries(labels)
    this.#series.set(labels.key, series)
    for (const [name, value] of labels.pairs) {
      const values = getOrCreate(this.#postings, name, () => new Map<string, Set<MemorySeries>>())
      getOrCreate(values, value, () => new Set<MemorySeries>()).add(series)
    }
    return series
  }

  #remove(series: MemorySeries): void {
    this.#series.delete(series.labels.key)
    for (const [name, value] of series.labels.pairs) {
      const values = this.#postings.get(name)
      const posting = values?.get(value)
      posting?.delete(series)
      if (posting?.size === 0) values?.delete(value)
      if (values?.size === 0) this.#postings.delete(name)
    }
  }
}

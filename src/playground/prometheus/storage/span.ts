/** What a rate needs to know of the samples in a range, without holding them. */
import type { Points } from './window.ts'

/** The first and the last sample of a run, and what a counter lost in between. */
export class Span {
  count = 0
  firstMs = Number.NaN
  first = Number.NaN
  lastMs = Number.NaN
  last = Number.NaN
  /** The sum of what the counter showed before each time that it started anew. */
  lost = 0

  /** Adds a later sample. */
  add(atMs: number, value: number): void {
    this.addRun({ count: 1, firstMs: atMs, first: value, lastMs: atMs, last: value, lost: 0 })
  }

  /** Adds a run of later samples. */
  addRun(run: Readonly<Pick<Span, 'count' | 'firstMs' | 'first' | 'lastMs' | 'last' | 'lost'>>): void {
    if (run.count === 0) return
    if (this.count === 0) {
      this.firstMs = run.firstMs
      this.first = run.first
    } else if (run.first < this.last) {
      this.lost += this.last
    }
    this.count += run.count
    this.lost += run.lost
    this.lastMs = run.lastMs
    this.last = run.last
  }
}

/** The span of samples that are held. */
export function spanOf({ length, times, values }: Points): Span {
  const span = new Span()
  for (let i = 0; i < length; i++) span.add(times[i] ?? Number.NaN, values[i] ?? Number.NaN)
  return span
}

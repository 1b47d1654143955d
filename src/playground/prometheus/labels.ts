/** A series' identity: sorted name-value pairs, compared by their canonical key. */
import { goQuote } from './promql/text.ts'

/** The label that holds the metric's name. */
export const metricName = '__name__'

/** The name and what describes the metric: all that goes when an operation changes what a value means. */
const metadataLabels: ReadonlySet<string> = new Set([metricName, '__type__', '__unit__'])

/** One label. */
export type Label = readonly [name: string, value: string]

// Lone surrogates cannot come out of UTF-8 text, so no label can contain them.
const nameEnd = '\ud800'
const pairEnd = '\ud801'

/** An immutable label set. A label with an empty value is the same as no label (Prometheus's data model). */
export class Labels {
  /** Sorted by name, without empty values. */
  readonly pairs: readonly Label[]
  /** Equal for equal sets only. */
  readonly key: string
  #nameless: Labels | undefined

  private constructor(pairs: readonly Label[]) {
    this.pairs = pairs
    let key = ''
    for (const [name, value] of pairs) key += name + nameEnd + value + pairEnd
    this.key = key
  }

  /** The set of `pairs`; of pairs with the same name the last one counts. */
  static of(pairs: Iterable<Label>): Labels {
    const byName = new Map<string, string>()
    for (const [name, value] of pairs) byName.set(name, value)
    const sorted = [...byName].filter(([, value]) => value !== '')
    sorted.sort(([a], [b]) => (a < b ? -1 : 1))
    return sorted.length === 0 ? noLabels : new Labels(sorted)
  }

  /** {@link of} for a plain object. */
  static from(record: Readonly<Record<string, string>>): Labels {
    return Labels.of(Object.entries(record))
  }

  /** The set without any label. */
  static empty(): Labels {
    return new Labels([])
  }

  /** The label's value, or '' when it is absent. */
  get(name: string): string {
    for (const pair of this.pairs) if (pair[0] === name) return pair[1]
    return ''
  }

  /** Only the named labels. */
  keep(names: ReadonlySet<string>): Labels {
    return this.#filtered(([name]) => names.has(name))
  }

  /** All but the named labels. */
  drop(names: ReadonlySet<string>): Labels {
    return this.#filtered(([name]) => !names.has(name))
  }

  /** All but the metric's name, and the type and unit that belong to it. */
  get nameless(): Labels {
    this.#nameless ??= this.drop(metadataLabels)
    return this.#nameless
  }

  /** With one label set, or removed when `value` is empty. */
  with(name: string, value: string): Labels {
    return this.get(name) === value ? this : Labels.of([...this.pairs, [name, value]])
  }

  /** As a plain object, in the API's form. */
  toObject(): Record<string, string> {
    return Object.fromEntries(this.pairs)
  }

  /** As Prometheus writes label sets in messages: `{__name__="up", job="a"}`. */
  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${name}=${goQuote(value)}`).join(', ')}}`
  }

  #filtered(keep: (label: Label) => boolean): Labels {
    const kept = this.pairs.filter(keep)
    if (kept.length === this.pairs.length) return this
    return kept.length === 0 ? noLabels : new Labels(kept)
  }
}

const noLabels = Labels.empty()

/** Orders label sets as Prometheus does: pair by pair, the shorter one first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.pairs.length, b.pairs.length)
  for (let i = 0; i < shared; i++) {
    const [nameA, valueA] = a.pairs[i] as Label // i is below both lengths
    const [nameB, valueB] = b.pairs[i] as Label
    if (nameA !== nameB) return nameA < nameB ? -1 : 1
    if (valueA !== valueB) return valueA < valueB ? -1 : 1
  }
  return a.pairs.length - b.pairs.length
}

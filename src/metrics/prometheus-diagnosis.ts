/** Why a query of Prometheus has no value: nobody called, samples are old or few, or no such series exists. */
import type { QueryResult } from './provider.ts'

/** One series of a vector. */
export interface VectorSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

type NoData = Extract<QueryResult, { kind: 'noData' }>

/** A series selector of a query: a name and its matchers as they stand there. */
interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
  /** The range in brackets after it, such as `1m`. */
  readonly window?: string
}

interface Matcher {
  readonly label: string
  readonly text: string
}

/** How far back samples that are too old for a query are looked for. */
const staleRange = '1h'
/** A name and how it differs help; a list of all does not. */
const maxShown = 3
/** Each costs a query. */
const maxMatchers = 8
const maxSelectors = 4

/** Gives the series of a query; undefined where it was not answered, which says nothing about the series. */
export type AskSeries = (query: string) => Promise<readonly VectorSeries[] | undefined>

const unknown: NoData = { kind: 'noData', reason: 'unknown', detail: '' }

/**
 * Looks for the series of the query's selectors. `gaveNaN`: the answer was that, which a quotient of nothing gives; else it
 * was empty. The reason is unknown where a question was not answered.
 */
export async function whyNoData(query: string, gaveNaN: boolean, ask: AskSeries): Promise<NoData> {
  let isAnswered = true
  const found = await whatIsThere(selectorsOf(query).slice(0, maxSelectors), gaveNaN, async text => {
    if (!isAnswered) return []
    const series = await ask(text)
    isAnswered = series !== undefined
    return series ?? []
  })
  return isAnswered ? found : unknown
}

type AskKnown = (query: string) => Promise<readonly VectorSeries[]>

async function whatIsThere(selectors: readonly Selector[], gaveNaN: boolean, ask: AskKnown): Promise<NoData> {
  const [first] = selectors
  if (!first) return unknown
  const count = async (text: string) => (await ask(`count(${text})`))[0]?.value ?? 0
  for (const selector of selectors) {
    const text = textOf(selector)
    if ((await count(text)) > 0) continue
    if ((await count(`last_over_time(${text}[${staleRange}])`)) > 0) {
      return { kind: 'noData', reason: 'stale', detail: `the newest sample of ${text} is too old` }
    }
    return { kind: 'noData', reason: 'noSuchSeries', detail: await whatDiffers(selector, ask) }
  }
  if (gaveNaN) return { kind: 'noData', reason: 'noTraffic', detail: `no requests in ${textOf(first)}` }
  for (const selector of selectors) {
    const { window } = selector
    const text = textOf(selector)
    if (!window || (await count(`count_over_time(${text}[${window}]) > 1`)) > 0) continue
    const why = 'the interval is too short for how often it is scraped, or the canary is too young'
    return { kind: 'noData', reason: 'fewSamples', detail: `${text} has fewer than two samples in ${window}: ${why}` }
  }
  return { ...unknown, detail: 'the query gives nothing, although there are series of each metric' }
}

/** The label without whose matcher there would be series, and the values that it has. */
async function whatDiffers(selector: Selector, ask: AskKnown): Promise<string> {
  const { metric, matchers } = selector
  for (const matcher of matchers.slice(0, maxMatchers)) {
    const others = textOf({ metric, matchers: matchers.filter(other => other !== matcher) })
    const found = await ask(`count(${others}) by (${matcher.label})`)
    const values = found.map(({ labels }) => JSON.stringify(labels[matcher.label] ?? ''))
    if (values.length > 0) {
      const shown = values.slice(0, maxShown).join(', ') + (values.length > maxShown ? ', ...' : '')
      return `no series ${metric} with ${matcher.text}; ${matcher.label} is ${shown}`
    }
  }
  const all = await ask(`count(${metric})`)
  return all.length > 0 ? `no series ${textOf(selector)}` : `no series of metric ${metric}`
}

function textOf({ metric, matchers }: Selector): string {
  return matchers.length > 0 ? `${metric}{${matchers.map(matcher => matcher.text).join(', ')}}` : metric
}

/** Selectors with braces, each once: those are all that built-in queries and templates have. */
function selectorsOf(query: string): readonly Selector[] {
  const selector = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}(?:\s*\[\s*(\w+)\s*\])?/g
  const all = [...query.matchAll(selector)].map(
    ([, metric = '', inside = '', window]): Selector => ({
      metric,
      matchers: [...inside.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")/g)].map(
        ([, label = '', operator = '', value = '']) => ({ label, text: `${label}${operator}${value}` }),
      ),
      ...(window ? { window } : {}),
    }),
  )
  return all.filter((one, i) => all.findIndex(other => textOf(other) === textOf(one)) === i)
}

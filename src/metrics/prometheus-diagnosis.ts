/** Why a query of Prometheus has no value: nobody called, the samples are old, or no such series exists. */
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

/** Gives the series of a query; undefined where it was not answered, which says nothing about the series. */
export type AskSeries = (query: string) => Promise<readonly VectorSeries[] | undefined>

const unknown: NoData = { kind: 'noData', reason: 'unknown', detail: '' }

/** Looks for the series of the query's first selector. The reason is unknown where a question was not answered. */
export async function whyNoData(query: string, ask: AskSeries): Promise<NoData> {
  const selector = selectorsOf(query)[0]
  if (!selector) return unknown
  let isAnswered = true
  const found = await whatIsThere(selector, async text => {
    if (!isAnswered) return []
    const series = await ask(text)
    isAnswered = series !== undefined
    return series ?? []
  })
  return isAnswered ? found : unknown
}

type AskKnown = (query: string) => Promise<readonly VectorSeries[]>

async function whatIsThere(selector: Selector, ask: AskKnown): Promise<NoData> {
  const count = async (text: string) => (await ask(`count(${text})`))[0]?.value ?? 0
  const text = textOf(selector)
  if ((await count(text)) > 0) return { kind: 'noData', reason: 'noTraffic', detail: `no requests in ${text}` }
  if ((await count(`last_over_time(${text}[${staleRange}])`)) > 0) {
    return { kind: 'noData', reason: 'stale', detail: `the newest sample of ${text} is too old` }
  }
  return { kind: 'noData', reason: 'noSuchSeries', detail: await whatDiffers(selector, ask) }
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

/** Selectors with braces: those are all that built-in queries and templates have. */
function selectorsOf(query: string): readonly Selector[] {
  const selector = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}/g
  return [...query.matchAll(selector)].map(([, metric = '', inside = '']) => ({
    metric,
    matchers: [...inside.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")/g)].map(
      ([, label = '', operator = '', value = '']) => ({ label, text: `${label}${operator}${value}` }),
    ),
  }))
}

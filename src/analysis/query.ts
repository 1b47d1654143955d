/** From a measurement to the query that is sent. */

import { type BuiltinQueries, builtinQueries, type QuerySide, sideQueries } from './builtin-queries.ts'
import type { CheckKind, MetricCheck } from './check.ts'
import { observerOf } from './observer.ts'
import { renderTemplate } from './template.ts'

/** What queries are made for; see the variables of upstream's templates. */
export interface QueryNames {
  /** The Canary's name. */
  readonly name: string
  readonly namespace: string
  readonly target: string
  readonly service: string
  readonly ingress: string
  readonly route: string
}

/** A query, or why there is none. */
export type RenderedQuery =
  /** `unitMs`: durations are the value times this, cut to whole milliseconds. */
  { readonly query: string; readonly unitMs: number } | { readonly problem: string }

/** A built-in query of the provider named by `metricsProvider`. */
export function builtinQuery(
  kind: 'success-rate' | 'duration',
  metric: MetricCheck,
  names: QueryNames,
  metricsProvider: string,
): RenderedQuery {
  return fromTable(builtinQueries, kind, metric, names, metricsProvider)
}

/** The same for a chart, which shows either side, and the rate of requests. */
export function chartQuery(
  kind: 'success-rate' | 'duration' | 'request-rate',
  side: QuerySide,
  interval: string,
  names: QueryNames,
  metricsProvider: string,
): RenderedQuery {
  return fromTable(sideQueries(side), kind, { interval, templateVariables: {} }, names, metricsProvider)
}

function fromTable(
  table: ReturnType<typeof sideQueries>,
  kind: keyof typeof templates,
  metric: Pick<MetricCheck, 'interval' | 'templateVariables'>,
  names: QueryNames,
  metricsProvider: string,
): RenderedQuery {
  const observer = observerOf(metricsProvider)
  const queries = table[observer]
  const given = observer === 'skipper' ? asWords(names) : names
  return rendered(templates[kind](queries), metric, given, kind === 'duration' ? queries.durationUnitMs : 1)
}

const templates = {
  'success-rate': (queries: BuiltinQueries) => queries.successRate,
  duration: (queries: BuiltinQueries) => queries.duration,
  'request-rate': (queries: BuiltinQueries) => queries.requestRate,
} as const

/** An in-line query, or that of a MetricTemplate. */
export function ownQuery(template: string, metric: MetricCheck, names: QueryNames): RenderedQuery {
  return rendered(template, metric, names, 1)
}

/** The value that a verdict is passed on: what was measured, in percent, milliseconds, or as it is. */
export function measuredValue(kind: CheckKind, value: number, unitMs: number): number {
  return kind === 'duration' ? Math.trunc(value * unitMs) : value
}

/** Runs of white space mean nothing to Prometheus and Graphite; other providers get the text as it is. */
export function onOneLine(query: string): string {
  return query.replace(/\s+/g, ' ')
}

/** As for queries in a Canary; those of MetricTemplates come without having been checked. */
const maxTemplateLength = 16_384

function rendered(
  template: string,
  metric: Pick<MetricCheck, 'interval' | 'templateVariables'>,
  names: QueryNames,
  unitMs: number,
): RenderedQuery {
  if (template.length > maxTemplateLength)
    return { problem: `the query is longer than ${maxTemplateLength} characters` }
  const result = renderTemplate(template, { ...names, interval: metric.interval, variables: metric.templateVariables })
  return 'problem' in result ? result : { query: result.text, unitMs }
}

/** Skipper's route names have `_` for everything that is no letter, digit or `_`. */
function asWords(names: QueryNames): QueryNames {
  const word = (text: string) => text.replace(/[^0-9A-Za-z_]/g, '_')
  return {
    ...names,
    name: word(names.name),
    namespace: word(names.namespace),
    target: word(names.target),
    service: word(names.service),
    ingress: word(names.ingress),
  }
}

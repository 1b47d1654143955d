/** Results of queries in the API's JSON. */
import type { QueryResult } from '../engine/engine.ts'
import type { QueryValue } from '../engine/values.ts'
import { formatValue } from '../promql/text.ts'

/** A time in seconds and a value as text: JSON has no NaN and no Inf. */
type Point = readonly [seconds: number, value: string]

function point(atMs: number, value: number): Point {
  return [atMs / 1000, formatValue(value)]
}

/** `data` of a query's answer. */
export function queryData(value: QueryValue): unknown {
  switch (value.type) {
    case 'scalar':
      return { resultType: 'scalar', result: point(value.atMs, value.value) }
    case 'string':
      return { resultType: 'string', result: [value.atMs / 1000, value.value] }
    case 'vector':
      return {
        resultType: 'vector',
        result: value.samples.map(sample => ({
          metric: sample.labels.toObject(),
          value: point(value.atMs, sample.value),
        })),
      }
    case 'matrix':
      return {
        resultType: 'matrix',
        result: value.series.map(({ labels, points }) => ({
          metric: labels.toObject(),
          values: Array.from({ length: points.length }, (_, i) =>
            point(points.times[i] ?? Number.NaN, points.values[i] ?? Number.NaN),
          ),
        })),
      }
  }
}

/** The whole answer of a query. */
export function queryAnswer({ value, warnings, infos }: QueryResult): unknown {
  return {
    status: 'success',
    data: queryData(value),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(infos.length > 0 ? { infos } : {}),
  }
}

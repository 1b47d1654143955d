/** Whether two answers of the API are the same. */
import { Labels } from '../../src/playground/prometheus/labels.ts'

/** An answer of /api/v1/query or /query_range. */
export interface Answer {
  readonly status: 'success' | 'error'
  readonly errorType?: string
  readonly error?: string
  readonly data?: { readonly resultType: string; readonly result: unknown }
}

interface Row {
  readonly metric: Record<string, string>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

/** The largest relative difference that counts as equal. */
const tolerance = 1e-9

/** What differs, in words; undefined when the answers are the same. */
export function difference(ours: Answer, theirs: Answer, ordered: boolean): string | undefined {
  if (ours.status === 'error' || theirs.status === 'error') return errorDifference(ours, theirs)
  if (ours.data?.resultType !== theirs.data?.resultType) {
    return `a ${ours.data?.resultType} instead of a ${theirs.data?.resultType}`
  }
  if (ours.data?.resultType === 'scalar') {
    const [mine, other] = [ours.data.result, theirs.data?.result] as [[number, string], [number, string]]
    return close(mine[1], other[1]) ? undefined : `${mine[1]} instead of ${other[1]}`
  }
  return rowsDifference(ours.data?.result as Row[], theirs.data?.result as Row[], ordered)
}

function errorDifference(ours: Answer, theirs: Answer): string | undefined {
  const [mine, other] = [outcome(ours), outcome(theirs)]
  return mine === other ? undefined : `${mine} instead of ${other}`
}

/** Messages are compared too, but for what a parser says about a text that is no query. */
function outcome({ status, errorType, error = '' }: Answer): string {
  if (status === 'success') return status
  const isSyntax = /unexpected|unclosed|unterminated|no expression/.test(error)
  return `${errorType}: ${isSyntax ? 'syntax' : generationless(error)}`
}

/** A message without what changed from one generation of Prometheus to the next, or what depends on a map's order. */
function generationless(error: string): string {
  return error
    .replace('invalid parameter "query": ', '')
    .replace('Scalar value NaN overflows int64', 'Parameter value is NaN')
    .replace(/(?<=found duplicate series for the match group ).*(?=;many-to-many)/, '...')
}

function rowsDifference(ours: readonly Row[], theirs: readonly Row[], ordered: boolean): string | undefined {
  const keys = (rows: readonly Row[]) => rows.map(row => Labels.from(row.metric).toString())
  const [mine, other] = [keys(ours), keys(theirs)]
  const listed = (list: readonly string[]) => (ordered ? list : list.toSorted()).join(' ')
  if (listed(mine) !== listed(other)) return `series ${listed(mine)} instead of ${listed(other)}`
  const byKey = new Map(theirs.map((row, i) => [other[i], row]))
  for (const [i, row] of ours.entries()) {
    const problem = pointsDifference(pointsOf(row), pointsOf(byKey.get(mine[i])))
    if (problem !== undefined) return `${mine[i]}: ${problem}`
  }
  return undefined
}

function pointsOf(row: Row | undefined): readonly (readonly [number, string])[] {
  return row?.values ?? (row?.value ? [row.value] : [])
}

function pointsDifference(
  ours: readonly (readonly [number, string])[],
  theirs: readonly (readonly [number, string])[],
): string | undefined {
  const other = new Map(theirs)
  if (ours.length !== theirs.length) return `${ours.length} points instead of ${theirs.length}`
  for (const [at, value] of ours) {
    const wanted = other.get(at)
    if (wanted === undefined || !close(value, wanted)) return `${value} instead of ${wanted} at ${at}`
  }
  return undefined
}

function close(ours: string, theirs: string): boolean {
  if (ours === theirs) return true
  const [a, b] = [Number(ours), Number(theirs)]
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))
}

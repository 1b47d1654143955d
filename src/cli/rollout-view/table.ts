/**
 * Rollouts as text: a table for wide terminals, two lines each for narrow ones, one line a change for logs; where there
 * are several workloads, each is named. Pure.
 */
import type { RolloutRow } from './row.ts'

/** How to draw. */
export interface TableStyle {
  /** Columns of the terminal. */
  readonly width: number
  readonly colour: boolean
}

// Below this the table does not fit.
const tableWidth = 72
const barWidth = 10

/** All rows, without a newline at the end of a line. No line is wider than the terminal. */
export function tableOf(rows: readonly RolloutRow[], style: TableStyle): readonly string[] {
  const workloads = [...Map.groupBy(rows, ({ workload }) => workload)]
  const named = ([workload, of]: (typeof workloads)[number], linesOf: (row: RolloutRow) => readonly string[]) => {
    const heading = paintAs(cut(workload, style.width).trimEnd(), '1', style)
    return [...(workloads.length > 1 ? [heading] : []), ...of.flatMap(linesOf)]
  }
  if (style.width < tableWidth) return workloads.flatMap(each => named(each, row => narrow(row, style)))
  const nameWidth = Math.min(Math.max(7, ...rows.map(row => row.cluster.length)), style.width - tableWidth + 15)
  const header = cells(nameWidth, 'CLUSTER', 'PHASE', 'CANARY', 'FAILED', 'SUCCESS', 'P99').join(' ')
  const body = workloads.flatMap(each => named(each, row => [wide(row, nameWidth, style)]))
  return [paintAs(header, '2', style), ...body]
}

/** One of `rows` as one line of a log. */
export function logLineOf(row: RolloutRow, rows: readonly RolloutRow[]): string {
  const isAlone = rows.every(({ workload }) => workload === row.workload)
  const parts = [row.phase, `weight ${row.weight}%`, `failed checks ${failed(row)}`]
  if (row.successPercent !== undefined) parts.push(`success ${success(row)}`)
  if (row.latencyMs !== undefined) parts.push(`p99 ${latency(row)}`)
  return `${row.cluster}${isAlone ? '' : ` ${row.workload}`}: ${parts.join(', ')}`
}

function cells(
  nameWidth: number,
  cluster: string,
  phase: string,
  bar: string,
  checks: string,
  ok: string,
  slow: string,
) {
  return [
    cut(cluster, nameWidth),
    cut(phase, 16),
    bar.padEnd(barWidth + 5),
    checks.padEnd(6),
    ok.padStart(7),
    slow.padStart(8),
  ]
}

function wide(row: RolloutRow, nameWidth: number, style: TableStyle): string {
  const bar = `${barOf(row.weight)} ${String(row.weight).padStart(3)}%`
  const [cluster, phase = '', ...rest] = cells(
    nameWidth,
    row.cluster,
    row.phase,
    bar,
    failed(row),
    success(row),
    latency(row),
  )
  return [cluster, paint(phase, row.phase, style), ...rest].join(' ')
}

function narrow(row: RolloutRow, style: TableStyle): string[] {
  const name = cut(row.cluster, Math.max(8, style.width - 18)).trimEnd()
  const phase = row.phase.slice(0, Math.max(0, style.width - name.length - 1))
  const details = `  ${row.weight}% failed ${failed(row)} ok ${success(row)} p99 ${latency(row)}`
  return [`${name} ${paint(phase, row.phase, style)}`, details.slice(0, style.width)]
}

const failed = (row: RolloutRow) => `${row.failedChecks}/${row.threshold}`
const success = ({ successPercent }: RolloutRow) =>
  successPercent === undefined ? '-' : `${successPercent.toFixed(1)}%`
const latency = ({ latencyMs }: RolloutRow) => (latencyMs === undefined ? '-' : `${Math.round(latencyMs)} ms`)

function barOf(percent: number): string {
  const filled = Math.round((percent / 100) * barWidth)
  return '#'.repeat(filled) + '.'.repeat(barWidth - filled)
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}~` : text.padEnd(width)
}

const colours: Readonly<Record<string, string>> = {
  Succeeded: '32',
  Initialized: '32',
  Failed: '31',
  Progressing: '36',
}

function paint(text: string, phase: string, style: TableStyle): string {
  return paintAs(text, colours[phase] ?? '33', style)
}

function paintAs(text: string, code: string, { colour }: TableStyle): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text
}

/** Rollouts as text: a table for wide terminals, two lines each for narrow ones, one line a change for logs. Pure. */
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
  const lines = style.width < tableWidth ? rows.flatMap(row => narrow(row, style)) : wide(rows, style)
  return lines
}

/** One row as one line of a log. */
export function logLineOf(row: RolloutRow): string {
  const parts = [row.phase, `weight ${row.weight}%`, `failed checks ${failed(row)}`]
  if (row.successPercent !== undefined) parts.push(`success ${success(row)}`)
  if (row.latencyMs !== undefined) parts.push(`p99 ${latency(row)}`)
  return `${row.cluster}: ${parts.join(', ')}`
}

function wide(rows: readonly RolloutRow[], style: TableStyle): string[] {
  const nameWidth = Math.min(Math.max(7, ...rows.map(row => row.cluster.length)), style.width - tableWidth + 15)
  const cells = (cluster: string, phase: string, bar: string, checks: string, ok: string, slow: string) => [
    cut(cluster, nameWidth),
    cut(phase, 16),
    bar.padEnd(barWidth + 5),
    checks.padEnd(6),
    ok.padStart(7),
    slow.padStart(8),
  ]
  const header = cells('CLUSTER', 'PHASE', 'CANARY', 'FAILED', 'SUCCESS', 'P99').join(' ')
  const body = rows.map(row => {
    const [cluster, phase, bar, ...rest] = cells(
      row.cluster,
      row.phase,
      `${barOf(row.weight)} ${String(row.weight).padStart(3)}%`,
      failed(row),
      success(row),
      latency(row),
    )
    return [cluster, paint(phase ?? '', row.phase, style), bar, ...rest].join(' ')
  })
  return [paintAs(header, '2', style), ...body]
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

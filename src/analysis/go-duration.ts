/** Durations as Go writes and reads them: `1m30s`, `1.5s`, `500ms`. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a Go duration; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text)
  const rest = match?.[2] ?? ''
  if (rest === '0') return 0
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined
  let totalMs = 0
  for (const part of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    totalMs += Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0)
  }
  return match?.[1] === '-' ? -totalMs : totalMs
}

/** How Go prints a duration of whole milliseconds: `0s`, `500ms`, `1.515s`, `1m0s`, `1h0m0.5s`. */
export function formatGoDuration(durationMs: number): string {
  const wholeMs = Math.abs(Math.trunc(durationMs))
  const sign = durationMs < 0 && wholeMs > 0 ? '-' : ''
  if (wholeMs === 0) return '0s'
  if (wholeMs < 1000) return `${sign}${wholeMs}ms`
  const hours = Math.floor(wholeMs / 3_600_000)
  const minutes = Math.floor((wholeMs % 3_600_000) / 60_000)
  const seconds = `${(wholeMs % 60_000) / 1000}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

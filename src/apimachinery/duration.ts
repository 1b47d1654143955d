/** Durations as Go and the API write them: `1m30s`, `1h`, `500ms`. In milliseconds, fractions down to nanoseconds. */

/** The text is no duration. The message is Go's. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
  readonly reason = 'InvalidDuration'
}

/** The milliseconds of a duration's text. @throws DurationError */
export function parseDuration(text: string): number {
  const unsigned = text.replace(/^[-+]/, '')
  if (unsigned === '0') return 0
  if (unsigned === '') throw invalidDuration(text)
  let nanos = 0n
  for (let rest = unsigned; rest !== ''; ) {
    const [all = '', number = '', unit = ''] = /^([0-9]*\.?[0-9]*)([^0-9.]*)/.exec(rest) ?? []
    if (!/[0-9]/.test(number)) throw invalidDuration(text)
    if (unit === '') throw new DurationError(`time: missing unit in duration ${JSON.stringify(text)}`)
    const unitNanos = Object.hasOwn(nanosOf, unit) ? nanosOf[unit] : undefined
    if (unitNanos === undefined) {
      throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    }
    nanos += BigInt(Math.round(Number(number) * unitNanos))
    rest = rest.slice(all.length)
  }
  if (nanos >= 2n ** 63n) throw invalidDuration(text)
  const ms = Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6
  return text.startsWith('-') ? -ms : ms
}

/** The milliseconds of a duration's text, or undefined where the text is absent or none. */
export function tryParseDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    return parseDuration(text)
  } catch {
    return undefined
  }
}

/** The text of a duration as Go prints it: `1m30s`, `1h0m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(durationMs: number): string {
  const nanos = BigInt(Math.trunc(durationMs)) * 1_000_000n + BigInt(Math.round((durationMs % 1) * 1e6))
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`
  const minutes = size / 60_000_000_000n
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return sign + seconds
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
}

const nanosOf: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

function invalidDuration(text: string): DurationError {
  return new DurationError(`time: invalid duration ${JSON.stringify(text)}`)
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit).toString().padStart(unit.toString().length - 1, '0')
  return `${value / unit}.${fraction}`.replace(/\.?0+$/, '')
}

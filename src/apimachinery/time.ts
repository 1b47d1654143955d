/** Points in time as objects carry them. */

/** RFC 3339 in UTC with whole seconds, as in conditions and metadata (metav1.Time). */
export function toTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** RFC 3339 in UTC with microseconds, as in Leases and Events (metav1.MicroTime). */
export function toMicroTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000Z`
}

/** The time of a timestamp, or undefined where it is absent or malformed. */
export function fromTimestamp(timestamp: string | undefined): Date | undefined {
  if (timestamp === undefined) return undefined
  const time = new Date(timestamp)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** How long ago, as kubectl prints ages: `5s`, `3m20s`, `45m`, `5h`, `2d3h`, `40d`, `3y12d`. Never below `0s`. */
export function humanDuration(elapsedMs: number): string {
  const seconds = Math.trunc(elapsedMs / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60 * 2) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's')
  if (minutes < 60 * 3) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (hours < 24 * 8) return withRest(Math.trunc(hours / 24), 'd', hours % 24, 'h')
  const days = Math.trunc(hours / 24)
  if (days < 365 * 2) return `${days}d`
  if (days < 365 * 8) return withRest(Math.trunc(days / 365), 'y', days % 365, 'd')
  return `${Math.trunc(days / 365)}y`
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`
}

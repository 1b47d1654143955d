/** How values are written. */
import { signal } from '@preact/signals'

/** The time, every ten seconds, for ages. */
export const now = signal(Date.now())
setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, 10_000)

/** `14:03:27`, in the person's own time zone. */
export function clockTime(rfc3339: string): string {
  const date = new Date(rfc3339)
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString([], { hour12: false })
}

/** `4m`, `3h`, `12d`: how kubectl writes ages. Empty for no time. */
export function age(rfc3339: string | undefined): string {
  if (!rfc3339) return ''
  const seconds = Math.max(0, Math.round((now.value - Date.parse(rfc3339)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}

/** A value with as many digits as it deserves; a dash for none. */
export function numberText(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–'
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)}${unit === '%' ? '' : ' '}${unit}`
}

/** The kind of a phase, for its colour. */
export function toneOf(phase: string, suspended = false): 'good' | 'bad' | 'busy' | 'held' | 'idle' {
  if (suspended) return 'held'
  switch (phase) {
    case 'Succeeded':
      return 'good'
    case 'Failed':
      return 'bad'
    case 'Waiting':
    case 'WaitingPromotion':
      return 'held'
    case 'Initializing':
    case 'Progressing':
    case 'Promoting':
    case 'Finalising':
    case 'Terminating':
      return 'busy'
    default:
      return 'idle'
  }
}

/** Whether a rollout moves, or waits for somebody. */
export function isUnderWay(phase: string): boolean {
  return ['Progressing', 'Waiting', 'WaitingPromotion', 'Promoting', 'Finalising', 'Initializing'].includes(phase)
}

/** `git abc1234` out of `master@sha1:abc1234...`. */
export function shortRevision(revision: string): string {
  return revision.replace(/(sha\d+:)([0-9a-f]{7})[0-9a-f]+/, '$1$2')
}

/** Functions of the calendar, in UTC. */

/** What a function reads from a date. */
export type DatePart = (date: Date) => number

/** By name. Their argument is in seconds since 1970. */
export const dateParts: ReadonlyMap<string, DatePart> = new Map<string, DatePart>([
  ['day_of_month', date => date.getUTCDate()],
  ['day_of_week', date => date.getUTCDay()],
  ['day_of_year', date => dayOfYear(date)],
  ['days_in_month', date => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()],
  ['hour', date => date.getUTCHours()],
  ['minute', date => date.getUTCMinutes()],
  ['month', date => date.getUTCMonth() + 1],
  ['year', date => date.getUTCFullYear()],
])

const dayMs = 86_400_000

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return (midnight - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs + 1
}

/** Schedules of CronJobs: the syntax and the errors of github.com/robfig/cron/v3, parsed as standard schedules. */

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

/** A schedule that is none. */
class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
}

/** What is wrong with a schedule such as `0 3 * * mon-fri`; undefined if nothing. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    checkSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof ScheduleError) return error.message
    throw error
  }
}

function checkSchedule(schedule: string): void {
  if (schedule === '') throw new ScheduleError('empty spec string')
  const text = withoutZone(schedule)
  if (text.startsWith('@')) return checkDescriptor(text)
  const parts = text.split(/\s+/).filter(part => part !== '')
  if (parts.length !== fields.length) {
    throw new ScheduleError(`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`)
  }
  for (const [i, bounds] of fields.entries()) {
    for (const range of (parts[i] ?? '').split(',').filter(part => part !== '')) checkRange(range, bounds)
  }
}

function withoutZone(schedule: string): string {
  if (!schedule.startsWith('TZ=') && !schedule.startsWith('CRON_TZ=')) return schedule
  const space = schedule.indexOf(' ')
  if (space < 0) throw new ScheduleError(`provided bad location ${schedule.slice(schedule.indexOf('=') + 1)}`)
  return schedule.slice(space).trim()
}

function checkDescriptor(text: string): void {
  if (descriptors.includes(text)) return
  const every = '@every '
  if (!text.startsWith(every)) throw new ScheduleError(`unrecognized descriptor: ${text}`)
  const duration = text.slice(every.length)
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(duration)) {
    throw new ScheduleError(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`)
  }
}

function checkRange(text: string, bounds: Bounds): void {
  const [range = '', step, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreBounds] = range.split('-')
  let start: number
  let end: number
  if (low === '*' || low === '?') [start, end] = [bounds.min, bounds.max]
  else {
    start = parseNumber(low, bounds)
    if (moreBounds.length > 0) throw new ScheduleError(`too many hyphens: ${text}`)
    end = high === undefined ? start : parseNumber(high, bounds)
  }
  if (moreSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`)
  let stride = 1
  if (step !== undefined) {
    stride = parsePlainNumber(step)
    if (high === undefined && low !== '*' && low !== '?') end = bounds.max
  }
  if (start < bounds.min)
    throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`)
  if (end > bounds.max) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${text}`)
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (stride === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`)
}

function parseNumber(text: string, bounds: Bounds): number {
  const named = bounds.names?.indexOf(text.toLowerCase()) ?? -1
  return named >= 0 ? named + bounds.min : parsePlainNumber(text)
}

function parsePlainNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
    throw new ScheduleError(`failed to parse int from ${text}: ${why}`)
  }
  const value = Number(text)
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`)
  return value
}

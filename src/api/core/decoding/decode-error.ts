/** What a decoder says when JSON does not fit the type: texts of encoding/json and of the types with their own format. */

/** JSON that does not fit the built-in type it is read as. The message is what the API puts after `cannot be handled as a KIND: `. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  readonly reason = 'DecodeFailed'
}

/** The JSON value has the wrong type. `where` is `Struct.path.to.field`, or '' outside of any struct. */
export function typeError(value: string, where: string, goType: string): DecodeError {
  const into = where === '' ? 'Go value' : `Go struct field ${where}`
  return new DecodeError(`json: cannot unmarshal ${value} into ${into} of type ${goType}`)
}

/** What is wrong with base64 text (RFC 4648, padded; line ends are skipped), by the byte that is; undefined if nothing. */
export function base64Problem(text: string): string | undefined {
  const at = firstBadByte(text)
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`
}

function firstBadByte(text: string): number | undefined {
  // Positions of what counts: Go skips line ends anywhere.
  const positions = [...text].flatMap((character, i) => (character === '\n' || character === '\r' ? [] : [i]))
  for (const [i, at] of positions.entries()) {
    const character = text[at] ?? ''
    if (/[A-Za-z0-9+/]/.test(character)) continue
    if (character !== '=' || i % 4 < 2) return at
    return badPadding(text, positions, i)
  }
  const rest = positions.length % 4
  return rest === 0 ? undefined : (positions[positions.length - rest] ?? 0)
}

function badPadding(text: string, positions: readonly number[], i: number): number | undefined {
  const next = positions[i + 1]
  if (i % 4 === 3) return next
  if (next === undefined) return text.length
  return text[next] === '=' ? positions[i + 2] : next
}

const timeLayout = '2006-01-02T15:04:05Z07:00'
const timeParts: readonly (readonly [layout: string, pattern: RegExp, max?: number])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/, 12],
  ['-', /^-/],
  ['02', /^\d{2}/, 31],
  ['T', /^T/],
  ['15', /^\d{2}/, 23],
  [':', /^:/],
  ['04', /^\d{2}/, 59],
  [':', /^:/],
  ['05', /^\d{2}([.,]\d+)?/, 59],
  ['Z07:00', /^(Z|[+-]\d{2}:\d{2})/],
]
const microTimeParts: typeof timeParts = [
  ...timeParts.slice(0, -2),
  ['05', /^\d{2}/, 59],
  ['.000000', /^\.\d{6}/],
  ['Z07:00', /^(Z|[+-]\d{2}:\d{2})/],
]
const partNames: Readonly<Record<string, string>> = {
  '01': 'month',
  '02': 'day',
  '15': 'hour',
  '04': 'minute',
  '05': 'second',
}

/** What is wrong with RFC 3339 text, as Go's time.Parse says it; undefined if nothing. */
export function timeProblem(text: string): string | undefined {
  return problemBy(timeParts, timeLayout, text)
}

/** The same for text that has to have microseconds. */
export function microTimeProblem(text: string): string | undefined {
  return problemBy(microTimeParts, '2006-01-02T15:04:05.000000Z07:00', text)
}

function problemBy(parts: typeof timeParts, layout: string, text: string): string | undefined {
  let rest = text
  for (const [part, pattern, max] of parts) {
    const found = pattern.exec(rest)?.[0]
    if (found === undefined) return `parsing time "${text}" as "${layout}": cannot parse "${rest}" as "${part}"`
    if (max !== undefined && Math.floor(Number(found)) > max)
      return `parsing time "${text}": ${partNames[part]} out of range`
    rest = rest.slice(found.length)
  }
  if (rest !== '') return `parsing time "${text}": extra text: "${rest}"`
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  // Day 0 of the next month is the last day of this one.
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (month < 1) return `parsing time "${text}": month out of range`
  return day < 1 || day > days ? `parsing time "${text}": day out of range` : undefined
}

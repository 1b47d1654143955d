/** The string formats that a CRD's schema can ask for; the API ignores all others. */
import type { JsonSchema } from '../schema.ts'

/** The format of a schema as far as the API knows it for the schema's type: undefined when it is ignored. */
export function effectiveFormat(schema: JsonSchema): string | undefined {
  const { format } = schema
  if (!format) return undefined
  const type = schema['x-kubernetes-int-or-string'] ? undefined : schema.type
  switch (type) {
    case undefined:
    case 'string':
      return Object.hasOwn(checks, normalized(format)) ? format : undefined
    case 'integer':
      return format === 'int32' || format === 'int64' ? format : undefined
    case 'number':
      return format === 'float' || format === 'double' ? format : undefined
    default:
      return undefined
  }
}

/** The check of a format that {@link effectiveFormat} knows; undefined for formats that every text has. */
export function checkOfFormat(format: string): ((text: string) => boolean) | undefined {
  return checks[normalized(format)]
}

// `date-time` and `datetime` are the same format.
function normalized(format: string): string {
  return format.replaceAll('-', '')
}

const matches = (pattern: RegExp) => (text: string) => pattern.test(text)

const hex = '[0-9a-f]'
const uuid = (version: string, variant: string) =>
  matches(new RegExp(`^${hex}{8}-?${hex}{4}-?${version}-?${variant}-?${hex}{12}$`, 'i'))
const anyGroup = `${hex}{4}`

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isRequestUri,
  email: matches(/^(?:[^<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;\\]+)$/),
  hostname: isHostname,
  // Go takes an IPv4 address in IPv6 clothes for one as well.
  ipv4: text => isIpv4(text) || (text.includes('.') && isIpv6(text)),
  ipv6: text => text.includes(':') && isIpv6(text),
  cidr: isCidr,
  mac: matches(
    /^(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}(?:[0-9a-fA-F]{2}|[0-9a-fA-F]{2}\1[0-9a-fA-F]{2}\1[0-9a-fA-F]{2})|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2,3})$/,
  ),
  uuid: uuid(anyGroup, anyGroup),
  uuid3: uuid(`3${hex}{3}`, anyGroup),
  uuid4: uuid(`4${hex}{3}`, `[89ab]${hex}{3}`),
  uuid5: uuid(`5${hex}{3}`, `[89ab]${hex}{3}`),
  isbn: text => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    /^rgb\(\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isFormatDuration,
  datetime: isDateTime,
  k8sshortname: text => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  k8slongname: text =>
    text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text),
}

// url.ParseRequestURI of Go: an absolute URI or an absolute path.
function isRequestUri(text: string): boolean {
  if (text === '' || /\p{Cc}/u.test(text)) return false
  if (/%(?![0-9a-fA-F]{2})/.test(text.split('?')[0] ?? '')) return false
  if (text.startsWith('/')) return true
  const match = /^[a-zA-Z][a-zA-Z0-9+.-]*:(.*)$/s.exec(text)
  if (!match) return false
  const rest = match[1] ?? ''
  if (!rest.startsWith('//')) return true
  const authority = (/^\/\/([^/?]*)/.exec(rest)?.[1] ?? '').replace(/^.*@/, '')
  return /^(?:\[[0-9a-fA-F:.%a-z]+\]|[^:[\]\s]*)(?::\d*)?$/.test(authority)
}

function isHostname(text: string): boolean {
  const label = '[a-zA-Z0-9\\p{S}\\p{L}]'
  const inner = '[a-zA-Z0-9\\-\\p{S}\\p{L}]'
  const pattern = `^(?:${label}(?:(?:-?${label}{0,62})?)|(?:${label}(?:(?:${inner}{0,61}${label})?)(?:\\.))+(?:[a-zA-Z\\p{L}]){2,63})$`
  return text.length <= 255 && text.split('.').every(part => part.length <= 63) && new RegExp(pattern, 'u').test(text)
}

function isIpv4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every(part => Number(part) <= 255)
}

function isIpv6(text: string): boolean {
  const [head = '', tail, more] = text.split('::')
  if (more !== undefined) return false
  const groups = [head, tail ?? ''].flatMap(part => (part === '' ? [] : part.split(':')))
  const last = groups.at(-1)
  const embedded = last?.includes('.') ? (isIpv4(last) ? 1 : Number.NaN) : 0
  const words = embedded ? groups.slice(0, -1) : groups
  const count = words.length + embedded * 2
  return words.every(word => /^[0-9a-fA-F]{1,4}$/.test(word)) && (tail === undefined ? count === 8 : count < 8)
}

function isCidr(text: string): boolean {
  const [address = '', prefix = '', more] = text.split('/')
  if (more !== undefined || !/^\d{1,3}$/.test(prefix)) return false
  return address.includes(':') ? isIpv6(address) && Number(prefix) <= 128 : isIpv4(address) && Number(prefix) <= 32
}

function isIsbn10(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^\d{9}[\dX]$/.test(digits)) return false
  const sum = [...digits].reduce((total, digit, i) => total + (digit === 'X' ? 10 : Number(digit)) * (i + 1), 0)
  return sum % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^\d{13}$/.test(digits)) return false
  return [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0
}

function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]+/g, '')
  const known =
    /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/
  if (!known.test(digits)) return false
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const lastDay = month === 2 && isLeap(year) ? 29 : (daysOfMonth[month - 1] ?? 0)
  return day >= 1 && day <= lastDay
}

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})[tT](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|[+-]\d{2}:\d{2})$/.exec(text)
  if (!match) return false
  const [, date = '', hours, minutes, seconds] = match
  return isDate(date) && Number(hours) <= 23 && Number(minutes) <= 59 && Number(seconds) <= 59
}

// A duration of Go (`1h30m`) or of Scala (`3 days`).
function isFormatDuration(text: string): boolean {
  return (
    /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text) ||
    /^(?:\d+\s*(?:w|wk|week|weeks|d|day|days|h|hr|hour|hours|m|min|minute|minutes|s|sec|second|seconds|ms|milli|millis|millisecond|milliseconds|us|µs|μs|micro|micros|microsecond|microseconds|ns|nano|nanos|nanosecond|nanoseconds)\s*)+$/.test(
      text,
    )
  )
}

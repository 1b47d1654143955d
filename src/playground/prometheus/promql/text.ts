/** How numbers, durations and strings are written in PromQL and in Prometheus's messages. */

/** Go's `%q`. */
export function goQuote(text: string): string {
  return `"${[...text].map(quoted).join('')}"`
}

function quoted(char: string): string {
  const short = quoteEscapes[char]
  if (short) return short
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return char
}

const quoteEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

const unquoteEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

const escapeForms: Readonly<Record<string, RegExp>> = {
  x: /^x([0-9a-fA-F]{2})/,
  u: /^u([0-9a-fA-F]{4})/,
  U: /^U([0-9a-fA-F]{8})/,
}

/**
 * The text of a string literal, with Go's escapes (`\xHH` and octal name a byte, so sequences of them are UTF-8).
 * Undefined when the literal is not closed or an escape is wrong.
 */
export function unquote(literal: string): string | undefined {
  const mark = literal[0]
  if (literal.length < 2 || literal.at(-1) !== mark) return undefined
  const inner = literal.slice(1, -1)
  if (mark === '`') return inner
  const bytes: Buffer[] = []
  for (let at = 0; at < inner.length; ) {
    const char = String.fromCodePoint(inner.codePointAt(at) ?? 0)
    if (char !== '\\') {
      if (char === mark || char === '\n') return undefined
      bytes.push(Buffer.from(char))
      at += char.length
      continue
    }
    const escaped = readEscape(inner.slice(at + 1))
    if (!escaped) return undefined
    bytes.push(escaped.bytes)
    at += 1 + escaped.length
  }
  return Buffer.concat(bytes).toString('utf8')
}

function readEscape(text: string): { bytes: Buffer; length: number } | undefined {
  const simple = unquoteEscapes[text[0] ?? '']
  if (simple) return { bytes: Buffer.from(simple), length: 1 }
  const octal = /^[0-3][0-7]{2}/.exec(text)
  if (octal) return { bytes: Buffer.from([Number.parseInt(octal[0], 8)]), length: 3 }
  const match = escapeForms[text[0] ?? '']?.exec(text)
  if (!match?.[1]) return undefined
  const code = Number.parseInt(match[1], 16)
  if (text[0] === 'x') return { bytes: Buffer.from([code]), length: match[0].length }
  return code > 0x10ffff ? undefined : { bytes: Buffer.from(String.fromCodePoint(code)), length: match[0].length }
}

const unitMs: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
}

/** Milliseconds of a duration such as `1h30m`; undefined when it is none. Units come largest first, each once. */
export function parseDurationMs(text: string): number | undefined {
  const form = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?$/
  if (text === '0') return 0
  if (text === '' || !form.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
  }
  return total
}

/** The value of a number literal: decimal, hexadecimal, octal with a leading zero, Inf, NaN, or a duration in seconds. */
export function parseNumber(text: string): number | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  const value = parseUnsigned(body.replaceAll(/(?<=[0-9a-fA-Fx])_(?=[0-9a-fA-F])/g, ''))
  return value === undefined ? undefined : sign === '-' ? -value : value
}

function parseUnsigned(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text)
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  const durationMs = parseDurationMs(text)
  return durationMs === undefined ? undefined : durationMs / 1000
}

/** A sample value as the HTTP API writes it: shortest digits, `+Inf`, `-Inf`, `NaN`. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A value without an exponent, as `count_values` puts it into a label. */
export function formatPlain(value: number): string {
  const text = formatValue(value)
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? []
  if (exponent === undefined) return text
  const shift = Number(exponent)
  if (shift > 0) return sign + whole + fraction.padEnd(shift, '0')
  return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`
}

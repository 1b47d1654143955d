/** Values as Go prints them: what the texts of the Kubernetes API are made of. */
import { sortedKeys } from './canonical-json.ts'
import type { Json } from './meta.ts'

/** A string in double quotes with Go's escapes (strconv.Quote). */
export function goQuote(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += escapes[character] ?? printable(character)
  return `${quoted}"`
}

/** A value as JSON with sorted keys and `<`, `>`, `&` escaped (json.Marshal). */
export function goJson(value: Json): string {
  return JSON.stringify(sortedKeys(value)).replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape)
}

/** A number by the verb %v: integers plain, others in the shortest form, with an exponent below 1e-4 and from 1e21. */
export function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString()
  const exponent = Math.floor(Math.log10(Math.abs(value)))
  if (exponent >= -4 && exponent < 21) return decimal(value)
  const [mantissa, power = '0'] = value.toExponential().split('e')
  const digits = power.slice(1).padStart(2, '0')
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${digits}`
}

/** A value as it stands after `Invalid value: ` (field.Error.ErrorBody). */
export function goValue(value: Json | undefined): string {
  switch (typeof value) {
    case 'string':
      return goQuote(value)
    case 'number':
      return goNumber(value)
    case 'undefined':
      return 'null'
    default:
      return goJson(value)
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function printable(character: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? unicodeEscape(character) : `\\U${code.toString(16).padStart(8, '0')}`
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function decimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text
}

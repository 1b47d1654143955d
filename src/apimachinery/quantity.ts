/** Quantities such as `500m`, `1.5Gi` or `2e3`: exact, with the canonical text of k8s.io/apimachinery/pkg/api/resource. */

/** How a quantity is written: `Ki`, `k` or `e3`. It survives arithmetic with the first operand's. */
export type QuantityFormat = 'binary' | 'decimal' | 'exponent'

/** An amount in billionths, the smallest step that the API keeps. */
export interface Quantity {
  readonly nanos: bigint
  readonly format: QuantityFormat
}

/** What the API says of text that is no quantity. */
export const quantityPatternMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const one = 1_000_000_000n
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const

/** Reads a quantity; undefined where the text is none. Less than a billionth is rounded away from zero. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|[KMGTPE]i|[MGTPE]|[eE][+-]?\d+)?$/.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  const { numerator, denominator, format } = multiplierOf(suffix)
  const scaled = BigInt(whole + fraction) * numerator * one
  const divisor = 10n ** BigInt(fraction.length) * denominator
  const nanos = (scaled + divisor - 1n) / divisor
  return { nanos: sign === '-' ? -nanos : nanos, format }
}

/** The canonical text: the largest suffix that needs no fraction. */
export function quantityToText(quantity: Quantity): string {
  const { nanos, format } = quantity
  if (nanos === 0n) return '0'
  const small = nanos < 1024n * one && nanos > -1024n * one
  if (format === 'binary' && !small && nanos % one === 0n) {
    let [value, step] = [nanos / one, 0]
    while (value % 1024n === 0n && step < binarySuffixes.length - 1) [value, step] = [value / 1024n, step + 1]
    return `${value}${binarySuffixes[step]}`
  }
  let [value, step] = [nanos, 0]
  while (value % 1000n === 0n && step < decimalSuffixes.length - 1) [value, step] = [value / 1000n, step + 1]
  const exponent = (step - 3) * 3
  if (format === 'exponent') return exponent === 0 ? `${value}` : `${value}e${exponent}`
  return `${value}${decimalSuffixes[step]}`
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

/** The sum, in the format of `a`. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.format }
}

/** The quantity rounded away from zero to whole thousandths, as resource lists are stored. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  const milli = one / 1000n
  const rest = quantity.nanos % milli
  if (rest === 0n) return quantity
  return { ...quantity, nanos: quantity.nanos - rest + (quantity.nanos < 0n ? -milli : milli) }
}

/** The quantity in units, as a number; exact up to 2^53 billionths. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(quantity.nanos / one) + Number(quantity.nanos % one) / Number(one)
}

function multiplierOf(suffix: string): { numerator: bigint; denominator: bigint; format: QuantityFormat } {
  const binary = (binarySuffixes as readonly string[]).indexOf(suffix)
  if (binary > 0) return { numerator: 1024n ** BigInt(binary), denominator: 1n, format: 'binary' }
  const decimal = (decimalSuffixes as readonly string[]).indexOf(suffix)
  const exponent = decimal >= 0 ? (decimal - 3) * 3 : clamp(Number(suffix.slice(1)))
  const format = decimal >= 0 ? 'decimal' : 'exponent'
  return exponent < 0
    ? { numerator: 1n, denominator: 10n ** BigInt(-exponent), format }
    : { numerator: 10n ** BigInt(exponent), denominator: 1n, format }
}

// Amounts past 2^63 are meaningless to the API; the bound keeps `1e999999999` from filling the memory.
function clamp(exponent: number): number {
  return Math.max(-30, Math.min(30, exponent))
}

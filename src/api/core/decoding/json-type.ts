/** How texts of decoding errors name a JSON value. */
import type { Json } from '../../../apimachinery/meta.ts'

/** `string`, `bool`, `object`, `array` or `number`, with the number itself where the error is about its value. */
export function jsonTypeOf(value: Json, withNumber = false): string {
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'number':
      return withNumber ? `number ${value}` : 'number'
    default:
      return typeof value
  }
}

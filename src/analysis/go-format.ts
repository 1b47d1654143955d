/** Numbers as Go's fmt package prints them, for messages that have to read as upstream's. */

/** `%v` of a float64: the shortest text that reads back as the same number. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = String(value)
  // Go goes over to an exponent below 1e-4, JavaScript below 1e-6; both do from 1e21.
  const isTiny = value !== 0 && Math.abs(value) < 1e-4
  return isTiny || text.includes('e') ? withTwoDigitExponent(value.toExponential()) : text
}

/** `%.2f`: ties of the exact value go to the even digit. */
export function formatTwoDecimals(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value)
  const hundredfold = Math.abs(value) * 100
  const isTie = hundredfold < 2 ** 52 && hundredfold % 1 === 0.5 && hundredfold / 100 === Math.abs(value)
  if (isTie && Math.floor(hundredfold) % 2 === 0) return (Math.sign(value) * (Math.floor(hundredfold) / 100)).toFixed(2)
  return value.toFixed(2)
}

function withTwoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

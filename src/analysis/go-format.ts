/** Values as Go's fmt package prints them, for messages that have to read as upstream's. */

/** `%.2f`: two decimals, ties of the exact value to the even digit. */
export function formatTwoDecimals(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  const hundredfold = Math.abs(value) * 100
  const isTie = hundredfold < 2 ** 52 && hundredfold % 1 === 0.5 && hundredfold / 100 === Math.abs(value)
  const rounded = isTie && Math.floor(hundredfold) % 2 === 0 ? Math.floor(hundredfold) / 100 : Math.abs(value)
  return `${value < 0 ? '-' : ''}${rounded.toFixed(2)}`
}

/** Functions that map each value of a vector by itself. */

/** The new value from the old one and the function's scalar arguments. */
export type Elementwise = (value: number, ...scalars: number[]) => number

const degreesPerRadian = 180 / Math.PI

/** By name. All of them drop the metric's name. */
export const elementwise: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['abs', Math.abs],
  ['acos', Math.acos],
  ['acosh', Math.acosh],
  ['asin', Math.asin],
  ['asinh', Math.asinh],
  ['atan', Math.atan],
  ['atanh', Math.atanh],
  ['ceil', Math.ceil],
  ['clamp_max', (value, max) => smaller(value, max ?? Number.NaN)],
  ['clamp_min', (value, min) => larger(value, min ?? Number.NaN)],
  ['cos', Math.cos],
  ['cosh', Math.cosh],
  ['deg', value => value * degreesPerRadian],
  ['exp', Math.exp],
  ['floor', Math.floor],
  ['ln', Math.log],
  ['log10', Math.log10],
  ['log2', Math.log2],
  ['rad', value => value / degreesPerRadian],
  ['round', (value, to = 1) => roundTo(value, to)],
  ['sgn', Math.sign],
  ['sin', Math.sin],
  ['sinh', Math.sinh],
  ['sqrt', Math.sqrt],
  ['tan', Math.tan],
  ['tanh', Math.tanh],
])

/** Ties go up. Multiplying with the inverse loses less precision than dividing (so does Prometheus). */
function roundTo(value: number, to: number): number {
  const inverse = 1 / to
  return Math.floor(value * inverse + 0.5) / inverse
}

/** The larger number, NaN when either is. */
export function larger(a: number, b: number): number {
  return Math.max(a, b)
}

/** The smaller number, NaN when either is. */
export function smaller(a: number, b: number): number {
  return Math.min(a, b)
}

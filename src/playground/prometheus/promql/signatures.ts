/** Names, argument types and result types of the functions of the language. */
import type { ExprType } from './ast.ts'

/** What a function takes. */
export interface Signature {
  readonly args: readonly ExprType[]
  /** How many of the last argument may follow or be missing: 0 none, -1 any number, n up to n. As Prometheus counts it. */
  readonly variadic: number
  readonly returns: ExprType
}

const vector = 'instant vector'
const matrix = 'range vector'

const fromVector: Signature = { args: [vector], variadic: 0, returns: vector }
const fromMatrix: Signature = { args: [matrix], variadic: 0, returns: vector }
const ofDate: Signature = { args: [vector], variadic: 1, returns: vector }

const elementwise = [
  'abs',
  'absent',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'ceil',
  'cos',
  'cosh',
  'deg',
  'exp',
  'floor',
  'ln',
  'log10',
  'log2',
  'rad',
  'sgn',
  'sin',
  'sinh',
  'sort',
  'sort_desc',
  'sqrt',
  'tan',
  'tanh',
  'timestamp',
]

const overRange = [
  'absent_over_time',
  'avg_over_time',
  'changes',
  'count_over_time',
  'delta',
  'deriv',
  'first_over_time',
  'idelta',
  'increase',
  'irate',
  'last_over_time',
  'mad_over_time',
  'max_over_time',
  'min_over_time',
  'present_over_time',
  'rate',
  'resets',
  'stddev_over_time',
  'stdvar_over_time',
  'sum_over_time',
  'ts_of_first_over_time',
  'ts_of_last_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
]

const dates = ['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year']

/** Every function that the embedded Prometheus evaluates. */
export const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...elementwise.map(name => [name, fromVector] as const),
  ...overRange.map(name => [name, fromMatrix] as const),
  ...dates.map(name => [name, ofDate] as const),
  ['clamp', { args: [vector, 'scalar', 'scalar'], variadic: 0, returns: vector }],
  ['clamp_max', { args: [vector, 'scalar'], variadic: 0, returns: vector }],
  ['clamp_min', { args: [vector, 'scalar'], variadic: 0, returns: vector }],
  ['double_exponential_smoothing', { args: [matrix, 'scalar', 'scalar'], variadic: 0, returns: vector }],
  ['histogram_quantile', { args: ['scalar', vector], variadic: 0, returns: vector }],
  ['histogram_fraction', { args: ['scalar', 'scalar', vector], variadic: 0, returns: vector }],
  ['label_join', { args: [vector, 'string', 'string', 'string'], variadic: -1, returns: vector }],
  ['label_replace', { args: [vector, 'string', 'string', 'string', 'string'], variadic: 0, returns: vector }],
  ['pi', { args: [], variadic: 0, returns: 'scalar' }],
  ['predict_linear', { args: [matrix, 'scalar'], variadic: 0, returns: vector }],
  ['quantile_over_time', { args: ['scalar', matrix], variadic: 0, returns: vector }],
  ['round', { args: [vector, 'scalar'], variadic: 1, returns: vector }],
  ['scalar', { args: [vector], variadic: 0, returns: 'scalar' }],
  ['sort_by_label', { args: [vector, 'string'], variadic: -1, returns: vector }],
  ['sort_by_label_desc', { args: [vector, 'string'], variadic: -1, returns: vector }],
  ['time', { args: [], variadic: 0, returns: 'scalar' }],
  ['vector', { args: ['scalar'], variadic: 0, returns: vector }],
])

/** Functions that a real Prometheus has, of one generation or with a feature flag, and this one refuses by name. */
export const unsupportedFunctions: ReadonlySet<string> = new Set([
  'end',
  'histogram_avg',
  'histogram_count',
  'histogram_quantiles',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
  'holt_winters',
  'info',
  'max_of',
  'min_of',
  'range',
  'start',
  'start_timestamp',
  'step',
])

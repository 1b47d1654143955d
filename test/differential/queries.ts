/** The queries that are compared: a table, and random compositions of its kinds. */
import { seededRandom } from '../support/seeded-random.ts'

const destination = 'reporter="destination",destination_workload_namespace="test"'

/** The two queries that a rollout asks by default, for a workload. */
const builtIn = [
  `sum( rate( istio_requests_total{ ${destination}, destination_workload=~"podinfo", response_code!~"5.*" }[1m] ) ) / sum( rate( istio_requests_total{ ${destination}, destination_workload=~"podinfo" }[1m] ) ) * 100`,
  `histogram_quantile( 0.99, sum( rate( istio_request_duration_milliseconds_bucket{ ${destination}, destination_workload=~"podinfo" }[1m] ) ) by (le) )`,
]

const selectors = [
  'pod_memory',
  'pod_load{node="n1"}',
  'pod_load{pod!="a"}',
  'pod_memory{pod=~"a|c"}',
  'pod_memory{pod!~"[ab]"}',
  '{__name__=~"pod_(memory|load)",pod="b"}',
  'istio_requests_total{response_code=~"5.."}',
  'odd',
  'sparse_total',
  'once',
  'missing',
  'pod_memory offset 7m',
  'pod_memory offset -3m',
  'pod_memory @ 1767270000',
  'pod_memory @ 1767270000.5 offset 1m',
]

const rangeFunctions = [
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'resets',
  'changes',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'count_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'last_over_time',
  'present_over_time',
  'absent_over_time',
]

const ranges = [
  'istio_requests_total{reporter="source"}[1m]',
  'istio_requests_total{destination_workload="podinfo"}[4m30s]',
  'pod_memory[2m]',
  'pod_load[90s] offset 2m',
  'sparse_total[10m]',
  'odd[3m]',
  'once[5m]',
  'pod_memory[5m:30s]',
  'missing[1m]',
]

const elementwise = [
  ...['abs', 'ceil', 'floor', 'round', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'sin', 'cos', 'tan', 'atan'],
  ...['sinh', 'cosh', 'tanh', 'asinh', 'deg', 'rad', 'year', 'month', 'hour', 'minute', 'day_of_week', 'timestamp'],
]

const aggregations = [
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'].flatMap(op => [
    `${op}(pod_memory)`,
    `${op} by (node) (pod_memory)`,
    `${op} without (pod) (pod_load)`,
  ]),
  'sum by (node) (odd)',
  'min(odd)',
  'max(odd)',
  'count(odd)',
  'topk(2, pod_memory)',
  'bottomk by (node) (1, pod_memory)',
  'topk(scalar(once), pod_load)',
  'quantile(0.3, pod_memory)',
  'quantile by (node) (0.9, pod_load)',
  'quantile(-1, pod_load)',
  'count_values("value", round(pod_load))',
  'sum(sum by (node) (pod_memory))',
]

const binaries = [
  '1 + 2 * 3 - 4 / 5 ^ 2 % 7',
  '-2 ^ 2',
  '2 ^ 3 ^ 2',
  '-7 % 3',
  '1 atan2 2',
  '1 > bool 2',
  'pod_memory + 1',
  '1 - pod_memory',
  'pod_memory % 7',
  'pod_memory ^ 2',
  'pod_memory / 0',
  'pod_memory > 50',
  '50 > pod_memory',
  'pod_memory > bool 50',
  'pod_memory == pod_memory',
  'odd == odd',
  'odd != odd',
  'pod_memory / pod_load',
  'pod_memory / on(pod) pod_load',
  'pod_memory / ignoring(node) pod_load',
  'pod_memory > on(pod, node) pod_load',
  'pod_memory * on(pod) group_left(version, zone) pod_info',
  'pod_info * on(pod) group_right(version) pod_memory',
  'pod_memory / on(node) group_left sum by (node) (pod_memory)',
  'pod_memory and pod_load > 5',
  'pod_memory and on(pod) once',
  'pod_memory or pod_load',
  'pod_memory or on(node) pod_load',
  'pod_memory unless on(pod) pod_memory{pod="a"}',
  'pod_memory and on() vector(1)',
  'vector(1) unless once',
  'sum(pod_memory) > bool avg(pod_memory)',
  '-pod_memory',
  '+pod_memory',
  '(pod_memory + pod_memory) / 2',
  'pod_memory - pod_memory offset 5m',
]

const others = [
  'time()',
  'pi()',
  'vector(time())',
  'scalar(once)',
  'scalar(pod_memory)',
  'absent(missing{a="b",c=~"d"})',
  'absent(pod_memory)',
  'absent(sum(missing))',
  'hour()',
  'day_of_year() + days_in_month()',
  'clamp(pod_memory, 20, 60)',
  'clamp(pod_memory, 60, 20)',
  'clamp_min(odd, 0)',
  'clamp_max(odd, 1)',
  'round(pod_memory, 0.5)',
  'round(pod_memory, 10)',
  'sort(pod_memory)',
  'sort_desc(pod_load)',
  'label_replace(pod_memory, "kind", "$1-x", "pod", "([ab])")',
  'label_replace(pod_memory, "pod", "", "pod", ".*")',
  'label_replace(pod_memory, "__name__", "renamed", "", "")',
  'label_join(pod_memory, "both", "/", "node", "pod", "none")',
  'predict_linear(pod_memory[10m], 3600)',
  'quantile_over_time(0.25, pod_memory[5m])',
  'quantile_over_time(1.5, pod_memory[5m])',
  'histogram_quantile(0.5, istio_request_duration_milliseconds_bucket)',
  'histogram_quantile(0, rate(istio_request_duration_milliseconds_bucket[5m]))',
  'histogram_quantile(1, rate(istio_request_duration_milliseconds_bucket[5m]))',
  'histogram_quantile(1.1, rate(istio_request_duration_milliseconds_bucket[5m]))',
  'histogram_quantile(0.9, sum by (le, destination_workload) (increase(istio_request_duration_milliseconds_bucket[10m])))',
  'histogram_quantile(0.9, pod_memory)',
  'max_over_time(sum(rate(istio_requests_total[1m]))[10m:1m])',
  'avg_over_time((pod_memory > 20)[5m:])',
  'rate(sum(istio_requests_total)[5m:15s])',
  'sum_over_time(pod_memory[5m:1m] offset 3m)',
  'sum_over_time(pod_memory[5m:1m] @ end())',
  'pod_memory @ start() - pod_memory @ end()',
  'deriv(pod_memory[5m] @ start())',
  'timestamp(pod_memory)',
  'timestamp(pod_memory + 0)',
  'timestamp(pod_memory offset 1m)',
]

/** Queries that fail: as they are written or when they run. */
const failing = [
  '',
  'pod_memory{',
  'pod_memory{pod="a"',
  'sum(pod_memory',
  'pod_memory)',
  'nosuch(pod_memory)',
  'rate(pod_memory)',
  'sum(pod_memory[1m])',
  'abs(1)',
  'abs(pod_memory, 1)',
  'label_replace(pod_memory, "x")',
  'round(pod_memory, 1, 2)',
  'topk(pod_memory)',
  'topk("1", pod_memory)',
  'sum()',
  '1 == 2',
  '1 + bool 2',
  '1 and 2',
  'pod_memory and 1',
  'pod_memory + "x"',
  'pod_memory[1m] + 1',
  '-pod_memory[1m]',
  '{pod=""}',
  '{}',
  '{pod=~".*"}',
  'pod_memory{pod=~"("}',
  'pod_memory{__name__="x"}',
  'rate(pod_memory[1m])[1m]',
  'pod_memory offset 1m offset 2m',
  'sum(pod_memory) offset 1m',
  'pod_memory and on(pod) group_left pod_load',
  'pod_memory * on(pod) group_left(pod) pod_info',
  'pod_memory / on(node) pod_load',
  'pod_memory * on(node) sum by (node) (pod_load)',
  'label_replace(pod_memory, "pod", "same", "", "")',
  'label_replace(pod_memory, "x", "y", "pod", "(")',
  'topk(scalar(missing), pod_memory)',
  'abs({__name__=~"pod_(memory|load)"})',
  'rate({__name__=~"pod_(memory|load)"}[5m])',
  '{__name__=~"pod_(memory|load)"} * 2',
]

/** Queries out of the table, about 320. */
export function tableQueries(): string[] {
  return [
    ...builtIn,
    ...selectors,
    ...rangeFunctions.flatMap(name => ranges.map(range => `${name}(${range})`)),
    ...elementwise.map(name => `${name}(pod_load)`),
    ...aggregations,
    ...binaries,
    ...others,
    ...failing,
  ]
}

/** Selectors without two equal values: among equals topk may choose any. */
const distinct = ['pod_memory', 'pod_memory offset 7m', 'pod_memory{pod!~"[ab]"}']

/**
 * Random compositions; the same for the same seed. Left out is what generations of Prometheus answer differently, such
 * as the deviation of a single NaN.
 */
export function randomQueries(count: number, seed: number): string[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => vector(random, 3))
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T // the index is below the length
}

function vector(random: () => number, depth: number): string {
  if (depth === 0) return pick(random, selectors)
  const inner = () => vector(random, depth - 1)
  const grouping = () => pick(random, ['', ' by (pod)', ' by (node)', ' without (pod)', ' by (destination_workload)'])
  const kinds: readonly (() => string)[] = [
    () => `${pick(random, rangeFunctions)}(${pick(random, ranges)})`,
    () => `${pick(random, ['sum', 'avg', 'min', 'max', 'count'])}${grouping()} (${inner()})`,
    () => `${pick(random, ['topk', 'bottomk'])}(${1 + Math.floor(random() * 3)}, ${pick(random, distinct)})`,
    () => `${pick(random, ['abs', 'ceil', 'floor', 'sqrt', 'sgn', 'round'])}(${inner()})`,
    () =>
      `(${inner()}) ${pick(random, ['+', '-', '*', '/', '%', '>', '<=', '!=', '> bool'])} ${pick(random, ['2', '0.5', '-3'])}`,
    () =>
      `(${inner()}) ${pick(random, ['+', '-', '*', '/', 'and', 'or', 'unless', '>'])} ${pick(random, ['', 'on(pod) ', 'ignoring(node) '])}(${inner()})`,
    () =>
      `${pick(random, ['max', 'avg', 'sum', 'count', 'last'])}_over_time((${inner()})[${pick(random, ['2m:30s', '5m:1m', '90s:20s'])}])`,
    () => `clamp_min(${inner()}, ${pick(random, ['0', '10'])})`,
    () => `sum by (node) (${inner()}) / on(node) group_left() (${inner()})`,
    () => pick(random, selectors),
  ]
  return pick(random, kinds)()
}

/** Aggregation operators. */
import { type Labels, metricName } from '../labels.ts'
import type { Aggregate } from '../promql/ast.ts'
import { PromqlExecutionError } from '../promql/errors.ts'
import { formatPlain, formatValue, goQuote } from '../promql/text.ts'
import { type QueryContext, warnOfQuantile } from './context.ts'
import { groupLabels } from './grouping.ts'
import { KahanSum, mean, quantileOf, variance } from './sums.ts'
import { limited, topmost } from './top.ts'
import type { At, Group, Vector } from './values.ts'

/** An aggregation's parameter at a time; absent for the operators that take none. */
export type Parameter = { readonly number?: At<number>; readonly text?: string }

/** Evaluates an aggregation over the elements of `inner`. */
export function aggregation(
  context: QueryContext,
  node: Aggregate,
  inner: At<Vector>,
  parameter: Parameter,
): At<Vector> {
  const labelsOf = groupLabels(node.grouping)
  const number = parameter.number ?? (() => Number.NaN)
  switch (node.op) {
    case 'topk':
    case 'bottomk':
      return atMs => topmost(groupsOf(inner(atMs), labelsOf), wholeNumber(number(atMs)), node.op === 'topk')
    case 'limitk':
      return atMs => limited(groupsOf(inner(atMs), labelsOf), wholeNumber(number(atMs)))
    case 'count_values':
      return countValues(parameter.text ?? '', labelsOf, inner)
    case 'quantile':
      return atMs => {
        const phi = number(atMs)
        warnOfQuantile(context, phi, node.param?.position ?? node.position)
        return summarized(inner(atMs), labelsOf, values => quantileOf(phi, values))
      }
    default: {
      const summary = summaries[node.op]
      return atMs => summarized(inner(atMs), labelsOf, summary)
    }
  }
}

type Summary = (values: readonly number[]) => number

const summaries: Readonly<Record<'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'stddev' | 'stdvar', Summary>> = {
  sum: values => {
    const sum = new KahanSum(values[0])
    for (let i = 1; i < values.length; i++) sum.add(values[i] ?? 0)
    return sum.value
  },
  avg: mean,
  min: values => extreme(values, (value, best) => value < best),
  max: values => extreme(values, (value, best) => value > best),
  count: values => values.length,
  group: () => 1,
  stddev: values => Math.sqrt(variance(values)),
  stdvar: variance,
}

/** The value that beats all others; NaN only when there is nothing else. */
function extreme(values: readonly number[], beats: (value: number, best: number) => boolean): number {
  let best = Number.NaN
  for (const value of values) if (Number.isNaN(best) || beats(value, best)) best = value
  return best
}

/** The groups in the order in which they first appear. */
function groupsOf(vector: Vector, labelsOf: (labels: Labels) => Labels): Group[] {
  const groups = new Map<string, Group>()
  for (const sample of vector) {
    const labels = labelsOf(sample.labels)
    const group = groups.get(labels.key)
    if (group) group.samples.push(sample)
    else groups.set(labels.key, { labels, samples: [sample] })
  }
  return [...groups.values()]
}

function summarized(vector: Vector, labelsOf: (labels: Labels) => Labels, summary: Summary): Vector {
  return groupsOf(vector, labelsOf).map(({ labels, samples }) => ({
    labels,
    value: summary(samples.map(sample => sample.value)),
    dropName: samples.some(sample => sample.dropName),
  }))
}

function countValues(label: string, labelsOf: (labels: Labels) => Labels, inner: At<Vector>): At<Vector> {
  return atMs => {
    if (!isLabelName(label)) throw new PromqlExecutionError(`invalid label name ${goQuote(label)}`)
    const counts = new Map<string, { labels: Labels; value: number; dropName: boolean }>()
    for (const sample of inner(atMs)) {
      const labels = labelsOf(sample.labels).with(label, formatPlain(sample.value))
      const dropName = sample.dropName && label !== metricName
      const count = counts.get(labels.key)
      if (count) count.value++
      else counts.set(labels.key, { labels, value: 1, dropName })
    }
    return [...counts.values()]
  }
}

/** Whether a label may have this name: any text but the empty one. U+FFFD stands for bytes that were no UTF-8. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !name.includes('\ufffd')
}

/** The parameter of topk and its kin. Throws, in Prometheus's words, for what has no whole number. */
function wholeNumber(value: number): number {
  if (Number.isNaN(value)) throw new PromqlExecutionError('Parameter value is NaN')
  if (value <= -(2 ** 63)) throw new PromqlExecutionError(`Scalar value ${formatValue(value)} underflows int64`)
  if (value >= 2 ** 63) throw new PromqlExecutionError(`Scalar value ${formatValue(value)} overflows int64`)
  return Math.trunc(value)
}

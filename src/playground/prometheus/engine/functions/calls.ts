/** Calls of functions. */
import { Labels, metricName } from '../../labels.ts'
import { type Call, type Expr, unwrapped } from '../../promql/ast.ts'
import { typeOf } from '../../promql/check.ts'
import { UnsupportedPromqlError } from '../../promql/errors.ts'
import { goQuote } from '../../promql/text.ts'
import { distinct, type QueryContext, renamed, sameLabels, single, warnOfQuantile } from '../context.ts'
import { perLabels } from '../grouping.ts'
import type { Parts } from '../parts.ts'
import { instantReader } from '../selectors.ts'
import type { At, Sample, Vector } from '../values.ts'
import { type DatePart, dateParts } from './dates.ts'
import { type Elementwise, elementwise } from './elementwise.ts'
import { histogramFraction, histogramQuantile } from './histogram-calls.ts'
import { keepsName, overTime } from './over-time.ts'
import { type OverRange, type OverSpan, rateFunctions, spanFunctions } from './rates.ts'
import { absentLabels, labelJoin, labelReplace } from './relabel.ts'
import { sortByLabel, sortByValue } from './sorting.ts'

/** A call that gives a scalar. */
export function compileScalarCall(parts: Parts, call: Call): At<number> {
  switch (call.name) {
    case 'pi':
      return () => Math.PI
    case 'time':
      return atMs => atMs / 1000
    case 'scalar': {
      const inner = parts.vector(argument(call, 0))
      return atMs => {
        const vector = inner(atMs)
        return vector.length === 1 ? (vector[0]?.value ?? Number.NaN) : Number.NaN
      }
    }
    default:
      throw new UnsupportedPromqlError(`function ${call.name}()`)
  }
}

/** A call that gives an instant vector. */
export function compileCall(parts: Parts, call: Call): At<Vector> {
  const { context } = parts
  const { name } = call
  const mapped = elementwise.get(name)
  if (mapped) return elementwiseCall(parts, call, mapped)
  const overSpan = spanFunctions.get(name)
  if (overSpan) return spanCall(parts, call, overSpan)
  const summary = rateFunctions.get(name) ?? overTime.get(name)
  if (summary) return rangeCall(parts, call, summary)
  const part = dateParts.get(name)
  if (part) return dateCall(parts, call, part)
  const texts = () => call.args.filter(arg => typeOf(arg) === 'string').map(arg => parts.text(arg))
  const vector = (index: number) => parts.vector(argument(call, index))
  const scalar = (index: number) => parts.scalar(argument(call, index))
  switch (name) {
    case 'absent':
      return absent(argument(call, 0), vector(0))
    case 'absent_over_time':
      return absentOverTime(parts, argument(call, 0))
    case 'clamp':
      return clamp(context, vector(0), scalar(1), scalar(2))
    case 'histogram_quantile':
      return histogramQuantile(context, call, scalar(0), vector(1))
    case 'histogram_fraction':
      return histogramFraction(context, call, scalar(0), scalar(1), vector(2))
    case 'label_join':
      return labelJoin(context, vector(0), texts())
    case 'label_replace':
      return labelReplace(context, vector(0), texts())
    case 'sort':
    case 'sort_desc':
      return sortByValue(context, call, vector(0), name === 'sort')
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return sortByLabel(context, call, vector(0), texts(), name === 'sort_by_label')
    case 'timestamp':
      return timestamp(parts, argument(call, 0))
    case 'vector': {
      const value = scalar(0)
      return atMs => single(value(atMs))
    }
    default:
      throw new UnsupportedPromqlError(`function ${name}()`)
  }
}

/** The n-th argument; the type check made sure that it is there. */
function argument(call: Call, index: number): Expr {
  const arg = call.args[index]
  if (!arg) throw new Error(`${call.name}() has no argument ${index + 1}`)
  return arg
}

function elementwiseCall(parts: Parts, call: Call, map: Elementwise): At<Vector> {
  const { context } = parts
  const inner = parts.vector(argument(call, 0))
  const scalars = call.args.slice(1).map(arg => parts.scalar(arg))
  return atMs => {
    const values = scalars.map(scalar => scalar(atMs))
    return distinct(
      context,
      inner(atMs).map(sample => renamed(context, sample, map(sample.value, ...values))),
    )
  }
}

function clamp(context: QueryContext, inner: At<Vector>, low: At<number>, high: At<number>): At<Vector> {
  return atMs => {
    const [min, max] = [low(atMs), high(atMs)]
    if (max < min) return []
    const clamped = (value: number) => Math.max(min, Math.min(max, value))
    return distinct(
      context,
      inner(atMs).map(sample => renamed(context, sample, clamped(sample.value))),
    )
  }
}

function rangeCall(parts: Parts, call: Call, summary: OverRange): At<Vector> {
  const { context } = parts
  const range = call.args.find(arg => typeOf(arg) === 'range vector') ?? argument(call, 0)
  const read = parts.range(range)
  const scalarArgs = call.args.filter(arg => typeOf(arg) === 'scalar')
  const scalars = scalarArgs.map(arg => parts.scalar(arg))
  const keeps = keepsName.has(call.name)
  const claim = oneSourceEach(context)
  const remark = counterFunctions.has(call.name) ? counterRemark(context, range) : () => {}
  return atMs => {
    const values = scalars.map(scalar => scalar(atMs))
    if (call.name === 'quantile_over_time') warnOfQuantile(context, values[0], argument(call, 0).position)
    const out: Sample[] = []
    read.samples(atMs, ({ labels, dropName, points, startMs, endMs }) => {
      const value = summary(points, { startMs, endMs, atMs, scalars: values, dialect: context.dialect })
      if (value === undefined) return
      remark(labels)
      const sample = keeps ? { labels, value, dropName } : renamed(context, { labels }, value)
      claim(sample.labels, labels)
      out.push(sample)
    })
    return out
  }
}

function spanCall(parts: Parts, call: Call, summary: OverSpan): At<Vector> {
  const { context } = parts
  const range = argument(call, 0)
  const read = parts.range(range)
  const claim = oneSourceEach(context)
  const remark = counterFunctions.has(call.name) ? counterRemark(context, range) : () => {}
  return atMs => {
    const out: Sample[] = []
    read.spans(atMs, ({ labels, span, startMs, endMs }) => {
      const value = summary(span, { startMs, endMs, atMs, scalars: [], dialect: context.dialect })
      if (value === undefined) return
      remark(labels)
      const sample = renamed(context, { labels }, value)
      claim(sample.labels, labels)
      out.push(sample)
    })
    context.budget.take(out.length)
    return out
  }
}

/** Fails when two series would go by the same labels at any time of the query, as Prometheus does for ranges. */
function oneSourceEach(context: QueryContext): (result: Labels, source: Labels) => void {
  const sources = new Map<string, string>()
  return (result, source) => {
    if (context.delayedNames) return
    const earlier = sources.get(result.key)
    if (earlier === undefined) sources.set(result.key, source.key)
    else if (earlier !== source.key) throw sameLabels()
  }
}

const counterFunctions: ReadonlySet<string> = new Set(['rate', 'increase', 'irate'])
const counterSuffix = /(_total|_sum|_count|_bucket)$/

/** What Prometheus remarks about series that do not look like counters. */
function counterRemark(context: QueryContext, range: Expr): (labels: Labels) => void {
  return perLabels(labels => {
    const name = labels.get(metricName)
    if (name !== '' && !counterSuffix.test(name)) {
      const ends = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket'
      context.annotations.inform(`${ends}: ${goQuote(name)}`, range.position)
    }
    return true
  })
}

function dateCall(parts: Parts, call: Call, part: DatePart): At<Vector> {
  const { context } = parts
  const read = (seconds: number) => part(new Date(Math.trunc(seconds) * 1000))
  const [arg] = call.args
  if (!arg) return atMs => single(read(atMs / 1000))
  const inner = parts.vector(arg)
  return atMs =>
    distinct(
      context,
      inner(atMs).map(sample => renamed(context, sample, read(sample.value))),
    )
}

function absent(arg: Expr, inner: At<Vector>): At<Vector> {
  const labels = labelsOfSelector(arg)
  return atMs => (inner(atMs).length > 0 ? [] : single(1, labels))
}

function absentOverTime(parts: Parts, arg: Expr): At<Vector> {
  const labels = labelsOfSelector(arg)
  const read = parts.range(arg)
  return atMs => {
    let found = false
    read.samples(atMs, () => {
      found = true
    })
    return found ? [] : single(1, labels)
  }
}

function labelsOfSelector(arg: Expr): Labels {
  const inner = unwrapped(arg)
  const selector = inner.kind === 'matrixSelector' ? inner.selector : inner
  return selector.kind === 'vectorSelector' ? absentLabels(selector.matchers) : Labels.empty()
}

/** Of a selector: when each sample was taken. Of anything else: the evaluation time. */
function timestamp(parts: Parts, arg: Expr): At<Vector> {
  const { context } = parts
  const selector = unwrapped(arg)
  const inner =
    selector.kind === 'vectorSelector'
      ? instantReader(context, selector, sample => sample.atMs / 1000)
      : atEvaluation(parts.vector(arg))
  return atMs =>
    distinct(
      context,
      inner(atMs).map(sample => renamed(context, sample, sample.value)),
    )
}

function atEvaluation(inner: At<Vector>): At<Vector> {
  return atMs => inner(atMs).map(sample => ({ ...sample, value: atMs / 1000 }))
}

/** histogram_quantile and histogram_fraction over a vector of classic buckets. */
import type { Call, Position } from '../../promql/ast.ts'
import { goQuote } from '../../promql/text.ts'
import { distinct, type QueryContext, renamed, warnOfQuantile } from '../context.ts'
import type { At, Vector } from '../values.ts'
import { bucketFraction, bucketQuantile, type Histogram, histogramGrouping } from './histogram.ts'

/** `histogram_quantile(φ, buckets)`. */
export function histogramQuantile(context: QueryContext, call: Call, phi: At<number>, buckets: At<Vector>): At<Vector> {
  const [phiAt, bucketsAt] = positions(call)
  const group = grouping(context, bucketsAt)
  return atMs => {
    const quantile = phi(atMs)
    warnOfQuantile(context, quantile, phiAt)
    return perHistogram(context, group(buckets(atMs)), histogram => {
      const { value, forced } = bucketQuantile(quantile, histogram.buckets, context.dialect)
      if (forced) {
        context.annotations.inform(
          'input to histogram_quantile needed to be fixed for monotonicity (see ' +
            'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)' +
            `, from buckets ${forced.from} to ${forced.to}, with a max diff of ${forced.gap}, at ${isoTime(atMs)}`,
          bucketsAt,
        )
      }
      return value
    })
  }
}

/** `histogram_fraction(lower, upper, buckets)`. */
export function histogramFraction(
  context: QueryContext,
  call: Call,
  lower: At<number>,
  upper: At<number>,
  buckets: At<Vector>,
): At<Vector> {
  const group = grouping(context, call.args[2]?.position ?? call.position)
  return atMs => {
    const [from, to] = [lower(atMs), upper(atMs)]
    return perHistogram(context, group(buckets(atMs)), histogram => bucketFraction(from, to, histogram.buckets))
  }
}

function positions(call: Call): readonly [Position, Position] {
  return [call.args[0]?.position ?? call.position, call.args[1]?.position ?? call.position]
}

function grouping(context: QueryContext, at: Position): (vector: Vector) => Histogram[] {
  const group = histogramGrouping()
  return vector =>
    group(vector, (le, name) => {
      const where = context.delayedNames && name !== '' ? ` for metric name ${goQuote(name)}` : ''
      context.annotations.warn(`bucket label "le" is missing or has a malformed value of ${goQuote(le)}${where}`, at)
    })
}

function perHistogram(
  context: QueryContext,
  histograms: readonly Histogram[],
  measure: (histogram: Histogram) => number,
): Vector {
  return distinct(
    context,
    histograms.map(histogram => renamed(context, histogram, measure(histogram))),
  )
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.?0*Z$/, 'Z')
}

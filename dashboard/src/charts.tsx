/** Traffic, success rate and latency of primary against canary. */
import type { Signal } from '@preact/signals'
import type { HistoryPoint, MetricRule, RolloutItem, Series } from '../../src/dashboard/wire.ts'
import { Chart, type ChartLine, type Threshold } from './chart.tsx'
import { now, numberText } from './format.ts'
import { useSeries } from './polling.ts'

const ranges = [
  { minutes: 0, words: 'This rollout' },
  { minutes: 5, words: 'Last 5 minutes' },
  { minutes: 10, words: 'Last 10 minutes' },
  { minutes: 30, words: 'Last 30 minutes' },
  { minutes: 120, words: 'Last 2 hours' },
  { minutes: 720, words: 'Last 12 hours' },
]

/** The three charts, on one time axis. */
export function RolloutCharts(props: {
  readonly rollout: RolloutItem
  readonly history: readonly HistoryPoint[]
  readonly minutes: Signal<number>
}) {
  const { rollout, history, minutes } = props
  const series = useSeries(rollout, minutes.value || minutesOf(history)).value
  return (
    <section class="panel" aria-labelledby="charts">
      <div class="panel-head">
        <h2 id="charts">Primary against canary</h2>
        <label>
          Shown{' '}
          <select value={minutes.value} onChange={event => (minutes.value = Number(event.currentTarget.value))}>
            {ranges.map(range => (
              <option key={range.minutes} value={range.minutes}>
                {range.words}
              </option>
            ))}
          </select>
        </label>
      </div>
      {series?.problem ? <p class="empty">{series.problem}</p> : null}
      {series ? (
        <Charts rollout={rollout} history={history} series={series} />
      ) : (
        <p class="empty">Asking Prometheus …</p>
      )}
    </section>
  )
}

function Charts(props: {
  readonly rollout: RolloutItem
  readonly history: readonly HistoryPoint[]
  readonly series: Series
}) {
  const { rollout, history, series } = props
  const { times, primary, canary } = series
  const weights = weightsAt(times, history, rollout.weight)
  const marks = stepMarks(history, times)
  const both = (values: 'successRate' | 'latencyMs'): readonly ChartLine[] => [
    { side: 'primary', name: 'primary', values: primary[values] },
    { side: 'canary', name: 'canary', values: canary[values] },
  ]
  return (
    <div class="charts">
      <Chart
        title="Traffic of the canary"
        unit="%"
        times={times}
        marks={marks}
        range={[0, 100]}
        thresholds={rollout.steps.map(step => ({ at: step, kind: 'step' }))}
        lines={[
          { side: 'weight', name: 'weight', values: weights, stepped: true },
          { side: 'canary', name: 'measured', values: measuredShare(series) },
        ]}
      />
      <Chart
        title="Success rate"
        unit="%"
        times={times}
        marks={marks}
        thresholds={thresholdsOf(rollout.metrics, 'request-success-rate')}
        lines={both('successRate')}
        highest={100}
      />
      <Chart
        title="Latency (p99)"
        unit="ms"
        times={times}
        marks={marks}
        thresholds={thresholdsOf(rollout.metrics, 'request-duration')}
        lines={both('latencyMs')}
        lowest={0}
      />
      <p class="muted legend-note">
        <i class="swatch primary" /> primary {numberText(primary.requestRate.at(-1), 'requests/s')} ·{' '}
        <i class="swatch canary" /> canary {numberText(canary.requestRate.at(-1), 'requests/s')} · dashed red: threshold
        · upright lines: the weight changed
      </p>
    </div>
  )
}

/** Few different lengths, so that the charts do not move all the time. */
const lengths = [1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 240, 480, 720]

/** Since the last new revision, or since the server looks, with a little before it. */
function minutesOf(history: readonly HistoryPoint[]): number {
  const isStart = (point: HistoryPoint, index: number) =>
    point.phase === 'Progressing' && !['Progressing', 'Waiting'].includes(history[index - 1]?.phase ?? '')
  const start = history.findLast(isStart) ?? history[0]
  const minutes = start ? (now.value - Date.parse(start.at)) / 60_000 : 0
  return lengths.find(length => length > minutes + 0.2) ?? 1440
}

function thresholdsOf(metrics: readonly MetricRule[], name: string): readonly Threshold[] {
  const rule = metrics.find(metric => metric.name === name)
  return [
    ...(rule?.min === undefined ? [] : [{ at: rule.min, kind: 'min' } as const]),
    ...(rule?.max === undefined ? [] : [{ at: rule.max, kind: 'max' } as const]),
  ]
}

/** The weight at each time; null before the server knew the rollout. */
function weightsAt(
  times: readonly number[],
  history: readonly HistoryPoint[],
  now: number,
): readonly (number | null)[] {
  const points = history.map(({ at, weight }) => ({ atS: Date.parse(at) / 1000, weight }))
  const known = times.map(time => points.findLast(({ atS }) => atS <= time)?.weight ?? null)
  return known.length > 0 ? [...known.slice(0, -1), now] : known
}

/** Moments at which the weight changed, within the chart. */
function stepMarks(history: readonly HistoryPoint[], times: readonly number[]): readonly number[] {
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  return history
    .filter((point, index) => index > 0 && point.weight !== history[index - 1]?.weight)
    .map(({ at }) => Date.parse(at) / 1000)
    .filter(time => time >= first && time <= last)
}

function measuredShare({ primary, canary }: Series): readonly (number | null)[] {
  return canary.requestRate.map((own, index) => {
    const all = (own ?? 0) + (primary.requestRate[index] ?? 0)
    return all > 0 ? ((own ?? 0) / all) * 100 : null
  })
}

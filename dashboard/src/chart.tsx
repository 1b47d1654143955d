/** One chart: two lines, thresholds, and marks of what happened. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { numberText } from './format.ts'

/** One line. */
export interface ChartLine {
  readonly side: 'primary' | 'canary' | 'weight'
  readonly name: string
  readonly values: readonly (number | null)[]
  /** Whether a value holds until the next one. */
  readonly stepped?: boolean
}

/** A level that is marked: what values must not leave, or a step of the way. */
export interface Threshold {
  readonly at: number
  readonly kind: 'min' | 'max' | 'step'
}

/** What is drawn. */
export interface ChartProps {
  readonly title: string
  readonly unit: string
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly ChartLine[]
  readonly thresholds: readonly Threshold[]
  /** Moments, in seconds since 1970. */
  readonly marks: readonly number[]
  /** The whole axis; absent: it follows the values. */
  readonly range?: readonly [number, number]
  readonly lowest?: number
  readonly highest?: number
}

const height = 170

/** The chart, its name and its last values in words. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  // The drawing hooks read what is current; the plot itself is made once.
  const current = useRef(props)
  current.current = props

  useEffect(() => {
    const target = place.current
    if (!target) return
    const make = () => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(current, target.clientWidth), dataOf(current.current), target)
    }
    make()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: target.clientWidth, height }))
    resized.observe(target)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', make)
    return () => {
      dark.removeEventListener('change', make)
      resized.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [])
  useEffect(() => plot.current?.setData(dataOf(props)), [props])

  return (
    <figure class="chart">
      <figcaption>
        <span>{props.title}</span>
        <span class="latest">
          {props.lines.map(line => (
            <span key={line.name}>
              <i class={`swatch ${line.side}`} /> {line.name} <b>{numberText(lastOf(line.values), props.unit)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={wordsOf(props)} />
    </figure>
  )
}

function wordsOf({ title, unit, lines, thresholds }: ChartProps): string {
  const values = lines.map(line => `${line.name} ${numberText(lastOf(line.values), unit)}`)
  const bounds = thresholds
    .filter(({ kind }) => kind !== 'step')
    .map(({ at, kind }) => `${kind === 'min' ? 'at least' : 'at most'} ${numberText(at, unit)}`)
  return `${title}: ${[...values, ...bounds].join(', ')}`
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast(value => value !== null) ?? null
}

function dataOf({ times, lines }: ChartProps): uPlot.AlignedData {
  return [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData // which wants them mutable
}

function optionsOf(current: { readonly current: ChartProps }, width: number): uPlot.Options {
  const css = getComputedStyle(document.documentElement)
  const color = (name: string) => css.getPropertyValue(`--${name}`).trim()
  const { lines, unit } = current.current
  const axis = {
    stroke: color('text-muted'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  return {
    width,
    height,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'rollout' }, y: false, points: { size: 6 } },
    scales: { y: { range: (_, low, high) => rangeOf(current.current, low, high) } },
    axes: [
      { ...axis, size: 26, values: (_, ticks) => timesOf(ticks), space: 64 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(tick => `${tick}${unit === '%' ? '%' : ` ${unit}`}`) },
    ],
    series: [
      {},
      ...lines.map(
        (line): uPlot.Series => ({
          stroke: color(line.side),
          width: 2,
          spanGaps: false,
          points: { show: false },
          ...(line.stepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        }),
      ),
    ],
    hooks: {
      drawClear: [plot => drawMarks(plot, current.current, { mark: color('mark'), step: color('line-strong') })],
      draw: [plot => drawThresholds(plot, current.current, color('bad'))],
    },
  }
}

/** Thresholds stay in sight, with room beside the lines. */
function rangeOf(props: ChartProps, low: number | null, high: number | null): [number, number] {
  if (props.range) return [props.range[0], props.range[1]]
  const levels = props.thresholds.map(({ at }) => at)
  const values = [low, high, ...levels].filter(value => value !== null)
  if (values.length === 0) return [0, 100]
  const least = Math.min(...values)
  const most = Math.max(...values)
  const room = Math.max((most - (props.lowest ?? least)) * 0.1, 0.2)
  return [props.lowest ?? Math.max(0, least - room), Math.min(most + room, (props.highest ?? Infinity) + room * 0.2)]
}

/** `14:03` in the person's own time zone; with seconds where the whole minutes would repeat. */
function timesOf(ticks: readonly number[]): string[] {
  const isFine = (ticks[1] ?? 0) - (ticks[0] ?? 0) < 60
  return ticks.map(tick => {
    const text = new Date(tick * 1000).toLocaleTimeString([], { hour12: false })
    return isFine ? text : text.replace(/:\d\d$/, '')
  })
}

function drawMarks(
  plot: uPlot,
  { marks, thresholds }: ChartProps,
  colors: { readonly mark: string; readonly step: string },
) {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  for (const time of marks) {
    const x = Math.round(plot.valToPos(time, 'x', true))
    line(ctx, colors.mark, [], [x, bbox.top], [x, bbox.top + bbox.height])
  }
  for (const { at, kind } of thresholds) {
    if (kind !== 'step') continue
    const y = Math.round(plot.valToPos(at, 'y', true))
    line(ctx, colors.step, [2, 4], [bbox.left, y], [bbox.left + bbox.width, y])
  }
  ctx.restore()
}

/** The dashed line, and a tint over what lies beyond it. */
function drawThresholds(plot: uPlot, { thresholds }: ChartProps, color: string) {
  const { ctx, bbox } = plot
  ctx.save()
  for (const { at, kind } of thresholds) {
    if (kind === 'step') continue
    const y = Math.min(Math.max(plot.valToPos(at, 'y', true), bbox.top), bbox.top + bbox.height)
    const [from, to] = kind === 'min' ? [y, bbox.top + bbox.height] : [bbox.top, y]
    ctx.globalAlpha = 0.08
    ctx.fillStyle = color
    ctx.fillRect(bbox.left, from, bbox.width, to - from)
    ctx.globalAlpha = 1
    ctx.lineWidth = 1.5 * devicePixelRatio
    line(ctx, color, [6, 4], [bbox.left, y], [bbox.left + bbox.width, y])
  }
  ctx.restore()
}

function line(
  ctx: CanvasRenderingContext2D,
  color: string,
  dash: readonly number[],
  from: readonly [number, number],
  to: readonly [number, number],
) {
  ctx.beginPath()
  ctx.strokeStyle = color
  ctx.setLineDash(dash.map(length => length * devicePixelRatio))
  ctx.moveTo(...from)
  ctx.lineTo(...to)
  ctx.stroke()
}

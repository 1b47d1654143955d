/**
 * Runs scripts in the format of Prometheus's own language tests (prometheus/prometheus promql/promqltest/README.md):
 * `load`, `clear` and `eval` commands. Native histograms are outside of it: what needs them is reported as skipped.
 */
import { isDeepStrictEqual } from 'node:util'
import { dialectV3 } from '../../src/playground/prometheus/dialect.ts'
import { type EngineOptions, newEngine, type QueryResult } from '../../src/playground/prometheus/engine/engine.ts'
import type { SeriesPoints } from '../../src/playground/prometheus/engine/values.ts'
import { Labels, metricName } from '../../src/playground/prometheus/labels.ts'
import type { VectorSelector } from '../../src/playground/prometheus/promql/ast.ts'
import { UnsupportedPromqlError } from '../../src/playground/prometheus/promql/errors.ts'
import { parsePromql } from '../../src/playground/prometheus/promql/parse.ts'
import { parseDurationMs, parseNumber, unquote } from '../../src/playground/prometheus/promql/text.ts'
import { Store } from '../../src/playground/prometheus/storage/store.ts'
import { systemClock } from '../../src/runtime/clock.ts'

/** What became of one `eval`. */
export interface ScriptOutcome {
  readonly line: number
  readonly query: string
  readonly result: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  readonly reason?: string
}

interface Command {
  readonly line: number
  readonly text: string
  readonly body: readonly string[]
}

type Point = number | 'stale' | undefined

interface ExpectedSeries {
  readonly labels: Labels | undefined
  readonly points: readonly Point[]
}

interface Expectations {
  fail?: (message: string) => boolean
  ordered: boolean
  text?: string
  readonly remarks: { kind: 'warn' | 'info'; matches: (text: string) => boolean }[]
  readonly without: Set<'warn' | 'info'>
  rangeTimes?: readonly number[]
  readonly series: ExpectedSeries[]
}

/** Runs a script; each `eval` gives one outcome. Throws for a script that it cannot read. */
export async function runPromqlScript(
  script: string,
  options: Partial<EngineOptions> = {},
): Promise<readonly ScriptOutcome[]> {
  const run = new ScriptRun(options)
  for (const command of commandsOf(script)) await run.execute(command)
  return run.outcomes
}

class ScriptRun {
  readonly outcomes: ScriptOutcome[] = []
  readonly #options: Partial<EngineOptions>
  #store = newStore()
  #loaded = new Map<string, { labels: Labels; points: Map<number, number | 'stale'> }>()
  #native: Labels[] = []

  constructor(options: Partial<EngineOptions>) {
    this.#options = options
  }

  async execute(command: Command): Promise<void> {
    const { text } = command
    const load = /^load(_with_nhcb)?\s+(\S+)/.exec(text)
    if (load?.[2]) return this.#load(command, duration(load[2]), load[1] !== undefined)
    if (/^clear\b/.test(text)) {
      this.#loaded.clear()
      this.#native = []
      this.#store = newStore()
      return
    }
    const instant = /^eval(_\w+)?\s+instant\s+at\s+(\S+)\s+(.*)$/s.exec(text)
    if (instant?.[2] && instant[3]) {
      const atMs = duration(instant[2])
      await this.#eval(command, instant[1], instant[3], { startMs: atMs, endMs: atMs, stepMs: 0 })
      return
    }
    const range = /^eval(_\w+)?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.*)$/s.exec(text)
    if (!range) throw new Error(`line ${command.line}: unknown command ${text}`)
    const [, variant, from = '', to = '', step = '', query = ''] = range
    await this.#eval(command, variant, query, { startMs: duration(from), endMs: duration(to), stepMs: duration(step) })
  }

  #load({ body }: Command, stepMs: number, withNative: boolean): void {
    for (const line of body) {
      // `series@st` gives start timestamps, which only native histograms and experiments use.
      const { labels, rest } = seriesOf(line.replace(/@st(?=\s)/, ' @st'))
      if (!labels) throw new Error(`a series without labels: ${line}`)
      const name = labels.get(metricName)
      if (/\{\{|@st/.test(rest)) {
        this.#native.push(labels)
        continue
      }
      if (withNative) {
        const converted = name.replace(/_(bucket|sum|count)$/, '')
        this.#native.push(labels.with(metricName, converted).drop(new Set(['le'])))
      }
      const series = this.#loaded.get(labels.key) ?? { labels, points: new Map<number, number | 'stale'>() }
      this.#loaded.set(labels.key, series)
      expand(rest).forEach((point, i) => {
        if (point !== undefined) series.points.set(i * stepMs, point)
      })
    }
    // Loads add to each other in any order of time, appends come in order: so all series are stored anew.
    this.#store = newStore()
    for (const { labels, points } of this.#loaded.values()) {
      for (const [atMs, point] of [...points].sort(([a], [b]) => a - b)) this.#store.append(labels, atMs, point)
    }
  }

  async #eval(
    command: Command,
    variant: string | undefined,
    query: string,
    range: { startMs: number; endMs: number; stepMs: number },
  ): Promise<void> {
    const report = (result: ScriptOutcome['result'], reason?: string) =>
      this.outcomes.push({ line: command.line, query, result, ...(reason ? { reason } : {}) })
    if (this.#needsNative(query, command.body)) return void report('skipped', 'native histograms')
    const expected = expectationsOf(command.body, variant)
    const engine = newEngine({ clock: systemClock, source: this.#store, dialect: dialectV3, ...this.#options })
    let result: QueryResult
    try {
      result = range.stepMs === 0 ? await engine.instant(query, range.startMs) : await engine.range(query, range)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (error instanceof UnsupportedPromqlError && !expected.fail?.(message)) return void report('skipped', message)
      if (!expected.fail) return void report('failed', `unexpected error: ${message}`)
      return void (expected.fail(message) ? report('passed') : report('failed', `error: ${message}`))
    }
    const problem = expected.fail ? 'expected an error' : mismatch(result, expected, range)
    report(problem === undefined ? 'passed' : 'failed', problem)
  }

  #needsNative(query: string, body: readonly string[]): boolean {
    if (body.some(line => line.includes('{{')) || /\bhistogram\b.*aggregation/.test(body.join('\n'))) return true
    const selectors = selectorsOf(query)
    return selectors.some(({ matchers }) =>
      this.#native.some(labels => matchers.every(matcher => matcher.matches(labels.get(matcher.name)))),
    )
  }
}

/** All selectors of a query; none when it cannot be parsed. */
function selectorsOf(query: string): VectorSelector[] {
  const found: VectorSelector[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('kind' in value && value.kind === 'vectorSelector') found.push(value as VectorSelector)
    else for (const inner of Object.values(value)) visit(inner)
  }
  try {
    visit(parsePromql(query, dialectV3))
  } catch {
    return []
  }
  return found
}

function newStore(): Store {
  return new Store({ retentionMs: Number.POSITIVE_INFINITY })
}

function commandsOf(script: string): Command[] {
  const commands: { line: number; text: string; body: string[] }[] = []
  script.split('\n').forEach((raw, i) => {
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) return
    if (/^(load|clear|eval)/.test(text)) commands.push({ line: i + 1, text, body: [] })
    else commands.at(-1)?.body.push(text)
  })
  return commands
}

function duration(text: string): number {
  const negative = text.startsWith('-')
  const body = negative ? text.slice(1) : text
  const ms = parseDurationMs(body) ?? (/^[\d.]+$/.test(body) ? Number(body) * 1000 : undefined)
  if (ms === undefined) throw new Error(`${text} is not a duration`)
  return negative ? -ms : ms
}

/** The label set at the start of a line, and what follows. Without a label set the line is a scalar. */
function seriesOf(line: string): { labels: Labels | undefined; rest: string } {
  const name = /^[a-zA-Z_:][\w:]*(?=[\s{])/.exec(line)?.[0] ?? ''
  let end = name.length
  if (line[end] === '{') end = closingBrace(line, end) + 1
  if (end === 0) return { labels: undefined, rest: line }
  return { labels: parseLabels(line.slice(0, end)), rest: line.slice(end).trim() }
}

function closingBrace(line: string, from: number): number {
  const match = /\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}/y
  match.lastIndex = from
  const found = match.exec(line)
  if (!found) throw new Error(`unclosed braces: ${line}`)
  return from + found[0].length - 1
}

function parseLabels(text: string): Labels {
  if (/^\{\s*\}$/.test(text)) return Labels.empty()
  const expr = parsePromql(text, dialectV3)
  if (expr.kind !== 'vectorSelector') throw new Error(`not a label set: ${text}`)
  return Labels.of(expr.matchers.map(matcher => [matcher.name, matcher.value] as const))
}

/** Expands `1 2+3x4 _x2 stale` to points; undefined is a gap. */
function expand(text: string): Point[] {
  return text.split(/\s+/).flatMap((item): Point[] => {
    const gap = /^_(?:x(\d+))?$/.exec(item)
    if (gap) return Array.from({ length: Number(gap[1] ?? 1) }, () => undefined)
    if (item === 'stale') return ['stale']
    const stale = /^stalex(\d+)$/.exec(item)
    if (stale) return Array.from({ length: Number(stale[1]) + 1 }, () => 'stale' as const)
    const repeated = /^([+-]?(?:[\d.]+(?:e[+-]?\d+)?|inf|nan))(?:([+-])([\d.]+(?:e[+-]?\d+)?))?x(\d+)$/i.exec(item)
    if (repeated) {
      const step = repeated[3] ? Number(repeated[2] + repeated[3]) : 0
      const start = number(repeated[1] ?? '')
      return Array.from({ length: Number(repeated[4]) + 1 }, (_, i) => start + step * i)
    }
    return [number(item)]
  })
}

function number(text: string): number {
  const value = parseNumber(text)
  if (value === undefined) throw new Error(`${text} is not a number`)
  return value
}

function expectationsOf(body: readonly string[], variant: string | undefined): Expectations {
  const expected: Expectations = { ordered: variant === '_ordered', remarks: [], without: new Set(), series: [] }
  if (variant === '_fail') expected.fail = () => true
  for (const line of body) {
    const [, what, rest = ''] = /^expect(?:ed)?[_ ](\w+(?: vector)?)\s*(.*)$/.exec(line) ?? []
    if (what === undefined) {
      const { labels, rest: points } = seriesOf(line)
      expected.series.push({ labels, points: expand(points) })
    } else if (what === 'fail' || what === 'fail_message' || what === 'fail_regexp') {
      expected.fail = textMatcher(what === 'fail' ? rest : `${what === 'fail_regexp' ? 'regex' : 'msg'}: ${rest}`)
    } else if (what === 'ordered') expected.ordered = true
    else if (what === 'string') expected.text = unquote(rest) ?? rest
    else if (what === 'warn' || what === 'info') expected.remarks.push({ kind: what, matches: textMatcher(rest) })
    else if (what === 'no_warn' || what === 'no_info') expected.without.add(what === 'no_warn' ? 'warn' : 'info')
    else if (what === 'range vector') expected.rangeTimes = timesOf(rest)
    else throw new Error(`unknown expectation: ${line}`)
  }
  return expected
}

function timesOf(text: string): number[] {
  const [, from = '', to = '', step = ''] = /^from (\S+) to (\S+) step (\S+)$/.exec(text) ?? []
  const times: number[] = []
  for (let at = duration(from); at <= duration(to); at += duration(step)) times.push(at)
  return times
}

function textMatcher(text: string): (message: string) => boolean {
  const [, kind, wanted = ''] = /^(msg|regex)\s*:\s*(.*)$/.exec(text) ?? []
  if (kind === undefined) return () => true
  if (kind === 'regex') return message => new RegExp(wanted).test(message)
  return message => message === wanted
}

function mismatch(
  result: QueryResult,
  expected: Expectations,
  range: { startMs: number; stepMs: number },
): string | undefined {
  return remarkMismatch(result, expected) ?? valueMismatch(result, expected, range)
}

function remarkMismatch({ warnings, infos }: QueryResult, expected: Expectations): string | undefined {
  for (const [kind, given] of [
    ['warn', warnings],
    ['info', infos],
  ] as const) {
    const wanted = expected.remarks.filter(remark => remark.kind === kind)
    const missing = wanted.find(remark => !given.some(remark.matches))
    if (missing) return `missing ${kind}; got ${JSON.stringify(given)}`
    const extra = given.find(text => !wanted.some(remark => remark.matches(text)))
    if (extra !== undefined && (wanted.length > 0 || expected.without.has(kind))) return `unexpected ${kind}: ${extra}`
  }
  return undefined
}

function valueMismatch(
  { value }: QueryResult,
  expected: Expectations,
  { startMs, stepMs }: { startMs: number; stepMs: number },
): string | undefined {
  switch (value.type) {
    case 'string':
      return value.value === expected.text ? undefined : `string ${JSON.stringify(value.value)}`
    case 'scalar': {
      const wanted = expected.series[0]?.points[0]
      return close(value.value, wanted) ? undefined : `scalar ${value.value}, expected ${wanted}`
    }
    case 'vector': {
      const series = value.samples.map(({ labels, value: v }) => ({
        labels,
        points: { length: 1, times: [value.atMs], values: [v] },
      }))
      if (expected.ordered) {
        const order = series.map(({ labels }) => labels.key)
        const wanted = expected.series.map(({ labels }) => labels?.key)
        if (!isDeepStrictEqual(order, wanted)) return `order ${series.map(({ labels }) => labels)}`
      }
      return seriesMismatch(series, expected.series, i => value.atMs + i)
    }
    case 'matrix': {
      const { rangeTimes } = expected
      const timeOf = (i: number) => rangeTimes?.[i] ?? startMs + i * stepMs
      return seriesMismatch(value.series, expected.series, timeOf)
    }
  }
}

function seriesMismatch(
  given: readonly SeriesPoints[],
  expected: readonly ExpectedSeries[],
  timeOf: (index: number) => number,
): string | undefined {
  const byKey = new Map(given.map(series => [series.labels.key, series]))
  for (const { labels = Labels.empty(), points } of expected) {
    const series = byKey.get(labels.key)
    const wanted = new Map(
      points.flatMap((point, i): [number, number][] => (typeof point === 'number' ? [[timeOf(i), point]] : [])),
    )
    if (!series) {
      if (wanted.size === 0) continue
      return `missing ${labels}; got ${given.map(one => one.labels).join(' ')}`
    }
    byKey.delete(labels.key)
    for (let i = 0; i < series.points.length; i++) {
      const [time = Number.NaN, value = Number.NaN] = [series.points.times[i], series.points.values[i]]
      if (!wanted.has(time)) return `${labels} has ${value} at ${time}, where nothing is expected`
      if (!close(value, wanted.get(time))) return `${labels} is ${value} at ${time}, expected ${wanted.get(time)}`
      wanted.delete(time)
    }
    if (wanted.size > 0) return `${labels} lacks ${[...wanted].map(([time, value]) => `${value} at ${time}`)}`
  }
  const [extra] = byKey.values()
  return extra && `unexpected ${extra.labels} = ${Array.from(extra.points.values).slice(0, extra.points.length)}`
}

/** Relative tolerance 1e-6, as the format's own runner has. */
function close(given: number, wanted: Point): boolean {
  if (typeof wanted !== 'number') return false
  if (Object.is(given, wanted) || given === wanted) return true
  return Math.abs(given - wanted) <= 1e-6 * Math.max(Math.abs(given), Math.abs(wanted))
}

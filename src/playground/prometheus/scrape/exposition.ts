/** Prometheus's text format 0.0.4 and OpenMetrics 1.0, as far as float samples go. */
import { type Label, metricName } from '../labels.ts'
import { parseNumber } from '../promql/text.ts'

/** One sample line. */
export interface ExposedSample {
  /** The name and labels as they were written: the same text means the same series. */
  readonly head: string
  readonly value: number
  /** In milliseconds; absent when the line has no timestamp. */
  readonly atMs?: number
}

/** What a target says about a metric. */
export interface MetricMetadata {
  readonly type: string
  readonly help: string
  readonly unit: string
}

/** A whole exposition. */
export interface Exposition {
  readonly samples: readonly ExposedSample[]
  readonly metadata: ReadonlyMap<string, MetricMetadata>
}

/** A target's answer is not in a format that can be read. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError'
  readonly reason = 'InvalidExposition'
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
  }
}

/** Reads an exposition. Throws {@link ExpositionError} for the first line that is wrong. */
export function parseExposition(text: string, contentType = ''): Exposition {
  const openMetrics = /^application\/openmetrics-text/i.test(contentType)
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  let line = 0
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    line++
    const content = text.slice(start, end).trim()
    start = end + 1
    if (content === '# EOF') break
    if (content === '') continue
    if (content.startsWith('#')) noteMetadata(metadata, content)
    else samples.push(parseSample(content, line, openMetrics))
  }
  return { samples, metadata }
}

const metadataLine = /^#\s+(HELP|TYPE|UNIT)\s+("(?:[^"\\]|\\.)*"|\S+)\s*(.*)$/

function noteMetadata(metadata: Map<string, MetricMetadata>, content: string): void {
  const [, kind, name, text = ''] = metadataLine.exec(content) ?? []
  if (!kind || !name) return
  const known = metadata.get(name) ?? { type: 'unknown', help: '', unit: '' }
  if (kind === 'TYPE') metadata.set(name, { ...known, type: text })
  else if (kind === 'HELP') metadata.set(name, { ...known, help: unescaped(text) })
  else metadata.set(name, { ...known, unit: text })
}

function parseSample(content: string, line: number, openMetrics: boolean): ExposedSample {
  const headEnd = endOfHead(content, line)
  const head = content.slice(0, headEnd)
  // An exemplar follows after ` # `; it is not kept.
  const exemplar = content.indexOf(' # ', headEnd)
  const rest = content.slice(headEnd, exemplar < 0 ? undefined : exemplar).trim()
  const gap = rest.search(/\s/)
  const valueText = gap < 0 ? rest : rest.slice(0, gap)
  const value = parseValue(valueText)
  if (value === undefined) throw new ExpositionError(line, `${JSON.stringify(clipped(valueText))} is not a value`)
  if (gap < 0) return { head, value }
  const timeText = rest.slice(gap).trim()
  const time = Number(timeText)
  if (!Number.isFinite(time)) {
    throw new ExpositionError(line, `${JSON.stringify(clipped(timeText))} is not a timestamp`)
  }
  return { head, value, atMs: Math.round(openMetrics ? time * 1000 : time) }
}

function parseValue(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text)
  return Number.isNaN(value) ? parseNumber(/^[+-]?(nan|inf(inity)?)$/i.test(text) ? text : '') : value
}

const startsLikeSample = /^[a-zA-Z_:{]/

const plainName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y

/** Where the name and labels end. */
function endOfHead(content: string, line: number): number {
  // Neither a value nor a timestamp has a brace: without an exemplar the last one ends the labels.
  const last = content.lastIndexOf('}')
  if (last > 0 && !content.includes(' # ') && startsLikeSample.test(content)) return last + 1
  plainName.lastIndex = 0
  const nameEnd = plainName.test(content) ? plainName.lastIndex : 0
  const brace = /\s*\{/y
  brace.lastIndex = nameEnd
  if (!brace.test(content)) {
    if (nameEnd > 0 && /\s/.test(content[nameEnd] ?? '')) return nameEnd
    throw new ExpositionError(line, `${JSON.stringify(clipped(content))} is not a sample`)
  }
  for (let at = brace.lastIndex; at < content.length; at++) {
    if (content[at] === '}') return at + 1
    if (content[at] !== '"') continue
    at++
    while (at < content.length && content[at] !== '"') at += content[at] === '\\' ? 2 : 1
  }
  throw new ExpositionError(line, `the labels of ${JSON.stringify(clipped(content))} are not closed`)
}

const labelPair = /\s*(?:([a-zA-Z_][a-zA-Z0-9_]*)|"((?:[^"\\]|\\.)*)")\s*(?:=\s*"((?:[^"\\]|\\.)*)")?\s*(,|$)/y

/** The labels that {@link ExposedSample.head} writes, the name among them. Throws an Error when it cannot be read. */
export function parseHead(head: string): Label[] {
  const open = head.indexOf('{')
  const name = (open < 0 ? head : head.slice(0, open)).trim()
  const labels: Label[] = name === '' ? [] : [[metricName, name]]
  if (open >= 0) {
    const inner = head.slice(open + 1, -1).trim()
    labelPair.lastIndex = 0
    while (labelPair.lastIndex < inner.length) {
      const [, plain, quoted, value] = labelPair.exec(inner) ?? []
      if (plain !== undefined && value !== undefined) labels.push([plain, unescaped(value)])
      else if (quoted !== undefined)
        labels.push(value === undefined ? [metricName, unescaped(quoted)] : [unescaped(quoted), unescaped(value)])
      else throw new Error(`the labels of ${JSON.stringify(clipped(head))} cannot be read`)
    }
  }
  if (!labels.some(([label]) => label === metricName)) throw new Error(`${JSON.stringify(clipped(head))} has no name`)
  return labels
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
}

function clipped(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

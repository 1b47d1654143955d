/** `serin simulate`: how a rollout would go, by the engine itself on a virtual clock; no cluster is asked. */
import type { Measurement, MetricReading } from '../../analysis/check.ts'
import type { Application } from '../../api/apps/v1alpha1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import { compileSchema } from '../../apimachinery/structural/compile.ts'
import { normalise } from '../../rollout/normalise.ts'
import { revision, simulate as run, type TimelineRow } from '../../rollout/simulate.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import { newWorld } from '../../rollout/world.ts'
import { documentsOf, kindOf } from '../documents.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

/** What the command line says. */
export interface SimulateOptions {
  readonly file: readonly string[]
  /** `NAME=VALUE`: what a metric of the new revision shows; `none`: nothing. */
  readonly metric: readonly string[]
  /** The metrics are as given from this weight on, in percent, and well before. */
  readonly fromWeight: number
  /** How long a pod takes to become ready. */
  readonly readyAfterMs: number
  readonly replicas: number
  readonly pace: 'event' | 'upstream'
  readonly json?: boolean
}

// The Canary is initialised by then, at any interval that makes sense.
const changeMs = 7 * 86_400_000

/** Prints the timeline of every rollout in the files. Throws where one of them does not end Succeeded. */
export async function simulate(io: Io, options: SimulateOptions): Promise<void> {
  const metrics = new Map(options.metric.map(readingOf))
  const canaries = (await Promise.all(options.file.map(file => canariesIn(io, file)))).flat()
  if (canaries.length === 0)
    throw new CliError('usage', 'there is no rollout in it: no Canary, no Application with one')
  let failed = 0
  for (const canary of canaries) {
    const ended = tell(io, canary, metrics, options)
    if (ended !== 'Succeeded') failed += 1
  }
  if (failed > 0) throw new CliError('failed', 'a rollout does not succeed')
}

function tell(
  io: Io,
  canary: Canary,
  metrics: ReadonlyMap<string, MetricReading>,
  { fromWeight, readyAfterMs, replicas, pace, json }: SimulateOptions,
): string {
  const name = `${canary.metadata.namespace ?? 'default'}/${canary.metadata.name}`
  const made = normalise(canary, { provider: 'istio' })
  if ('errors' in made) {
    const [error] = made.errors
    throw new CliError('usage', `Canary ${name}: ${error?.field}: ${error?.message}`)
  }
  const { spec } = made
  const known = knownMetrics(spec)
  for (const metric of metrics.keys()) {
    if (!known.includes(metric))
      throw new CliError('usage', `--metric ${metric}: Canary ${name} has ${known.join(', ') || 'no metrics'}`)
  }
  const { rows: all } = run({
    world: newWorld({ spec, pace, revision: 'old', replicas, readyAfterMs: () => readyAfterMs }),
    changes: [revision('new', changeMs)],
    endMs: changeMs + 86_400_000,
    metric: (measurement, world) =>
      (world.status.canaryWeight >= fromWeight ? metrics.get(measurement.metric.name) : undefined) ?? well(measurement),
  })
  const rows = all.filter(({ atMs }) => atMs >= changeMs)
  const last = rows.at(-1)
  if (json) for (const row of rows) io.out(`${JSON.stringify({ canary: name, ...row, atMs: row.atMs - changeMs })}\n`)
  else for (const line of linesOf(name, spec, rows)) io.out(`${line}\n`)
  return last?.phase ?? ''
}

const knownMetrics = (spec: RolloutSpec): readonly string[] => spec.metrics.map(metric => metric.name)

function linesOf(name: string, spec: RolloutSpec, rows: readonly TimelineRow[]): readonly string[] {
  const last = rows.at(-1)
  return [
    `Canary ${name}: a new revision at 0:00, a check every ${clockOf(spec.intervalMs)}, rolled back at ${spec.failedChecksThreshold} failed checks`,
    `${'TIME'.padStart(8)}  ${'PHASE'.padEnd(16)} ${'TRAFFIC'.padEnd(7)} ${'FAILED'.padEnd(6)} WHAT`,
    ...rows.map(row =>
      [
        `${clockOf(row.atMs - changeMs).padStart(8)} `,
        row.phase.padEnd(16),
        row.routes.replace(/^.*\/(\d+).*/, '$1%').padEnd(7),
        `${row.failedChecks}/${spec.failedChecksThreshold}`.padEnd(6),
        row.events.map(event => event.slice(2)).join('; '),
      ]
        .join(' ')
        .trimEnd(),
    ),
    `ends ${last?.phase ?? 'where it began'} after ${clockOf((last?.atMs ?? changeMs) - changeMs)}`,
  ]
}

/** `1:30`, `1:02:03`. */
function clockOf(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map(part => String(part).padStart(2, '0')).join(':')
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${parts}` : parts.replace(/^0/, '')
}

/** A value that satisfies the metric's bounds. */
function well({ metric, kind }: Measurement): MetricReading {
  return { kind: 'value', value: metric.range?.min ?? metric.range?.max ?? (kind === 'success-rate' ? 100 : 0) }
}

function readingOf(text: string): readonly [string, MetricReading] {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (value === 'none') return [name, { kind: 'noData', reason: 'noTraffic', detail: 'no requests' }]
  if (name !== '' && value.trim() !== '' && Number.isFinite(Number(value)))
    return [name, { kind: 'value', value: Number(value) }]
  throw new CliError('usage', `--metric ${JSON.stringify(text)}: write NAME=NUMBER, or NAME=none`)
}

async function canariesIn(io: Io, file: string): Promise<readonly Canary[]> {
  const { plannedCanaries } = await import('../../manager/planned-canaries.ts')
  return (await documentsOf(io, file)).flatMap(document => {
    const complete = completed(file, document)
    if (complete?.kind === 'Application') return plannedCanaries(complete.object as Application)
    return complete?.kind === 'Canary' ? [complete.object as Canary] : []
  })
}

/** The document with its kind's defaults, if it is of a kind that may have a rollout. Throws where it is malformed. */
function completed(file: string, document: Json): { readonly kind: string; readonly object: unknown } | undefined {
  if (!isJsonObject(document)) return undefined
  const { apiVersion, kind } = document
  const type = typeof apiVersion === 'string' && typeof kind === 'string' ? kindOf(apiVersion, kind) : undefined
  if (type?.kind !== 'Application' && type?.kind !== 'Canary') return undefined
  const schema = compileSchema(type.openAPIV3Schema)
  const object = schema.applyDefaults(document)
  const [error] = schema.validate(object)
  if (error) throw new CliError('usage', `${file}: ${kind}: ${error.field}: ${error.message}`)
  return { kind: type.kind, object }
}

/** Rollouts of several clusters as they change. */
import { builtinQuery, measuredValue, onOneLine } from '../../analysis/query.ts'
import { queryNamesOf } from '../../analysis/query-names.ts'
import { Canary } from '../../api/flagger/v1beta1.ts'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { type RolloutRow, rowOf } from './row.ts'

/** A cluster to look at. */
export interface WatchedCluster {
  readonly name: string
  readonly client: Client
  /** Base URL; absent: no metrics are shown. */
  readonly prometheus?: string
}

/** A Canary to look at. */
export interface WatchedRollout {
  readonly cluster: WatchedCluster
  readonly namespace: string
  readonly name: string
}

/** The rows of all rollouts, kept up to date. */
export interface LiveRows {
  /** In the order in which they were asked for. */
  rows(): readonly RolloutRow[]
  close(): Promise<void>
}

// Prometheus has something new each second.
const metricsEveryMs = 1_000
const metricsTimeoutMs = 3_000
const moving = ['Progressing', 'Waiting', 'WaitingPromotion']

/** Watches Canaries; `onChange` is called after every change. Resolves when all are known. */
export async function watchRollouts(options: {
  readonly rollouts: readonly WatchedRollout[]
  readonly clock: Clock
  readonly onChange: () => void
  readonly signal: AbortSignal
}): Promise<LiveRows> {
  const { rollouts, clock, onChange } = options
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, options.signal])
  const watched = rollouts.map(({ cluster, namespace, name }) => {
    const deps = { client: cluster.client, clock, random: Math.random, log: silentLogger }
    const informers = newInformerSet(deps)
    const canaries = informers.informer(Canary, { namespace, fieldSelector: `metadata.name=${name}` })
    canaries.addHandler({ added: onChange, updated: onChange, deleted: onChange })
    const run = informers.run(signal).catch(() => {})
    const of = { cluster: cluster.name, workload: `${namespace}/${name}` }
    let metrics: Measured = {}
    return {
      informers,
      run,
      row: () => rowOf(of, canaries.get({ namespace, name }), metrics),
      async measure() {
        const seen = canaries.get({ namespace, name })
        const isMoving = moving.includes(seen?.status?.phase ?? '')
        // What was measured last stays visible with the phase that it led to.
        if (seen && isMoving) metrics = await measured(cluster, seen, clock, signal)
      },
    }
  })

  async function measure(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(metricsEveryMs, signal)
      await Promise.all(watched.map(each => each.measure()))
      onChange()
    }
  }
  const measuring = measure().catch(() => {}) // ends with the signal
  await Promise.all(watched.map(({ informers }) => informers.synced(signal)))
  return {
    rows: () => watched.map(({ row }) => row()),
    async close() {
      stop.abort(new Error('no longer watched'))
      await Promise.all([measuring, ...watched.map(({ run }) => run)])
    },
  }
}

type Measured = Pick<RolloutRow, 'successPercent' | 'latencyMs'>

async function measured(cluster: WatchedCluster, canary: Canary, clock: Clock, signal: AbortSignal): Promise<Measured> {
  if (!cluster.prometheus) return {}
  const deadline = withDeadline(clock, metricsTimeoutMs, signal)
  const ask = (kind: 'success-rate' | 'duration') => query(cluster.prometheus ?? '', kind, canary, deadline.signal)
  const [successPercent, latencyMs] = await Promise.all([ask('success-rate'), ask('duration')])
  deadline.clear()
  return {
    ...(successPercent === undefined ? {} : { successPercent }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  }
}

async function query(
  prometheus: string,
  kind: 'success-rate' | 'duration',
  canary: Canary,
  signal: AbortSignal,
): Promise<number | undefined> {
  const metricName = kind === 'success-rate' ? 'request-success-rate' : 'request-duration'
  const { interval = '1m' } = canary.spec.analysis?.metrics?.find(metric => metric.name === metricName) ?? {}
  const metric = { name: metricName, interval, threshold: 0, templateVariables: {} }
  const made = builtinQuery(kind, metric, queryNamesOf(canary), canary.spec.provider ?? 'istio')
  if ('problem' in made) return undefined
  const url = new URL('/api/v1/query', prometheus)
  url.searchParams.set('query', onOneLine(made.query))
  const answer = await fetch(url, { signal })
    .then(response => response.json() as Promise<Json>)
    .catch(() => undefined)
  const value = firstValue(answer)
  return value === undefined ? undefined : measuredValue(kind, value, made.unitMs)
}

/** The value of the first series of an instant query's answer. */
function firstValue(answer: Json | undefined): number | undefined {
  const data = isJsonObject(answer) ? answer['data'] : undefined
  const result = isJsonObject(data) ? data['result'] : undefined
  const first = isJsonArray(result) ? result[0] : undefined
  const value = isJsonObject(first) && isJsonArray(first['value']) ? Number(first['value'][1]) : Number.NaN
  return Number.isNaN(value) ? undefined : value
}

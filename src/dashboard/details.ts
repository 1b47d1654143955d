/** What is too long for the state: a rollout's decisions and events. */
import { Event } from '../api/core/core-v1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { HttpSender } from '../runtime/http-sender.ts'
import type { DashboardCluster } from './clusters.ts'
import type { DecisionLine, EventLine, RolloutDetails } from './wire.ts'

const timeoutMs = 5_000
const maxEvents = 200

/** Asks the engine and the cluster. What cannot be had is left out, and the result says why. */
export async function fetchDetails(
  http: HttpSender,
  cluster: DashboardCluster,
  canary: Canary,
  signal: AbortSignal,
): Promise<Omit<RolloutDetails, 'history'>> {
  const [decisions, events] = await Promise.all([
    linesOr(signal, () => fetchDecisions(http, cluster, canary, signal)),
    linesOr(signal, () => fetchEvents(cluster, canary, signal)),
  ])
  return { decisions, events }
}

async function linesOr<T>(signal: AbortSignal, fetchLines: () => Promise<readonly T[]>) {
  try {
    return { lines: await fetchLines() }
  } catch (error) {
    if (signal.aborted) throw error
    return { lines: [], problem: error instanceof Error ? error.message : String(error) }
  }
}

async function fetchDecisions(
  http: HttpSender,
  { name, decisionsUrl }: DashboardCluster,
  { metadata }: Canary,
  signal: AbortSignal,
): Promise<readonly DecisionLine[]> {
  const base = typeof decisionsUrl === 'function' ? await decisionsUrl() : decisionsUrl
  if (!base) throw new Error(`the rollout engine of ${name} cannot be asked from here`)
  const url = `${base}/api/v1/canaries/${metadata.namespace}/${metadata.name}/decisions`
  const { status, text } = await http.send({ method: 'GET', url, timeoutMs }, signal)
  if (status !== 200) throw new Error(`the rollout engine of ${name} answered ${status}`)
  return (JSON.parse(text) as { decisions: readonly DecisionLine[] }).decisions // the engine's own wire
}

async function fetchEvents(
  { client }: DashboardCluster,
  { metadata }: Canary,
  signal: AbortSignal,
): Promise<readonly EventLine[]> {
  const { items } = await client.list(Event, {
    namespace: metadata.namespace ?? '',
    fieldSelector: `involvedObject.kind=Canary,involvedObject.name=${metadata.name}`,
    signal,
  })
  return items
    .map(event => ({
      at: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
      type: event.type ?? 'Normal',
      message: event.message ?? '',
      count: event.count ?? 1,
    }))
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(-maxEvents)
}

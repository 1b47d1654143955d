/**
 * Makes load. Open loop: with a rate, every request has the time at which it should start, and its latency counts
 * from then on even when it had to wait for a free connection (no coordinated omission).
 */
import type { Dispatcher } from 'undici'
import { basicAuthorization } from '../runtime/basic-authorization.ts'
import type { Clock } from '../runtime/clock.ts'
import { Agent, requestBy } from '../runtime/undici.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { LoadPlan } from './load-plan.ts'

/** What a load came to. */
export interface LoadReport {
  readonly elapsedMs: number
  /** How many requests were answered, by status code. */
  readonly statuses: ReadonlyMap<number, number>
  /** How many got no answer, by the reason. */
  readonly errors: ReadonlyMap<string, number>
  readonly latency: LatencyHistogram
  readonly bytes: number
}

/** What the generator needs. */
export interface GeneratorDeps {
  readonly clock: Clock
  /** An HTTP proxy that requests go through, such as a local mesh's. */
  readonly proxy?: URL
  /** Told of each request as it ends. `status` is 0 where there was no answer. */
  readonly onRequest?: (status: number, latencyMs: number) => void
}

interface Answer {
  readonly status: number
  readonly bytes: number
}

/** Runs a plan to its end, or until `signal` aborts; either way the report says what was done. */
export async function generateLoad(plan: LoadPlan, deps: GeneratorDeps, signal: AbortSignal): Promise<LoadReport> {
  const { clock } = deps
  const agent = new Agent({
    connections: plan.connections,
    pipelining: 1,
    allowH2: plan.http2,
    headersTimeout: plan.timeoutMs,
    bodyTimeout: plan.timeoutMs,
    connect: { timeout: plan.timeoutMs },
  })
  const statuses = new Map<number, number>()
  const errors = new Map<string, number>()
  const latency = new LatencyHistogram()
  let bytes = 0
  let started = 0
  const startMs = clock.monotonicMs()

  /** When the next request should start, or undefined when the plan is done. */
  const next = (): number | undefined => {
    if (signal.aborted || (plan.requests !== undefined && started >= plan.requests)) return undefined
    const nowMs = clock.monotonicMs()
    const dueMs = plan.ratePerSecond ? startMs + (started * 1000) / plan.ratePerSecond : nowMs
    if (plan.durationMs !== undefined && Math.max(dueMs, nowMs) >= startMs + plan.durationMs) return undefined
    started++
    return dueMs
  }

  const work = async () => {
    for (let dueMs = next(); dueMs !== undefined; dueMs = next()) {
      const waitMs = dueMs - clock.monotonicMs()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      let status = 0
      try {
        const answer = await send(agent, plan, deps.proxy, signal)
        status = answer.status
        bytes += answer.bytes
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      } catch (error) {
        if (signal.aborted) return
        const reason = reasonOf(error)
        errors.set(reason, (errors.get(reason) ?? 0) + 1)
      }
      const latencyMs = clock.monotonicMs() - dueMs
      latency.add(latencyMs)
      deps.onRequest?.(status, latencyMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: plan.connections }, () => work().catch(ignoreAbort(signal))))
  } finally {
    await agent.destroy()
  }
  return { elapsedMs: clock.monotonicMs() - startMs, statuses, errors, latency, bytes }
}

/** A summary for the log, in the order in which `hey` prints its own. */
export function summarise(report: LoadReport): Record<string, unknown> {
  const round = (ms: number) => Number(ms.toFixed(2))
  return {
    requests: report.latency.count,
    requestsPerSecond: round((report.latency.count * 1000) / Math.max(1, report.elapsedMs)),
    elapsedMs: Math.round(report.elapsedMs),
    latencyMs: {
      mean: round(report.latency.meanMs),
      min: round(report.latency.minMs),
      p50: round(report.latency.quantileMs(0.5)),
      p90: round(report.latency.quantileMs(0.9)),
      p99: round(report.latency.quantileMs(0.99)),
      max: round(report.latency.maxMs),
    },
    statuses: Object.fromEntries(report.statuses),
    ...(report.errors.size > 0 ? { errors: Object.fromEntries(report.errors) } : {}),
    bytes: report.bytes,
  }
}

async function send(agent: Agent, plan: LoadPlan, proxy: URL | undefined, signal: AbortSignal): Promise<Answer> {
  // A plain-text proxy is asked with the whole URL (RFC 9112, 3.2.2); TLS goes straight to the host.
  const viaProxy = proxy !== undefined && plan.url.protocol === 'http:'
  const response = await requestBy(agent, {
    origin: viaProxy ? proxy.origin : plan.url.origin,
    path: viaProxy ? plan.url.href : `${plan.url.pathname}${plan.url.search}`,
    method: plan.method as Dispatcher.HttpMethod, // any token is a method to undici
    headers: {
      host: plan.url.host,
      ...(viaProxy && proxy.username ? { 'proxy-authorization': basicAuthorization(proxy) } : {}),
      ...plan.headers,
    },
    body: plan.body ?? null,
    signal,
  })
  let bytes = 0
  for await (const chunk of response.body) bytes += chunk.length
  return { status: response.statusCode, bytes }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timeout'
  return code || (error instanceof Error ? error.message : String(error))
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return error => {
    if (!signal.aborted) throw error
  }
}

/** Load on an API server: requests in a closed loop, changes at a fixed rate, watches. */
import { Agent, Pool } from 'undici'
import type { MeasuredServer } from './api-servers.ts'

/** How many requests were answered, and how long each took. */
export interface LoadResult {
  readonly perSecond: number
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A client that keeps `connections` open. */
export interface LoadClient {
  /** Sends one request and reads the whole answer. Throws for an answer of 300 and above. */
  send(method: string, path: string, body?: string, contentType?: string): Promise<void>
  close(): Promise<void>
}

/** Connects to a server. */
export function newLoadClient(server: MeasuredServer, connections: number): LoadClient {
  const pool = new Pool(server.url, { connections, connect: { ca: server.caPem } })
  return {
    async send(method, path, body, contentType = 'application/json') {
      const headers = { authorization: `Bearer ${server.token}`, 'content-type': contentType }
      const answer = await pool.request({
        method: method as 'GET',
        path,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      if (answer.statusCode >= 300)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`)
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
    },
    close: () => pool.close(),
  }
}

/** Lets `clients` send one request after the other until the time or the count is up. */
export async function closedLoop(
  clients: number,
  limit: { readonly durationMs: number; readonly count?: number },
  send: (index: number) => Promise<void>,
): Promise<LoadResult> {
  const startMs = performance.now()
  const endMs = startMs + limit.durationMs
  const timesMs: number[] = []
  let next = 0
  const loop = async () => {
    while (performance.now() < endMs && next < (limit.count ?? Number.POSITIVE_INFINITY)) {
      const sentMs = performance.now()
      await send(next++)
      timesMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, loop))
  const seconds = (performance.now() - startMs) / 1000
  return { perSecond: timesMs.length / seconds, count: timesMs.length, ...quantiles(timesMs) }
}

// What a server cannot take waits in its queues; more than this much would measure those alone.
const maxUnanswered = 64

/**
 * Sends at a fixed rate for some time, whether or not answers have come, as long as not too many are missing. Answers with
 * the number of requests that succeeded.
 */
export async function openLoop(
  perSecond: number,
  durationMs: number,
  send: (index: number) => Promise<void>,
): Promise<number> {
  const startMs = performance.now()
  const unanswered = new Set<Promise<void>>()
  let succeeded = 0
  for (let index = 0; ; index++) {
    const dueMs = startMs + (index * 1000) / perSecond
    if (dueMs > startMs + durationMs) break
    const waitMs = dueMs - performance.now()
    if (waitMs > 1) await new Promise(resolve => setTimeout(resolve, waitMs))
    if (unanswered.size >= maxUnanswered) continue
    const request: Promise<void> = send(index).then(
      () => {
        succeeded++
        unanswered.delete(request)
      },
      () => void unanswered.delete(request),
    )
    unanswered.add(request)
  }
  await Promise.all(unanswered)
  return succeeded
}

/** The median and the 99th percentile. */
export function quantiles(values: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** A watch whose events carry `stamp-NNNNNNNNNNNNNNNN`: the microseconds, in 16 digits, at which each was sent. */
export async function openStampedWatch(
  server: MeasuredServer,
  path: string,
  onStamp: (sentMs: number) => void,
): Promise<() => Promise<void>> {
  const agent = new Agent({ connect: { ca: server.caPem }, bodyTimeout: 0 })
  const marker = Buffer.from('"stamp-')
  const answer = await agent.request({
    origin: server.url,
    method: 'GET',
    path,
    headers: { authorization: `Bearer ${server.token}` },
  })
  if (answer.statusCode !== 200) throw new Error(`watch ${path}: ${answer.statusCode}`)
  let rest: Buffer = Buffer.alloc(0)
  answer.body.on('data', (chunk: Buffer) => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let from = 0
    for (;;) {
      const at = data.indexOf(marker, from)
      if (at < 0 || at + 23 > data.length) break
      onStamp(Number(data.toString('latin1', at + 7, at + 23)) / 1000)
      from = at + 23
    }
    rest = data.subarray(Math.max(from, data.length - 24))
  })
  answer.body.on('error', () => {})
  return () => agent.destroy()
}

/** The stamp of this moment. */
export function stampNow(): string {
  return `stamp-${String(Math.round(performance.now() * 1000)).padStart(16, '0')}`
}

/** A Prometheus that answers every query with one value, for measurements. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running one. */
export interface HealthyPrometheus {
  readonly url: string
  /** How many queries were asked so far. */
  queries(): number
  /** What it answers from now on; 100 at first. */
  answer(value: number): void
  close(): Promise<void>
}

/** Starts one on a free port of loopback. */
export async function startHealthyPrometheus(): Promise<HealthyPrometheus> {
  let queries = 0
  let current = 100
  const server = createServer((_, response) => {
    queries += 1
    const result = [{ metric: {}, value: [Date.now() / 1000, String(current)] }]
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return {
    url: `http://127.0.0.1:${port}`,
    queries: () => queries,
    answer(value) {
      current = value
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

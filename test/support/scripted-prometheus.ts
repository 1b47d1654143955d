/** A Prometheus over HTTP that answers the queries about each namespace as a test says. */
import { startScriptedServer } from './scripted-server.ts'

/** What the requests of a namespace are said to be like. */
export interface Measured {
  /** Percent; the answer to whatever asks for no duration. */
  readonly successRate?: number
  /** Milliseconds. */
  readonly durationMs?: number
  /** `noData`: nobody called. `down`: 503 to everything. */
  readonly state?: 'noData' | 'down'
}

/** A running server. Without a script a namespace is well: 100 % within 50 ms. */
export interface ScriptedPrometheus {
  readonly url: string
  script(namespace: string, measured: Measured): void
  /** Queries about a namespace until now. */
  queries(namespace: string): readonly string[]
  close(): Promise<void>
}

/** Starts one on a free port of loopback. */
export async function startScriptedPrometheus(): Promise<ScriptedPrometheus> {
  const scripts = new Map<string, Measured>()
  const asked = new Map<string, string[]>()
  const server = await startScriptedServer(({ url }, response) => {
    const query = new URL(url, 'http://prometheus').searchParams.get('query') ?? ''
    const namespace = [...scripts.keys()].find(name => query.includes(`"${name}"`)) ?? namespaceIn(query)
    asked.set(namespace, [...(asked.get(namespace) ?? []), query])
    const { successRate = 100, durationMs = 50, state } = scripts.get(namespace) ?? {}
    if (state === 'down') return void response.writeHead(503).end('down')
    const isProbe = query === 'vector(1)'
    const value = isProbe ? 1 : query.includes('histogram_quantile') ? durationMs : successRate
    const result = state === 'noData' && !isProbe ? [] : [{ metric: {}, value: [1, String(value)] }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }))
  })
  return {
    url: server.url,
    script: (namespace, measured) => void scripts.set(namespace, measured),
    queries: namespace => asked.get(namespace) ?? [],
    close: () => server.close(),
  }
}

function namespaceIn(query: string): string {
  return /namespace=~?"([^"]*)"/.exec(query)?.[1] ?? ''
}

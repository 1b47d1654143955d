/** The load tester's HTTP side, wire-compatible with Flagger's. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import { type MetricRegistry, metricsContentType, newMetricRegistry } from '../runtime/metrics.ts'
import { createServer } from '../runtime/node-http.ts'
import { type CommandPolicy, TaskRefusedError } from './command-policy.ts'
import { Gates } from './gates.ts'
import { LoadCommandError } from './load-plan.ts'
import { type Payload, PayloadError, parsePayload } from './payload.ts'
import type { Environment } from './run-process.ts'
import { BadTaskError, type TaskAnswer, Tasks } from './tasks.ts'

/** What a load tester is told. */
export interface LoadTesterOptions {
  /** 0 takes a free port. */
  readonly port: number
  readonly address: string
  readonly policy: CommandPolicy
  /** Requests for other namespaces get 403. Absent: all may ask. */
  readonly namespaces?: RegExp
  /** How long any task may take, in milliseconds. */
  readonly taskTimeoutMs: number
  /** An HTTP proxy into the mesh. */
  readonly proxy?: URL
  /** The environment of the programs that are started. */
  readonly env: Environment
  readonly clock: Clock
  readonly log: Logger
}

/** A load tester that is listening. */
export interface LoadTester {
  readonly port: number
  /** Ends all tasks and stops listening. */
  close(): Promise<void>
}

const maxBodyBytes = 1024 * 1024
// More than any fleet's webhooks start together, few enough to stay alive.
const maxRunning = 256

/** Starts a load tester. Throws the system's error where it cannot listen. */
export async function startLoadTester(options: LoadTesterOptions): Promise<LoadTester> {
  const registry = newMetricRegistry()
  const requests = registry.counter({
    name: 'loadtester_requests_total',
    help: 'Requests made, by canary and status (0: no answer).',
    labels: ['canary', 'status'],
  })
  const latency = registry.histogram({
    name: 'loadtester_request_duration_seconds',
    help: 'Latency of the requests made, from when each was due.',
    labels: ['canary'],
  })
  const tasks = new Tasks({
    clock: options.clock,
    log: options.log,
    policy: options.policy,
    ...(options.proxy ? { proxy: options.proxy } : {}),
    env: options.env,
    timeoutMs: options.taskTimeoutMs,
    maxRunning,
    onRequest(canary, status, latencyMs) {
      requests.inc({ canary, status: String(status) })
      latency.observe(latencyMs / 1000, { canary })
    },
  })
  const gates = new Gates()
  const server = createServer((request, response) => {
    answer({ options, registry, tasks, gates }, request)
      .catch(error => answerError(options.log, error))
      .then(({ status, body, contentType = 'text/plain; charset=utf-8' }) =>
        response.writeHead(status, { 'content-type': contentType }).end(body),
      )
      .catch(() => response.destroy())
  })
  await listen(server, options.port, options.address)
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : options.port,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      await tasks.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Rooms {
  readonly options: LoadTesterOptions
  readonly registry: MetricRegistry
  readonly tasks: Tasks
  readonly gates: Gates
}

async function answer(rooms: Rooms, request: IncomingMessage): Promise<TaskAnswer> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  if (path === '/healthz') return { status: 200, body: 'OK' }
  if (path === '/metrics') return { status: 200, body: rooms.registry.text(), contentType: metricsContentType }
  // The two gates that never ask who is there; the body is not read.
  if (path === '/gate/approve') return { status: 200, body: 'OK' }
  if (path === '/gate/halt') return { status: 403, body: 'Forbidden' }

  const payload = parsePayload(await readBody(request))
  const { namespaces } = rooms.options
  if (namespaces && !namespaces.test(payload.namespace)) return { status: 403, body: 'Forbidden' }
  const [, kind, verb] = /^\/(gate|rollback)\/(check|open|close)$/.exec(path) ?? []
  return kind && verb ? answerGate(rooms.gates, kind, verb, payload) : rooms.tasks.start(payload)
}

function answerGate(gates: Gates, kind: string, verb: string, payload: Payload): TaskAnswer {
  const key = `${kind === 'rollback' ? 'rollback.' : ''}${payload.name}.${payload.namespace}`
  if (verb === 'check') return gates.check(key) ? { status: 200, body: 'Approved' } : { status: 403, body: 'Forbidden' }
  gates.set(key, verb === 'open')
  return { status: 202, body: '' }
}

function answerError(log: Logger, error: unknown): TaskAnswer {
  if (error instanceof TaskRefusedError) {
    log.warn('task refused', { error })
    return { status: 403, body: error.message }
  }
  if (error instanceof PayloadError || error instanceof BadTaskError || error instanceof LoadCommandError) {
    return { status: 400, body: error.message }
  }
  log.error('request failed', { error })
  return { status: 500, body: error instanceof Error ? error.message : String(error) }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new PayloadError(`the payload is larger than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function listen(
  server: ReturnType<typeof createServer<typeof IncomingMessage, typeof ServerResponse>>,
  port: number,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
}

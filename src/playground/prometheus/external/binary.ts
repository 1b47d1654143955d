/** A real Prometheus as a child process. */
import { execFile, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../../../runtime/clock.ts'
import { type Logger, silentLogger } from '../../../runtime/log.ts'
import type { TargetSource } from '../scrape/target.ts'
import { serveTargets } from './target-server.ts'

/** A running one. */
export interface ExternalPrometheus {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Ends the process: politely, then by force. Repeating it does nothing. */
  close(): Promise<void>
}

/** Kills the process groups that it knows when this process dies, however it dies. */
export interface GroupWatch {
  watch(processGroup: number): void
  release(processGroup: number): void
}

/** What it is started with. */
export interface BinaryOptions {
  /** A path or a name on PATH. */
  readonly binary: string
  /** Holds its configuration and data; made when it is not there. */
  readonly dir: string
  readonly clock: Clock
  /** Absent or 0: a free one. */
  readonly port?: number
  /** Default one hour. */
  readonly retentionMs?: number
  /** Its configuration; JSON is YAML. */
  readonly config?: object
  /** Told of the process, so that it cannot outlive us. */
  readonly groups?: GroupWatch
  /** Told when it ends although nobody asked it to. */
  readonly log?: Logger
  /** How long it may take to be ready; default 30 s. */
  readonly startTimeoutMs?: number
}

/** The binary cannot be run, or ended before it was ready. */
export class PrometheusStartError extends Error {
  override readonly name = 'PrometheusStartError'
  readonly reason = 'PrometheusStart'
}

/** Starts the binary over the same targets as the embedded one would scrape, by default each second. */
export async function startPrometheusBinary(
  options: Omit<BinaryOptions, 'config'> & { readonly targets: TargetSource; readonly scrapeIntervalMs?: number },
): Promise<ExternalPrometheus> {
  const targets = await serveTargets({ targets: options.targets, clock: options.clock })
  const interval = `${options.scrapeIntervalMs ?? 1000}ms`
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: [{ job_name: 'serin', http_sd_configs: [{ url: targets.discoveryUrl, refresh_interval: '1s' }] }],
  }
  try {
    const running = await runPrometheus({ ...options, config })
    return {
      url: running.url,
      async close() {
        await running.close()
        await targets.close()
      },
    }
  } catch (error) {
    await targets.close()
    throw error
  }
}

/** Starts the binary with a configuration. Throws {@link PrometheusStartError} with what it said. */
export async function runPrometheus(options: BinaryOptions): Promise<ExternalPrometheus> {
  const { binary, dir, clock, groups, log = silentLogger } = options
  await mkdir(dir, { recursive: true })
  const config = path.join(dir, 'prometheus.yml')
  await writeFile(config, JSON.stringify(options.config ?? {}))
  const url = `http://127.0.0.1:${options.port || (await freePort())}`
  const child = spawn(
    binary,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(dir, 'data')}`,
      `--storage.tsdb.retention.time=${Math.round((options.retentionMs ?? 3_600_000) / 1000)}s`,
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=warn',
      ...(await fastDiscovery(binary)),
    ],
    // In a group of its own: Ctrl-C in a terminal reaches us alone, and we end it in order.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  if (child.pid !== undefined) groups?.watch(child.pid)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-maxKeptOutput)
  })
  let ended = false
  let isReadyOnce = false
  let isAsked = false
  const exited = new Promise<void>(resolve => {
    const end = () => {
      ended = true
      if (child.pid !== undefined) groups?.release(child.pid)
      if (isReadyOnce && !isAsked) log.error('prometheus ended by itself', { binary, url, said: said.trim() })
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const close = async () => {
    if (ended) return
    isAsked = true
    child.kill('SIGTERM')
    const cancel = clock.setTimer(() => child.kill('SIGKILL'), killAfterMs)
    await exited
    cancel()
  }
  const deadlineMs = clock.monotonicMs() + (options.startTimeoutMs ?? 30_000)
  while (!(await isReady(`${url}/-/ready`))) {
    if (ended)
      throw new PrometheusStartError(`${binary} ended before it was ready: ${said.trim() || 'it said nothing'}`)
    if (clock.monotonicMs() > deadlineMs) {
      await close()
      throw new PrometheusStartError(`${binary} was not ready in time: ${said.trim() || 'it said nothing'}`)
    }
    await clock.sleep(50)
  }
  isReadyOnce = true
  return { url, close }
}

/** As much of its output as an error quotes. */
const maxKeptOutput = 2000

/** A shutdown writes what is in memory; more than this it does not take for an hour of a playground's samples. */
const killAfterMs = 10_000

/** Newer versions find new targets within 0.1 s when asked to; the default is 5 s. Throws when it cannot be run. */
async function fastDiscovery(binary: string): Promise<string[]> {
  const flag = '--scrape.discovery-reload-interval'
  try {
    const { stdout, stderr } = await promisify(execFile)(binary, ['--help-long'], { timeout: 10_000 })
    return `${stdout}${stderr}`.includes(flag) ? [`${flag}=100ms`] : []
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'number') return []
    throw new PrometheusStartError(`${binary} cannot be run`, { cause })
  }
}

function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    async response => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

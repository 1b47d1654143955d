/** A real Prometheus over blocks that promtool makes. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../src/runtime/clock.ts'

/** A running one. */
export interface RealPrometheus {
  readonly url: string
  /** As `/api/v1/status/buildinfo` tells it, for example `2.42.0`. */
  readonly version: string
  close(): Promise<void>
}

const run = promisify(execFile)

/** Starts `PROMETHEUS_BINARY`, or the `prometheus` on PATH, holding the samples of `openMetricsText`. */
export async function startRealPrometheus(openMetricsText: string): Promise<RealPrometheus> {
  const binary = process.env['PROMETHEUS_BINARY'] ?? 'prometheus'
  const beside = path.join(path.dirname(binary), 'promtool')
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-differential-'))
  const [input, data, config] = ['samples.om', 'data', 'prometheus.yml'].map(name => path.join(folder, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(input, openMetricsText)
  await writeFile(config, '')
  await run(existsSync(beside) ? beside : 'promtool', ['tsdb', 'create-blocks-from', 'openmetrics', input, data])
  const url = `http://127.0.0.1:${await freePort()}`
  const child = spawn(
    binary,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const close = async () => {
    child.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(`${url}/-/ready`)
    const answer = await fetch(`${url}/api/v1/status/buildinfo`)
    const { data: info } = (await answer.json()) as { data: { version: string } }
    return { url, version: info.version, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function untilReady(url: string): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 30_000
  for (;;) {
    const ready = await fetch(url).then(
      response => response.ok,
      () => false,
    )
    if (ready) return
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${url} did not answer within 30 s`)
    await systemClock.sleep(100)
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

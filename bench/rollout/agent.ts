/** The agent as it is shipped, in a process of its own, and what it costs. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/runtime/clock.ts'
import { freePorts } from '../../test/support/free-ports.ts'
import { bundle } from '../../tools/bundle.ts'
import { cpuMs, peakResidentMb, residentMb } from '../support/processes.ts'

/** A running agent. */
export interface MeasuredAgent {
  cpuSeconds(): number
  residentMb(): number
  /** The most that was ever resident. */
  peakMb(): number
  /** API requests so far, without watches, by what they were. */
  requests(): Promise<ReadonlyMap<string, number>>
  close(): Promise<void>
}

const startTimeoutMs = 60_000

/** The package as it is shipped. */
export interface BuiltProgram {
  /** The file to start. */
  readonly file: string
  remove(): Promise<void>
}

/** Builds the package. */
export async function buildProgram(): Promise<BuiltProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-bench-'))
  await bundle(path.join(folder, 'dist'))
  return { file: path.join(folder, 'dist', 'cli.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Starts `serin agent` with the flags of an installation; resolves when it is ready. */
export async function startMeasuredAgent(
  program: BuiltProgram,
  { kubeconfig, metricsServer }: { readonly kubeconfig: string; readonly metricsServer: string },
): Promise<MeasuredAgent> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-bench-'))
  const file = path.join(folder, 'kubeconfig')
  await writeFile(file, kubeconfig)
  const [port = 0] = await freePorts(1)
  const nodeFlags = (process.env['BENCH_AGENT_NODE_FLAGS'] ?? '').split(' ').filter(Boolean)
  const flags = ['-kubeconfig', file, '-metrics-server', metricsServer, '-mesh-provider=istio', `-port=${port}`]
  const child = spawn(process.execPath, [...nodeFlags, program.file, 'agent', ...flags, '-log-level=warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const pids = [child.pid ?? 0]
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + startTimeoutMs
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error('the agent did not become ready')
    await systemClock.sleep(50)
  }
  return {
    cpuSeconds: () => cpuMs(pids) / 1000,
    residentMb: () => residentMb(pids),
    peakMb: () => peakResidentMb(pids),
    requests: async () => requestsOf(await (await fetch(`${url}/metrics`)).text()),
    async close() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function requestsOf(metrics: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [, labels = '', value] of metrics.matchAll(/^rest_client_requests_total\{(.*)\} (\d+)$/gm)) {
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? ''
    if (label('verb') === 'watch') continue
    const what = `${label('verb')} ${label('resource')}`
    counts.set(what, (counts.get(what) ?? 0) + Number(value))
  }
  return counts
}

// What the programs cost as a package or an image runs them: `npm run bench:programs`. Prints a table.
//
// The API is the embedded one, in this process, with workload controllers and simulated pods; the programs are the bundle,
// each in a process of its own, started with the flags of the chart's Deployments.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { allKinds } from '../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../src/api/core/apiextensions-v1.ts'
import { Deployment } from '../src/api/core/apps-v1.ts'
import { Namespace } from '../src/api/core/core-v1.ts'
import { Canary } from '../src/api/flagger/v1beta1.ts'
import { customResourceDefinition } from '../src/apimachinery/crd.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { startWorkloadHost } from '../test/conformance/workloads/host.ts'
import { freePorts } from '../test/support/free-ports.ts'
import { canary, deployment } from '../test/support/rollout.ts'
import { startScriptedPrometheus } from '../test/support/scripted-prometheus.ts'
import { bundle } from '../tools/bundle.ts'
import { cpuMs, residentMb } from './support/processes.ts'

const canaries = 100
const starts = 5
const settleMs = 20_000

const folder = mkdtempSync(path.join(tmpdir(), 'serin-bench-'))
const dist = path.join(folder, 'dist')
await bundle(dist)
// As a package has it: beside the bundle.
cpSync(path.join(import.meta.dirname, '../deploy/charts'), path.join(folder, 'deploy/charts'), { recursive: true })
const host = await startWorkloadHost({})
const { client } = host
const kubeconfig = path.join(folder, 'kubeconfig')
writeFileSync(kubeconfig, host.api.kubeconfig)
for (const kind of allKinds) {
  await client.create(CustomResourceDefinition, customResourceDefinition(kind) as CustomResourceDefinition)
}
const prometheus = await startScriptedPrometheus()
try {
  const managerFlags = [
    'manager',
    '--engines=agent',
    '--webhook-port=0',
    `--dir=${folder}`,
    '--enable-leader-election=true',
  ]
  const managerStarts = await startedTimes(managerFlags)
  const manager = await start(managerFlags)
  const agentFlags = [
    'agent',
    '--secret-namespaces=',
    `--metrics-server=${prometheus.url}`,
    '--enable-leader-election=true',
  ]
  const agent = await start(agentFlags)
  const names = Array.from({ length: canaries }, (_, i) => `bench-${i}`)
  for (const ns of names) {
    await client.create(Namespace, { metadata: { name: ns } })
    await client.create(Deployment, deployment(ns))
    await client.create(Canary, canary(ns, { interval: '10s' }))
  }
  while ((await client.list(Canary)).items.some(({ status }) => status?.phase !== 'Initialized'))
    await systemClock.sleep(500)
  await systemClock.sleep(settleMs)
  const madeMb = residentMb([agent.pid])
  await agent.end()
  const again = await start(agentFlags)
  await systemClock.sleep(settleMs)
  const median = managerStarts.toSorted((a, b) => a.wallMs - b.wallMs)[Math.floor(starts / 2)]
  const rows = [
    ['manager: start until ready, wall (median of 5)', `${median?.wallMs.toFixed(0)} ms`, '2,000 ms'],
    ['manager: start until ready, CPU', `${median?.cpuMs.toFixed(0)} ms`, ''],
    [`manager: idle for ${settleMs / 1000} s and more, RSS`, `${residentMb([manager.pid]).toFixed(0)} MB`, '120 MB'],
    [`agent: ${canaries} Canaries, their primaries just made, RSS`, `${madeMb.toFixed(0)} MB`, '90 MB'],
    ['agent: the same, started where they are Initialized, RSS', `${residentMb([again.pid]).toFixed(0)} MB`, '90 MB'],
  ]
  process.stdout.write('| | measured | goal |\n| --- | ---: | ---: |\n')
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`)
  await manager.end()
  await again.end()
} finally {
  await prometheus.close()
  await host.close()
  rmSync(folder, { recursive: true, force: true })
}

interface Program {
  readonly pid: number
  readonly wallMs: number
  readonly cpuMs: number
  end(): Promise<void>
}

async function startedTimes(flags: readonly string[]): Promise<readonly Program[]> {
  const all: Program[] = []
  for (let i = 0; i < starts; i++) {
    const program = await start(flags)
    all.push(program)
    await program.end()
  }
  return all
}

/** Starts a program and waits until /readyz says yes. */
async function start(flags: readonly string[]): Promise<Program> {
  const [port = 0] = await freePorts(1)
  const startMs = performance.now()
  const args = [
    path.join(dist, 'cli.js'),
    ...flags,
    `--kubeconfig=${kubeconfig}`,
    `--port=${port}`,
    '--log-level=error',
  ]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const { pid = 0 } = child
  for (;;) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) break
    if (child.exitCode !== null) throw new Error(`${flags[0]} ended with ${child.exitCode}`)
    await systemClock.sleep(10)
  }
  return {
    pid,
    wallMs: performance.now() - startMs,
    cpuMs: cpuMs([pid]),
    async end() {
      const exit = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exit
    },
  }
}

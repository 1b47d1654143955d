// What rollouts cost: `npm run bench:rollout [-- N ...]`, N canaries each (default 100 500). Prints a table.
//
// The API is the embedded one, in this process; pods are a simulator that reports a Deployment's pods as ready 300 ms
// after each change; Prometheus always answers 100. The agent runs in a process of its own.
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { rolloutKinds, trafficKinds } from '../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../src/api/core/apiextensions-v1.ts'
import { Deployment } from '../src/api/core/apps-v1.ts'
import { Namespace } from '../src/api/core/core-v1.ts'
import { Canary, type CanaryPhase } from '../src/api/flagger/v1beta1.ts'
import { customResourceDefinition } from '../src/apimachinery/crd.ts'
import { startApiServer } from '../src/playground/apiserver/server.ts'
import type { Client } from '../src/runtime/client.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { newInformerSet } from '../src/runtime/informer-set.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { startHealthyPrometheus } from '../test/support/healthy-prometheus.ts'
import { simulatePods } from '../test/support/simulated-pods.ts'

const podStartMs = 300
const idleSeconds = 20
const intervalSeconds = 10
const steps = 5

interface Stats {
  readonly requests: number
  readonly byKind: Readonly<Record<string, number>>
  readonly cpuSeconds: number
  readonly rssBytes: number
}

const counts = process.argv.slice(2).map(Number)
await main(counts.length > 0 ? counts : [100, 500])

async function main(sizes: readonly number[]): Promise<void> {
  const columns =
    '| canaries | idle: requests/s | idle: queries/s | idle: CPU | all at once: last ends after | requests a rollout | agent CPU | peak RSS |'
  process.stdout.write(`${columns}\n|${'---|'.repeat(8)}\n`)
  for (const size of [1, ...sizes]) process.stdout.write(`${await measure(size)}\n`)
}

async function measure(size: number): Promise<string> {
  const api = await startApiServer({})
  const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
  const stop = new AbortController()
  const prometheus = await startHealthyPrometheus()
  const child = fork(path.join(import.meta.dirname, 'rollout-agent.ts'), {
    stdio: 'inherit',
    // Little room for short-lived objects: most of a look is garbage at once.
    execArgv: ['--max-semi-space-size=4'],
  })
  try {
    await install(client)
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const stopPods = await simulatePods(client, podStartMs)
    stop.signal.addEventListener('abort', () => void stopPods())
    const canaries = informers.informer(Canary)
    void informers.run(stop.signal)
    await informers.synced()
    await started(child, { kubeconfig: api.kubeconfig, metricsServer: prometheus.url })

    await each(size, i => client.create(Deployment, deployment(i)))
    await each(size, i => client.create(Canary, canary(i)))
    const allIn = (phase: CanaryPhase) =>
      waitFor(() => canaries.list().filter(({ status }) => status?.phase === phase).length === size, phase)
    await allIn('Initialized')
    await systemClock.sleep(3_000)

    const before = await statsOf(child)
    const queriesBefore = prometheus.queries()
    await systemClock.sleep(idleSeconds * 1000)
    const idle = await statsOf(child)
    const idleQueries = prometheus.queries() - queriesBefore

    let peakBytes = idle.rssBytes
    const watch = setInterval(async () => {
      peakBytes = Math.max(peakBytes, (await statsOf(child)).rssBytes)
    }, 2_000)
    const startMs = performance.now()
    const template = { spec: { containers: [{ name: 'app', env: [{ name: 'V', value: '2' }] }] } }
    await each(size, i => client.patch(Deployment, refOf(i), { type: 'strategic', body: { spec: { template } } }))
    await allIn('Succeeded')
    const tookSeconds = (performance.now() - startMs) / 1000
    clearInterval(watch)
    await systemClock.sleep(2_000)
    const after = await statsOf(child)
    if (size === 1) process.stderr.write(`requests of one rollout: ${JSON.stringify(difference(after, idle))}\n`)
    return `| ${[
      size,
      ((idle.requests - before.requests) / idleSeconds).toFixed(1),
      (idleQueries / idleSeconds).toFixed(1),
      `${(((idle.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100).toFixed(2)}%`,
      `${tookSeconds.toFixed(1)} s`,
      ((after.requests - idle.requests) / size).toFixed(1),
      `${(after.cpuSeconds - idle.cpuSeconds).toFixed(1)} s`,
      `${Math.round(peakBytes / 1e6)} MB`,
    ].join(' | ')} |`
  } finally {
    stop.abort()
    child.disconnect()
    await client.close()
    await api.close()
    await prometheus.close()
  }
}

function difference(after: Stats, before: Stats): Record<string, number> {
  const entries = Object.entries(after.byKind).map(([key, count]) => [key, count - (before.byKind[key] ?? 0)] as const)
  return Object.fromEntries(entries.filter(([, count]) => count > 0))
}

function nameOf(i: number): string {
  return `app-${i}`
}

function refOf(i: number) {
  return { namespace: 'bench', name: nameOf(i) }
}

function deployment(i: number): Deployment {
  const labels = { app: nameOf(i) }
  return {
    metadata: refOf(i),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  }
}

function canary(i: number): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: refOf(i),
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(i) },
      service: { port: 80 },
      analysis: {
        interval: `${intervalSeconds}s`,
        threshold: 5,
        stepWeight: 10,
        maxWeight: 10 * steps,
        metrics: [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }],
      },
    },
  }
}

async function install(client: Client): Promise<void> {
  for (const kind of [...rolloutKinds, ...trafficKinds]) {
    // A definition as it is sent; the API fills in the rest.
    const definition = customResourceDefinition(kind) as CustomResourceDefinition
    await client.apply(CustomResourceDefinition, definition, { fieldManager: 'bench', force: true })
  }
  await client.create(Namespace, { metadata: { name: 'bench' } })
}

function started(child: ChildProcess, start: { readonly kubeconfig: string; readonly metricsServer: string }) {
  const ready = new Promise(resolve => child.once('message', resolve))
  child.send(start)
  return ready
}

function statsOf(child: ChildProcess): Promise<Stats> {
  // The child answers every message with its numbers.
  const answer = new Promise<Stats>(resolve => child.once('message', message => resolve(message as Stats)))
  child.send('stats')
  return answer
}

async function each(size: number, run: (i: number) => Promise<unknown>): Promise<void> {
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    for (let i = lane; i < size; i += 16) await run(i)
  })
  await Promise.all(lanes)
}

async function waitFor(check: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 600_000
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`not all are ${what} after ten minutes`)
    await systemClock.sleep(50)
  }
}

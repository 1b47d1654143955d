// Whether an agent's memory stays bounded: `npm run bench:soak [-- --minutes N --canaries N]`, two hours by default.
//
// Canaries roll out again and again against the embedded API of this process; one window in four their metrics are bad, so
// that rollouts fail, too; and each minute one Canary goes and comes back. The agent is a process of its own, whose heap is
// counted after a garbage collection. Prints a row every sample, then the verdict; exits with 1 where memory grew.
import { fork } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { rolloutKinds, trafficKinds } from '../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../src/api/core/apiextensions-v1.ts'
import { Deployment } from '../src/api/core/apps-v1.ts'
import { Namespace } from '../src/api/core/core-v1.ts'
import { Canary } from '../src/api/flagger/v1beta1.ts'
import { customResourceDefinition } from '../src/apimachinery/crd.ts'
import { startApiServer } from '../src/playground/apiserver/server.ts'
import { type Client, isNotFound } from '../src/runtime/client.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { newInformerSet } from '../src/runtime/informer-set.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { startHealthyPrometheus } from '../test/support/healthy-prometheus.ts'
import { simulatePods } from '../test/support/simulated-pods.ts'
import { type MemorySample, verdictOf } from './support/memory-verdict.ts'

const namespace = 'soak'
const sampleMs = 15_000
const badWindowMs = 30_000
/** Rollouts a minute that start at most: the load is bounded whatever the machine. */
const startEveryMs = 400

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '120' }, canaries: { type: 'string', default: '50' } },
})
process.exitCode = await main(Number(values.minutes), Number(values.canaries))

async function main(minutes: number, size: number): Promise<number> {
  const api = await startApiServer({})
  const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
  const prometheus = await startHealthyPrometheus()
  const stop = new AbortController()
  const child = fork(path.join(import.meta.dirname, 'soak-agent.ts'), {
    stdio: 'inherit',
    execArgv: ['--expose-gc', '--max-semi-space-size=4'],
  })
  const samples: MemorySample[] = []
  try {
    await install(client)
    const stopPods = await simulatePods(client, 200)
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const canaries = informers.informer(Canary)
    void informers.run(stop.signal)
    await informers.synced()
    const ready = new Promise(resolve => child.once('message', resolve))
    child.send({ kubeconfig: api.kubeconfig, metricsServer: prometheus.url, minIntervalMs: 500 })
    await ready
    for (let i = 0; i < size; i++) await add(client, i)

    const counts = { started: 0, succeeded: 0, failed: 0 }
    canaries.addHandler({
      updated(previous, { status }) {
        if (previous.status?.phase === status?.phase) return
        if (status?.phase === 'Succeeded') counts.succeeded += 1
        if (status?.phase === 'Failed') counts.failed += 1
      },
    })
    const startMs = performance.now()
    const endMs = startMs + minutes * 60_000
    let next = 0
    let lastChurnMs = startMs
    process.stdout.write(
      '| minute | rollouts started | succeeded | failed | RSS MB | heap MB |\n|---|---|---|---|---|---|\n',
    )
    for (let sampledMs = startMs; performance.now() < endMs; ) {
      const nowMs = performance.now()
      prometheus.answer(Math.floor((nowMs - startMs) / badWindowMs) % 4 === 3 ? 50 : 100)
      const at = next++ % size
      const canary = canaries.get({ namespace, name: nameOf(at) })
      const isResting = ['Initialized', 'Succeeded', 'Failed'].includes(canary?.status?.phase ?? '')
      if (isResting) {
        await release(client, at, counts.started)
        counts.started += 1
      }
      if (nowMs - lastChurnMs > 60_000) {
        lastChurnMs = nowMs
        await replace(client, at)
      }
      if (nowMs - sampledMs >= sampleMs) {
        sampledMs = nowMs
        const { rssBytes, heapBytes } = await statsOf(child)
        const minute = (nowMs - startMs) / 60_000
        samples.push({ minute, heapBytes, rssBytes })
        const row = [minute.toFixed(1), counts.started, counts.succeeded, counts.failed, mb(rssBytes), mb(heapBytes)]
        process.stdout.write(`| ${row.join(' | ')} |\n`)
      }
      await systemClock.sleep(startEveryMs)
    }
    await stopPods()
    const { grew, text } = verdictOf(samples)
    process.stdout.write(`\n${text}\n`)
    return grew ? 1 : 0
  } finally {
    stop.abort()
    child.disconnect()
    await client.close()
    await prometheus.close()
    await api.close()
  }
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function nameOf(i: number): string {
  return `app-${i}`
}

function statsOf(child: ReturnType<typeof fork>): Promise<{ readonly rssBytes: number; readonly heapBytes: number }> {
  const answer = new Promise(resolve => child.once('message', resolve))
  child.send('stats')
  return answer as Promise<{ rssBytes: number; heapBytes: number }> // The child answers every message with its numbers.
}

async function install(client: Client): Promise<void> {
  for (const kind of [...rolloutKinds, ...trafficKinds]) {
    // A definition as it is sent; the API fills in the rest.
    const definition = customResourceDefinition(kind) as CustomResourceDefinition
    await client.apply(CustomResourceDefinition, definition, { fieldManager: 'bench', force: true })
  }
  await client.create(Namespace, { metadata: { name: namespace } })
}

async function add(client: Client, i: number): Promise<void> {
  const labels = { app: nameOf(i) }
  await client.apply(
    Deployment,
    {
      metadata: { namespace, name: nameOf(i) },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:0' }] } },
      },
    },
    { fieldManager: 'bench', force: true },
  )
  await client.create(Canary, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { namespace, name: nameOf(i) },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(i) },
      service: { port: 80 },
      analysis: {
        interval: '2s',
        threshold: 2,
        stepWeight: 25,
        maxWeight: 50,
        metrics: [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }],
      },
    },
  })
}

function release(client: Client, i: number, revision: number): Promise<unknown> {
  const template = { spec: { containers: [{ name: 'app', image: `app:${revision + 1}` }] } }
  return client.patch(Deployment, { namespace, name: nameOf(i) }, { type: 'strategic', body: { spec: { template } } })
}

/** A Canary goes, with all that was made for it, and comes back. */
async function replace(client: Client, i: number): Promise<void> {
  const ref = { namespace, name: nameOf(i) }
  await client.delete(Canary, ref).catch(error => {
    if (!isNotFound(error)) throw error
  })
  await add(client, i)
}

/**
 * Measures an informer over 10,000 pods, ours and that of @kubernetes/client-node, each in a process of its own
 * against one embedded API, and prints a table. `--objects`, `--rate` (updates a second) and `--seconds` change the
 * load.
 */
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Pod } from '../src/api/core/core-v1.ts'
import type { Client } from '../src/runtime/client.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import type { FollowerReport } from './kit-report.ts'

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
  },
})
const objects = Number(values.objects)
const rate = Number(values.rate)
const seconds = Number(values.seconds)

/** About the size and shape of a pod of a small web service: 2.5 KB with what the API adds. */
function podOf(n: number): Pod {
  const app = `service-${n % 200}`
  return {
    metadata: {
      namespace: 'default',
      name: `${app}-${(n * 2_654_435_761) % 2 ** 32}-${n}`,
      labels: { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': 'shop', version: `v${n % 7}`, tier: 'web' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797', revision: String(n) },
    },
    spec: {
      serviceAccountName: app,
      nodeName: `node-${n % 100}`,
      containers: [
        {
          name: 'app',
          image: `registry.example.test/shop/${app}:1.${n % 30}.0`,
          command: ['./app', '--port=9898', '--level=info', '--grpc-port=9999'],
          env: [
            { name: 'BACKEND', value: `http://backend-${n % 20}:9898/echo` },
            { name: 'LOG_LEVEL', value: 'info' },
          ],
          ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' }],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '2', memory: '512Mi' } },
          readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, periodSeconds: 5, timeoutSeconds: 5 },
          livenessProbe: { httpGet: { path: '/healthz', port: 9898 }, periodSeconds: 5, timeoutSeconds: 5 },
        },
      ],
    },
  }
}

/** Runs `task` for 0 to `count` - 1, `width` at a time. */
async function inParallel(count: number, width: number, task: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(path.join(import.meta.dirname, file), args, { execArgv: ['--expose-gc'] })
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', message => resolve(message as T)) // The children send nothing else.
    child.once('exit', code => reject(new Error(`a child process ended with ${code}`)))
  })
}

function ask(child: ChildProcess): Promise<FollowerReport> {
  const answer = nextMessage<FollowerReport>(child)
  child.send('measure')
  return answer
}

/** Updates pods at `rate` a second; how many a second it really were. */
async function update(client: Client, names: readonly string[]): Promise<number> {
  const startMs = performance.now()
  const total = rate * seconds
  await inParallel(total, 16, async n => {
    const aheadMs = (n * 1000) / rate - (performance.now() - startMs)
    if (aheadMs > 1) await systemClock.sleep(aheadMs)
    const body = { metadata: { annotations: { revision: `${startMs}-${n}` } } }
    await client.patch(Pod, { namespace: 'default', name: names[n % names.length] ?? '' }, { type: 'merge', body })
  })
  return (total * 1000) / (performance.now() - startMs)
}

async function measure(subject: string, kubeconfig: string, client: Client, names: readonly string[]) {
  const follower = start('kit-follower.ts', subject, kubeconfig)
  const synced = await nextMessage<FollowerReport>(follower)
  const actualRate = await update(client, names)
  let after = await ask(follower)
  const deadline = performance.now() + 30_000
  while (after.changes < rate * seconds && performance.now() < deadline) {
    await systemClock.sleep(100)
    after = await ask(follower)
  }
  follower.disconnect()
  if (synced.objects !== objects) throw new Error(`${subject} holds ${synced.objects} objects, not ${objects}`)
  return { subject, synced, after, actualRate }
}

type Measured = Awaited<ReturnType<typeof measure>>

function table(all: readonly Measured[]): string {
  const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`
  const rows: readonly (readonly [string, (of: Measured) => string])[] = [
    ['Import', of => `${of.synced.importMs.toFixed(0)} ms`],
    ['Time to sync', of => `${of.synced.syncMs.toFixed(0)} ms`],
    ['CPU until synced, with import', of => `${of.synced.cpuMs.toFixed(0)} ms`],
    ['Peak memory until synced (RSS)', of => mb(of.synced.peakBytes)],
    ['Settled memory (RSS after GC)', of => mb(of.synced.settledBytes)],
    ['Settled heap', of => mb(of.synced.heapBytes)],
    ['Updates a second written', of => of.actualRate.toFixed(0)],
    ['Updates seen', of => `${of.after.changes} of ${rate * seconds}`],
    [
      'CPU for 1,000 updates',
      of => `${((of.after.cpuMs - of.synced.cpuMs) / (of.after.changes / 1000)).toFixed(0)} ms`,
    ],
    ['Peak memory at the end (RSS)', of => mb(of.after.peakBytes)],
    ['Settled memory at the end (RSS)', of => mb(of.after.settledBytes)],
  ]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const names: Record<string, string> = { serin: 'Serin', official: '@kubernetes/client-node' }
  return [
    line([`Informer over ${objects} pods`, ...all.map(of => names[of.subject] ?? of.subject)]),
    line(['---', ...all.map(() => '---:')]),
    ...rows.map(([name, value]) => line([name, ...all.map(value)])),
  ].join('\n')
}

const server = start('kit-server.ts')
try {
  const kubeconfig = await nextMessage<string>(server)
  const client = newClient({ kubeconfig, clock: systemClock })
  const pods = Array.from({ length: objects }, (_, n) => podOf(n))
  await inParallel(objects, 16, n => client.create(Pod, pods[n] ?? podOf(n)))
  const names = pods.map(pod => pod.metadata?.name ?? '')
  const measured: Measured[] = []
  for (const subject of ['serin', 'official']) measured.push(await measure(subject, kubeconfig, client, names))
  process.stdout.write(`${table(measured)}\n`)
  await client.close()
} finally {
  server.disconnect()
}

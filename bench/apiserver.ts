// Measures the embedded API and, where KUBEBUILDER_ASSETS is set, a real one beside it; prints a Markdown table.
//
//   npm run bench:apiserver -- [--seconds N] [--only embedded|real]
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { hasRealControlPlane } from '../test/support/real-control-plane.ts'
import { type MeasuredServer, startEmbedded, startReal } from './support/api-servers.ts'
import {
  closedLoop,
  type LoadClient,
  newLoadClient,
  openLoop,
  openStampedWatch,
  quantiles,
  stampNow,
} from './support/load.ts'
import { cpuMs, residentMb } from './support/processes.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '8' }, only: { type: 'string' } } })
const durationMs = Number(values.seconds) * 1000
const clients = 16
const watchers = 100
const writesPerSecond = 500
const objects = 10_000
const collection = '/api/v1/namespaces/default/configmaps'

/** Figures by name, ready to print. */
type Figures = ReadonlyMap<string, string>

const starters: readonly (readonly [string, () => Promise<MeasuredServer>])[] = [
  ['embedded', startEmbedded],
  ...(hasRealControlPlane() ? [['real', startReal] as const] : []),
]
const measured: (readonly [string, Figures])[] = []
for (const [name, start] of starters) {
  if (values.only && values.only !== name) continue
  process.stderr.write(`measuring ${name} ...\n`)
  measured.push([name, await measure(start)])
}
process.stdout.write(`${tableOf(measured)}\n`)

async function measure(start: () => Promise<MeasuredServer>): Promise<Figures> {
  const figures = new Map<string, string>()
  const server = await start()
  const client = newLoadClient(server, clients)
  try {
    await client.send('GET', '/api/v1/namespaces')
    figures.set('cold start to a served request', `${Math.round(performance.now() - server.startMs)} ms`)
    figures.set('CPU until then', `${cpuMs(server.pids)} ms`)
    figures.set('memory when started', `${residentMb(server.pids).toFixed(0)} MB`)
    await measureRequests(server, client, figures)
    await measureWatches(server, client, figures)
  } finally {
    await client.close()
    await server.close()
  }
  await measureMemory(start, figures)
  return figures
}

/** Creates, reads and patches by 16 clients at once. */
async function measureRequests(
  server: MeasuredServer,
  client: LoadClient,
  figures: Map<string, string>,
): Promise<void> {
  const warmUpMs = Math.min(2_000, durationMs / 2)
  await closedLoop(clients, { durationMs: warmUpMs }, index => createOne(client, `warm-${index}`))
  let created = 0
  const operations: readonly (readonly [string, (index: number) => Promise<void>])[] = [
    [
      'create 1 KB',
      async index => {
        await createOne(client, `made-${index}`)
        created = index + 1
      },
    ],
    ['get', index => client.send('GET', `${collection}/made-${(index * 7919) % created}`)],
    [
      'merge patch',
      index =>
        client.send(
          'PATCH',
          `${collection}/made-${(index * 7919) % created}`,
          JSON.stringify({ data: { changed: String(index) } }),
          'application/merge-patch+json',
        ),
    ],
  ]
  for (const [name, send] of operations) {
    const beforeMs = cpuMs(server.pids)
    const result = await closedLoop(clients, { durationMs }, send)
    const cpuPerRequest = ((cpuMs(server.pids) - beforeMs) / result.count) * 1000
    figures.set(`${name}, ${clients} clients`, `${Math.round(result.perSecond)} /s`)
    figures.set(`${name}: p50 / p99`, `${result.p50Ms.toFixed(1)} / ${result.p99Ms.toFixed(1)} ms`)
    figures.set(`${name}: CPU of the server`, `${Math.round(cpuPerRequest)} us`)
  }
}

function createOne(client: LoadClient, name: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(880) } }
  return client.send('POST', collection, JSON.stringify(object))
}

/** How long after it was sent a change has reached each of the watchers. */
async function measureWatches(server: MeasuredServer, client: LoadClient, figures: Map<string, string>): Promise<void> {
  const namespace = 'watched'
  await client.send('POST', '/api/v1/namespaces', JSON.stringify({ metadata: { name: namespace } }))
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const names = Array.from({ length: 50 }, (_, index) => `w${index}`)
  for (const name of names) await client.send('POST', path, JSON.stringify({ metadata: { name }, data: { at: '' } }))
  const delaysMs: number[] = []
  let measuring = false
  const closers = await Promise.all(
    Array.from({ length: watchers }, () =>
      openStampedWatch(server, `${path}?watch=1`, sentMs => {
        if (measuring) delaysMs.push(performance.now() - sentMs)
      }),
    ),
  )
  const write = (index: number) =>
    client.send(
      'PATCH',
      `${path}/${names[index % names.length]}`,
      JSON.stringify({ data: { at: stampNow() } }),
      'application/merge-patch+json',
    )
  await openLoop(writesPerSecond, 1_000, write)
  const beforeMs = cpuMs(server.pids)
  const startMs = performance.now()
  measuring = true
  const written = await openLoop(writesPerSecond, durationMs, write)
  const writtenMs = performance.now() - startMs
  // What is under way arrives.
  await new Promise(resolve => setTimeout(resolve, 500))
  measuring = false
  const { p50Ms, p99Ms } = quantiles(delaysMs)
  const label = `watch, ${writesPerSecond} writes/s to ${watchers} watchers`
  figures.set(`${label}: p50 / p99`, `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms`)
  figures.set(`${label}: written`, `${Math.round(written / (writtenMs / 1000))} /s`)
  figures.set(`${label}: delivered`, `${((delaysMs.length / (written * watchers)) * 100).toFixed(0)} %`)
  figures.set(
    `${label}: CPU of the server`,
    `${(((cpuMs(server.pids) - beforeMs) / (performance.now() - startMs)) * 100).toFixed(0)} % of a core`,
  )
  await Promise.all(closers.map(close => close()))
}

/** Memory of a fresh server that holds many objects. */
async function measureMemory(start: () => Promise<MeasuredServer>, figures: Map<string, string>): Promise<void> {
  const server = await start()
  const client = newLoadClient(server, clients)
  try {
    await closedLoop(clients, { durationMs: 120_000, count: objects }, index => createOne(client, `many-${index}`))
    figures.set(
      `memory after creating ${objects.toLocaleString('en')} objects of 1 KB`,
      `${residentMb(server.pids).toFixed(0)} MB`,
    )
  } finally {
    await client.close()
    await server.close()
  }
}

function tableOf(columns: readonly (readonly [string, Figures])[]): string {
  const rows = [...(columns[0]?.[1].keys() ?? [])].map(
    row => `| ${row} | ${columns.map(([, figures]) => figures.get(row) ?? '').join(' | ')} |`,
  )
  const load = loadavg()[0]?.toFixed(1)
  const processor = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    `Node ${process.versions.node}, ${cpus().length} cores (${processor}), load average ${load}, ${durationMs / 1000} s for each load.`,
    '',
    `| | ${columns.map(([name]) => name).join(' | ')} |`,
    `| --- |${columns.map(() => ' ---: |').join('')}`,
    ...rows,
  ].join('\n')
}

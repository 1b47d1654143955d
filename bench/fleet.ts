// What Applications on a fleet cost: `npm run bench:fleet [-- MEMBERS ...]` (default 2 20 100) or `-- idle [APPLICATIONS]`.
// Prints a table of each.
//
// All clusters are embedded APIs in one process, without pods; the host's controllers run in another, as in production;
// Git is served by git http-backend. The first table is of one Application (the guide's: two policies, one with a
// rollout) and a commit that changes an image; the second of 500 Applications on 4 members that nobody touches.
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Application } from '../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../src/api/cluster/v1alpha1.ts'
import { Deployment } from '../src/api/core/apps-v1.ts'
import { Secret } from '../src/api/core/core-v1.ts'
import { Fleet } from '../src/api/fleet/v1alpha1.ts'
import { Kustomization } from '../src/api/kustomize/v1.ts'
import { GitRepository } from '../src/api/source/v1.ts'
import { parseYaml } from '../src/apimachinery/yaml.ts'
import { startGitServer } from '../src/playground/git/server.ts'
import type { Client } from '../src/runtime/client.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { newInformerSet } from '../src/runtime/informer-set.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { cpuMs } from './support/processes.ts'

interface Stats {
  readonly host: Readonly<Record<string, number>>
  readonly members: Readonly<Record<string, number>>
  readonly cpuMs: number
  readonly rssBytes: number
}

const idleSeconds = 60
// Syncs that came before their source look once more after half a minute.
const quietAfterMs = 35_000
const idleMembers = 4
const examples = path.join(import.meta.dirname, '../test/examples')
const run = promisify(execFile)
const writing = /^(create|update|patch|apply|delete) (?!.*\(dry run\)$)/

const [first, ...rest] = process.argv.slice(2)
const idleApplications = first === 'idle' && rest[0] ? Number(rest[0]) : 500
if (first === 'idle') await printIdle()
else {
  await printCommits(first === undefined ? [2, 20, 100] : [first, ...rest].map(Number))
  if (first === undefined) await printIdle()
}

async function printCommits(sizes: readonly number[]): Promise<void> {
  const columns = [
    ...['members', 'made: all applied after', 'CPU of the host', 'commit: all applied after', 'CPU of the host'],
    ...['CPU of all APIs', 'writes a member: made', 'writes a member: commit', 'reconciled again: writes', 'peak RSS'],
  ]
  process.stdout.write(`| ${columns.join(' | ')} |\n|${' ---: |'.repeat(columns.length)}\n`)
  for (const size of sizes) process.stdout.write(`| ${(await measureCommit(size)).join(' | ')} |\n`)
}

async function measureCommit(size: number): Promise<readonly string[]> {
  const fleet = await startFleet(size)
  try {
    const { client, stats, informers } = fleet
    const kustomizations = informers.informer(Kustomization)
    await informers.synced()
    const [before, started] = [await stats(), performance.now()]
    await client.create(Application, guideApplication(fleet.repositoryUrl))
    const applied = (revision: string) =>
      kustomizations.list().filter(({ status }) => status?.lastAppliedRevision === revision).length
    const head = await fleet.head()
    await until(`${size} members have the first revision`, () => applied(`master@sha1:${head}`) === 2 * size)
    const madeMs = performance.now() - started
    await settle(stats)
    const made = await stats()

    const apisBefore = cpuMs([fleet.clustersPid])
    const commitStart = performance.now()
    const commit = await fleet.commitImage('ghcr.io/stefanprodan/podinfo:6.9.9')
    const body = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': commit } } }
    await client.patch(GitRepository, { namespace: 'default', name: 'guide' }, { type: 'merge', body })
    await until(`${size} members have the commit`, () => applied(`master@sha1:${commit}`) === 2 * size)
    const commitMs = performance.now() - commitStart
    const atEnd = await stats()
    const apisMs = cpuMs([fleet.clustersPid]) - apisBefore
    await fleet.checkImages('ghcr.io/stefanprodan/podinfo:6.9.9')
    await settle(stats)

    const settled = await stats()
    const touched = kustomizations.list()
    const again = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'again' } } }
    for (const { metadata } of touched) {
      const ref = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
      await client.patch(Kustomization, ref, { type: 'merge', body: again })
    }
    await until('all were reconciled again', () =>
      kustomizations.list().every(({ status }) => status?.lastHandledReconcileAt === 'again'),
    )
    await settle(stats)
    const end = await stats()
    // That a request was handled is the one thing that each must write down.
    const notes = touched.length
    return [
      String(size),
      seconds(madeMs),
      seconds(made.cpuMs - before.cpuMs),
      seconds(commitMs),
      seconds(atEnd.cpuMs - made.cpuMs),
      seconds(apisMs),
      (writes(made.members, before.members) / size).toFixed(1),
      (writes(settled.members, made.members) / size).toFixed(1),
      `${writes(end.members, settled.members)} + ${writes(end.host, settled.host) - notes}`,
      `${Math.round(end.rssBytes / 1e6)} MB`,
    ]
  } finally {
    await fleet.close()
  }
}

async function printIdle(): Promise<void> {
  const columns = ['Applications', 'members', 'made: CPU of the host', 'idle for', 'writes', 'reads', 'CPU', 'RSS']
  const fleet = await startFleet(idleMembers)
  try {
    const { client, stats, informers } = fleet
    const kustomizations = informers.informer(Kustomization)
    await informers.synced()
    const start = await stats()
    for (let i = 0; i < idleApplications; i++)
      await client.create(Application, smallApplication(i, fleet.repositoryUrl))
    const revision = `master@sha1:${await fleet.head()}`
    const wanted = idleApplications * idleMembers
    await until('all Applications are applied', () => {
      const done = kustomizations.list().filter(({ status }) => status?.lastAppliedRevision === revision).length
      return done === wanted
    })
    await settle(stats)
    const made = await stats()
    await systemClock.sleep(quietAfterMs)
    const before = await stats()
    await systemClock.sleep(idleSeconds * 1000)
    const after = await stats()
    const reads = (of: Stats) => total(of.host) + total(of.members) - writes(of.host) - writes(of.members)
    const row = [
      ...[idleApplications, idleMembers, seconds(made.cpuMs - start.cpuMs), `${idleSeconds} s`],
      writes(after.host, before.host) + writes(after.members, before.members),
      reads(after) - reads(before),
      `${((after.cpuMs - before.cpuMs) / idleSeconds / 10).toFixed(2)} %`,
      `${Math.round(after.rssBytes / 1e6)} MB`,
    ]
    process.stdout.write(`\n| ${columns.join(' | ')} |\n|${' ---: |'.repeat(columns.length)}\n| ${row.join(' | ')} |\n`)
    if (process.env['VERBOSE'])
      process.stderr.write(
        `${JSON.stringify({ host: difference(after.host, before.host), members: difference(after.members, before.members) })}\n`,
      )
  } finally {
    await fleet.close()
  }
}

async function startFleet(size: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-bench-fleet-'))
  const clusters = fork(path.join(import.meta.dirname, 'fleet-clusters.ts'), { stdio: 'inherit' })
  const [hostConfig = '', ...memberConfigs] = await ask<string[]>(clusters, size)
  const git = await startGitServer({ folder: path.join(folder, 'bare'), clock: systemClock, log: silentLogger })
  const repositoryUrl = `${git.url}/podinfo.git`
  const work = await newWorkingCopy(path.join(folder, 'work'), repositoryUrl)
  const host = fork(path.join(import.meta.dirname, 'fleet-host.ts'), {
    stdio: 'inherit',
    execArgv: ['--max-semi-space-size=16'],
  })
  await ask(host, hostConfig)
  const client = newClient({ kubeconfig: hostConfig, clock: systemClock })
  for (const [i, kubeconfig] of memberConfigs.entries()) await attach(client, `member-${i}`, kubeconfig)
  await client.create(Fleet, {
    apiVersion: 'fleet.kurator.dev/v1alpha1',
    kind: 'Fleet',
    metadata: { name: 'quickstart', namespace: 'default' },
    spec: { clusters: memberConfigs.map((_, i) => ({ kind: 'AttachedCluster', name: `member-${i}` })) },
  })
  const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
  const stop = new AbortController()
  const running = informers.run(stop.signal)
  await until('all members are ready', async () => {
    const { status } = await client.fetch(Fleet, { namespace: 'default', name: 'quickstart' })
    return status?.readyClusters === size
  })
  return {
    client,
    informers,
    repositoryUrl,
    clustersPid: clusters.pid ?? 0,
    stats: () => ask<Stats>(host, 'stats'),
    head: () => work('rev-parse', 'HEAD'),
    async commitImage(image: string): Promise<string> {
      const file = path.join(folder, 'work/deploy/webapp/backend/deployment.yaml')
      await writeFile(file, (await readFile(file, 'utf8')).replace(/image: .*/, `image: ${image}`))
      await work('commit', '--quiet', '--all', '-m', 'bump')
      await work('push', '--quiet', repositoryUrl, 'HEAD:refs/heads/master')
      return work('rev-parse', 'HEAD')
    },
    async checkImages(image: string): Promise<void> {
      for (const kubeconfig of memberConfigs) {
        const member = newClient({ kubeconfig, clock: systemClock })
        const { spec } = await member.fetch(Deployment, { namespace: 'webapp', name: 'backend' })
        if (spec.template.spec?.containers[0]?.image !== image) throw new Error('a member has the old image')
        await member.close()
      }
    },
    async close() {
      stop.abort()
      await running
      await client.close()
      host.disconnect()
      clusters.disconnect()
      await git.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The guide's example with its source at our server. */
function guideApplication(url: string): Application {
  const example = parseYaml(
    readFileSync(path.join(examples, 'applications/canary.yaml'), 'utf8'),
  ) as unknown as Application // the example
  return {
    ...example,
    metadata: { name: 'guide', namespace: 'default' },
    spec: { ...example.spec, source: sourceAt(url) },
  }
}

/** One of many: a policy with a rollout in a namespace of its own. */
function smallApplication(i: number, url: string): Application {
  const { spec } = guideApplication(url)
  const rollout = spec.syncPolicies[0]?.rollout
  if (!rollout) throw new Error('the example has no rollout any more')
  const namespace = `app-${i}`
  return {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: namespace, namespace: 'default' },
    spec: {
      source: sourceAt(url),
      destination: { fleet: 'quickstart' },
      syncPolicies: [
        {
          kustomization: { interval: '10m', path: './kustomize', prune: true, targetNamespace: namespace },
          rollout: {
            ...rollout,
            serviceName: 'podinfo',
            workload: { ...rollout.workload, name: 'podinfo', namespace },
          },
        },
      ],
    },
  }
}

function sourceAt(url: string): Application['spec']['source'] {
  return { gitRepository: { url, interval: '10m', ref: { branch: 'master' } } }
}

async function newWorkingCopy(folder: string, url: string): Promise<(...args: string[]) => Promise<string>> {
  await cp(path.join(examples, 'podinfo'), folder, { recursive: true })
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-C', folder]
    return (await run('git', [...identity, ...args])).stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=master')
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'first')
  await git('push', '--quiet', url, 'HEAD:refs/heads/master')
  return git
}

async function attach(client: Client, name: string, kubeconfig: string): Promise<void> {
  const value = Buffer.from(kubeconfig).toString('base64')
  await client.create(Secret, { metadata: { name, namespace: 'default' }, data: { value } })
  await client.create(AttachedCluster, {
    apiVersion: 'cluster.kurator.dev/v1alpha1',
    kind: 'AttachedCluster',
    metadata: { name, namespace: 'default' },
    spec: { kubeconfig: { name, key: 'value' } },
  })
}

/** The child answers every message with one. */
function ask<T>(child: ChildProcess, message: string | number): Promise<T> {
  const answer = new Promise<T>(resolve => child.once('message', value => resolve(value as T)))
  child.send(message)
  return answer
}

function writes(of: Readonly<Record<string, number>>, before: Readonly<Record<string, number>> = {}): number {
  return total(Object.fromEntries(Object.entries(difference(of, before)).filter(([name]) => writing.test(name))))
}

function difference(after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>) {
  const entries = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
  return Object.fromEntries(entries.filter(([, count]) => count !== 0))
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Until nothing was written for three seconds. */
async function settle(stats: () => Promise<Stats>): Promise<void> {
  for (let last = -1; ; ) {
    const { host, members } = await stats()
    const count = writes(host) + writes(members)
    if (count === last) return
    last = count
    await systemClock.sleep(3_000)
  }
}

async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 3_600_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not within an hour: ${what}`)
    await systemClock.sleep(20)
  }
}

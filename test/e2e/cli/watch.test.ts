import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { newHome, noProcessesOf, type Running, serin, start } from '../../support/serin.ts'
import { startOnTerminal } from '../../support/terminal.ts'

const namespaces = ['front', 'back']
const members = ['kurator-member1', 'kurator-member2']

// Two workloads of one name; nothing is synced, as there is no such repository.
const shop = {
  apiVersion: 'apps.kurator.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'default' },
  spec: {
    source: { gitRepository: { interval: '1h', url: 'http://127.0.0.1:1/shop.git', ref: { branch: 'main' } } },
    syncPolicies: namespaces.map(namespace => ({
      destination: { fleet: 'quickstart' },
      kustomization: { interval: '0s', path: './', prune: true },
      rollout: {
        trafficRoutingProvider: 'istio',
        workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace },
        serviceName: 'web',
        port: 9898,
        rolloutPolicy: {
          trafficRouting: { canaryStrategy: { maxWeight: 50, stepWeight: 10 } },
          trafficAnalysis: { checkIntervalSeconds: 90, checkFailedTimes: 2 },
        },
      },
    })),
  },
}

const selector = { app: 'web' }
const container = { name: 'web', image: 'ghcr.io/stefanprodan/podinfo:6.5.3', ports: [{ containerPort: 9898 }] }
const workloads = namespaces.flatMap(namespace => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector, ports: [{ name: 'http', port: 9898, targetPort: 9898 }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec: { containers: [container] } },
    },
  },
])

// What a command has left open would end it two seconds later.
const promptMs = 1_900
const lineOf = (member: string, namespace: string, phase: string) =>
  `${member} ${namespace}/web: ${phase}, weight 0%, failed checks 0/2`

describe('the commands that go on until Ctrl-C', { timeout: 240_000 }, () => {
  let home: Awaited<ReturnType<typeof newHome>>
  const at = (command: string, ...args: string[]) => serin(home.dir, command, '--dir', 'clusters', ...args)
  const startAt = (command: string, ...args: string[]) => start(home.dir, command, '--dir', 'clusters', ...args)
  const onTerminal = (command: string, ...args: string[]) =>
    startOnTerminal(home.dir, command, '--dir', 'clusters', ...args)
  const listOf = async (name: string, items: readonly object[]) => {
    await writeFile(path.join(home.dir, name), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    return name
  }
  const requestsPerSecond = 20
  const load = ['hey', '-z', '5m', '-q', `${requestsPerSecond}`, '-c', '1', 'http://web.front:9898/']

  before(async () => {
    home = await newHome()
    const up = await at('up', '--detach')
    assert.equal(up.code, 0, up.stderr)
    const files = { host: await listOf('shop.json', [shop]), member: await listOf('workloads.json', workloads) }
    for (const cluster of ['host', ...members]) {
      const file = cluster === 'host' ? files.host : files.member
      const { code, stderr } = await at('kubectl', '--cluster', cluster, 'create', '--save-config', '-f', file)
      assert.ok(code === 0 || stderr.includes('AlreadyExists'), stderr)
    }
    await eventually('every workload has its primary', async () => {
      const { stdout } = await at('explain', 'shop')
      return stdout.match(/: Initialized, weight 0%$/gm)?.length === 4
    })
  })
  after(async () => {
    await at('down')
    await noProcessesOf(home.dir)
    await home.remove()
  })

  /** How a run ends that gets a SIGINT, as by `kill -INT`. */
  async function interrupted({ child, ended }: Running) {
    const startMs = performance.now()
    child.kill('SIGINT')
    const end = await ended
    assert.ok(performance.now() - startMs < promptMs, `it took ${performance.now() - startMs} ms to end`)
    return end
  }

  it('are watch, which shows every workload on every member, by the order of the policies', async () => {
    const run = startAt('watch', 'shop')
    await run.saying(lineOf('kurator-member2', 'back', 'Initialized'))
    const { code, stdout, stderr } = await interrupted(run)
    const lines = namespaces.flatMap(namespace => members.map(member => lineOf(member, namespace, 'Initialized')))
    assert.deepEqual({ code, stdout, stderr }, { code: 130, stdout: `${lines.join('\n')}\n`, stderr: '' })
  })

  it('are watch of one member, with all that it has', async () => {
    const run = startAt('watch', 'shop', '--cluster', 'kurator-member2')
    await run.saying(lineOf('kurator-member2', 'back', 'Initialized'))
    const { stdout } = await interrupted(run)
    assert.deepEqual(
      stdout.trimEnd().split('\n'),
      namespaces.map(namespace => lineOf('kurator-member2', namespace, 'Initialized')),
    )
  })

  it('are logs that are followed', async () => {
    const run = startAt('logs', 'shop', '--follow', '--tail', '1')
    await Promise.all(members.map(member => run.saying(`${member} web-primary-`)))
    const { code, stdout, stderr } = await interrupted(run)
    assert.deepEqual({ code, stderr }, { code: 130, stderr: '' })
    assert.match(stdout, /^(kurator-member[12] web-primary-\S+: .*\n)+$/)
  })

  const requestsTo = async (workload: string) => {
    const { stdout } = await at('status', 'kurator-member1.prometheus')
    const url = new URL('/api/v1/query', stdout.trim())
    url.searchParams.set('query', `sum(istio_requests_total{destination_workload="${workload}"})`)
    const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } } // its API
    return Number(data.result[0]?.value[1] ?? 0)
  }
  const moreRequests = async () => {
    const before = await requestsTo('web-primary')
    // What is counted is up to a second old, so as many may still come from a load that has ended.
    return eventually('requests arrive', async () => (await requestsTo('web-primary')) > before + requestsPerSecond)
  }

  it('are load, which says what it came to', async () => {
    const run = startAt('load', ...load)
    await moreRequests()
    const { code, stdout, stderr } = await interrupted(run)
    assert.deepEqual({ code, stderr }, { code: 130, stderr: '' })
    const { requests, statuses, errors } = JSON.parse(stdout)
    assert.ok(requests > 0)
    assert.deepEqual({ statuses, errors }, { statuses: { 200: requests }, errors: undefined })
  })

  it('leave a terminal as it was, below the last state of a watch', async () => {
    const run = onTerminal('watch', 'shop')
    const table = (phase: string) => [
      'CLUSTER         PHASE            CANARY          FAILED SUCCESS      P99',
      'front/web',
      'kurator-member1 Initialized      ..........   0% 0/2          -        -',
      'kurator-member2 Initialized      ..........   0% 0/2          -        -',
      'back/web',
      'kurator-member1 Initialized      ..........   0% 0/2          -        -',
      `kurator-member2 ${phase.padEnd(16)} ..........   0% 0/2          -        -`,
    ]
    const shows = (phase: string) =>
      eventually(`${phase} is shown`, () => run.shown().lines.join('\n') === table(phase).join('\n'))
    await shows('Initialized')
    // Its pods never get ready, so that there is nothing more to show.
    const readinessProbe = { httpGet: { path: '/no-such-page', port: 9898 }, periodSeconds: 1 }
    const release = { spec: { template: { spec: { containers: [{ name: 'web', readinessProbe }] } } } }
    const patch = ['patch', 'deployment', 'web', '-n', 'back', '-p', JSON.stringify(release)]
    const { code, stderr } = await at('kubectl', '--cluster', 'kurator-member2', ...patch)
    assert.equal(code, 0, stderr)
    await shows('Progressing')
    run.interrupt()
    assert.equal(await run.ended, 130)
    assert.deepEqual(run.shown(), {
      lines: table('Progressing'),
      cursor: { line: 7, column: 0 },
      isCursorShown: true,
    })
  })

  it('leave a terminal as it was, below the last line of a log', async () => {
    const run = onTerminal('logs', 'shop', '--follow', '--tail', '1')
    // One line of each workload on each member: after them nothing comes that could stand behind the ^C.
    await eventually('all are shown', () => {
      const { lines } = run.shown()
      return members.every(member => lines.filter(line => line.startsWith(`${member} web-primary-`)).length === 2)
    })
    run.interrupt()
    assert.equal(await run.ended, 130)
    const { lines, cursor, isCursorShown } = run.shown()
    assert.deepEqual({ cursor, isCursorShown }, { cursor: { line: lines.length, column: 0 }, isCursorShown: true })
    assert.ok(!lines.join('\n').includes('^C'), lines.join('\n'))
  })

  it('leave a terminal as it was, below what a load came to', async () => {
    const run = onTerminal('load', ...load)
    await moreRequests()
    run.interrupt()
    assert.equal(await run.ended, 130)
    const { lines, cursor, isCursorShown } = run.shown()
    assert.ok(JSON.parse(lines.join('\n')).requests > 0)
    assert.deepEqual({ cursor, isCursorShown }, { cursor: { line: lines.length, column: 0 }, isCursorShown: true })
  })
})

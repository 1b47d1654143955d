import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import type { Series } from '../../../src/dashboard/wire.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { applyCanary, applyFleet, applyNamespace } from '../../support/dashboard.ts'
import { eventually } from '../../support/eventually.ts'
import { answerJson, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'
import { newHome, noProcessesOf, serin, start } from '../../support/serin.ts'

const member = 'kurator-member1'
const canary = { namespace: 'webapp', name: 'backend' }

describe('serin dashboard, over other clusters', { timeout: 120_000 }, () => {
  let home: Awaited<ReturnType<typeof newHome>>
  let clusters: readonly TestCluster[] = []
  let prometheus: ScriptedServer
  before(async () => {
    home = await newHome()
    clusters = await Promise.all([startTestCluster({ crds: true }), startTestCluster({ crds: true })])
    const [host, east] = clusters
    assert.ok(host && east)
    for (const [name, { api }] of Object.entries({ host, east })) {
      await writeFile(path.join(home.dir, `${name}.config`), api.kubeconfig)
    }
    // Its Fleet says istio, and its Canary says nothing.
    await applyFleet(host)
    await applyNamespace(east.client)
    await applyCanary(east.client, canary.name, { phase: 'Progressing', canaryWeight: 10 })
    await east.client.patch(Canary, canary, { type: 'merge', body: { spec: { provider: null } } })
    prometheus = await startScriptedServer((_, response) =>
      answerJson(response, { status: 'success', data: { resultType: 'matrix', result: [] } }),
    )
  })
  after(async () => {
    await prometheus.close()
    await Promise.all(clusters.map(cluster => cluster.close()))
    await noProcessesOf(home.dir)
    await home.remove()
  })

  const overBoth = () => [
    ...['dashboard', '--kubeconfig', 'host.config', '--member', `${member}=east.config`],
    ...['--prometheus', `${member}=${prometheus.url}`],
  ]

  /** The metrics that the charts of the rollout ask for, of a dashboard with these options. */
  async function metricsAskedBy(...options: readonly string[]): Promise<readonly string[]> {
    const { child, ended, saying, said } = start(home.dir, ...overBoth(), ...options)
    try {
      await saying('dashboard: ')
      const url = new URL('/api/series', /^dashboard: (\S+)$/m.exec(said())?.[1])
      url.search = new URLSearchParams({
        cluster: member,
        namespace: 'webapp',
        canary: 'backend',
        minutes: '5',
      }).toString()
      const before = prometheus.seen.length
      await eventually('the rollout is known', async () => {
        const answer = await fetch(url)
        return answer.ok && ((await answer.json()) as Series).problem === undefined
      })
      const queries = prometheus.seen
        .slice(before)
        .map(({ url: of }) => new URL(of, prometheus.url).searchParams.get('query'))
      return [
        ...new Set(queries.map(query => /\b(\w+)_(requests|request_duration|response)/.exec(query ?? '')?.[1] ?? '')),
      ]
    } finally {
      child.kill('SIGINT')
      await ended
    }
  }

  it('asks for the metrics of istio where nobody says otherwise', async () => {
    assert.deepEqual(await metricsAskedBy(), ['istio'])
  })

  it('asks for those of --mesh-provider, on the cluster that it names alone', async () => {
    assert.deepEqual(await metricsAskedBy('--mesh-provider', `${member}=nginx`), ['nginx_ingress_controller'])
    assert.deepEqual(await metricsAskedBy('--mesh-provider', 'host=nginx'), ['istio'])
  })

  const wrong: readonly { name: string; args: () => readonly string[]; stderr: string }[] = [
    {
      name: 'a provider without a cluster',
      args: () => [...overBoth(), '--mesh-provider', 'nginx'],
      stderr: 'serin: --mesh-provider "nginx" is not NAME=VALUE\n',
    },
    {
      name: 'a provider of a cluster that is not there',
      args: () => [...overBoth(), '--mesh-provider', 'member1=nginx'],
      stderr: `serin: --mesh-provider: there is no cluster "member1"; there are host, ${member}\n`,
    },
    {
      name: 'a Prometheus of a cluster that is not there',
      args: () => [...overBoth(), '--prometheus', 'member1=http://127.0.0.1:1'],
      stderr: `serin: --prometheus: there is no cluster "member1"; there are host, ${member}\n`,
    },
    {
      name: 'a provider where the local set is meant',
      args: () => ['dashboard', '--mesh-provider', 'host=nginx'],
      stderr: 'serin: --mesh-provider needs --kubeconfig or --in-cluster\n',
    },
  ]
  for (const { name, args, stderr } of wrong) {
    it(`refuses ${name}`, async () => {
      assert.deepEqual(await serin(home.dir, ...args()), { code: 2, stdout: '', stderr })
    })
  }
})

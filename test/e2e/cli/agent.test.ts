import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { rolloutKinds } from '../../../src/api/all-kinds.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { withTwoDashes } from '../../../src/cli/go-flags.ts'
import { newProgram } from '../../../src/cli/program.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { type EmbeddedCluster, startEmbeddedCluster } from '../../support/embedded-cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../../support/kinds.ts'

describe('serin agent', () => {
  const clusters: EmbeddedCluster[] = []
  const stop = new AbortController()
  let folder = ''
  let log = ''
  let running: Promise<unknown> = Promise.resolve()
  const lines = () =>
    log
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Readonly<Record<string, string>>) // The log is JSON lines.
  const urlOf = (cluster: string) =>
    lines().find(line => line['cluster'] === cluster && line['msg'] === 'serving health and metrics')?.['url']

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-agent-'))
    const names = ['east', 'west']
    for (const name of names) {
      const cluster = await startEmbeddedCluster()
      clusters.push(cluster)
      await installDefinitions(cluster.client, definitionsOf(rolloutKinds))
      await cluster.client.create(Namespace, { metadata: { name: 'web' } })
      await cluster.client.create(Canary, canaryCalled(`of-${name}`))
      await writeFile(path.join(folder, name), cluster.api.kubeconfig)
    }
    const io = {
      out: () => {},
      err: (text: string) => {
        log += text
      },
      env: {},
      cwd: folder,
      clock: systemClock,
      isTerminal: false,
      hasColour: false,
      width: () => 80,
      height: () => Number.POSITIVE_INFINITY,
      signal: stop.signal,
    }
    const files = names.map(name => `-kubeconfig=${name}=./${name}`)
    running = newProgram(io).parseAsync(
      withTwoDashes(['agent', ...files, '-port=0', '-threadiness=4', '-kubeconfig-qps=100']),
      { from: 'user' },
    )
    running.catch(() => {})
  })
  after(async () => {
    stop.abort()
    await running
    for (const cluster of clusters) await cluster.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('serves every cluster that it is given, each at an address of its own', async () => {
    for (const cluster of ['east', 'west']) {
      const url = await eventually(`the engine of ${cluster} listens`, () => urlOf(cluster), 60_000)
      const { name, last } = await eventually(
        `the canary of ${cluster} was looked at`,
        async () =>
          ((await (await fetch(`${url}/api/v1/canaries`)).json()) as Answer).canaries.find(({ last }) => last),
        60_000,
      )
      assert.equal(name, `of-${cluster}`)
      assert.match(last?.text ?? '', /deployment absent.web get query error: deployments "absent" not found/)
      const metrics = await (await fetch(`${url}/metrics`)).text()
      assert.match(metrics, /^rest_client_requests_total\{verb="watch",.*resource="canaries",code="200"\} [1-9]/m)
      assert.match(metrics, /^flagger_canary_total\{namespace="web"\} 1$/m)
      assert.match(metrics, /^process_resident_memory_bytes \d+$/m)
    }
  })
})

/** What the agent's own API tells. */
interface Answer {
  readonly canaries: readonly { readonly name: string; readonly last?: { readonly text: string } }[]
}

function canaryCalled(name: string): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { namespace: 'web', name },
    spec: {
      provider: 'kubernetes',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' },
      service: { port: 80 },
      analysis: { interval: '10s', threshold: 1, iterations: 1 },
    },
  }
}

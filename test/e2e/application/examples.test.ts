import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Application } from '../../../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../../src/api/cluster/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace, Service } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../../src/api/fleet/v1alpha1.ts'
import type { KubernetesObject } from '../../../src/apimachinery/meta.ts'
import { parseYamlDocuments } from '../../../src/apimachinery/yaml.ts'
import { startGitServer } from '../../../src/playground/git/server.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { createKubeconfig } from '../../support/clusters.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestHost } from '../../support/host.ts'

const examples = path.join(import.meta.dirname, '../../examples')
const withinMs = 60_000
const run = promisify(execFile)
const names = ['kurator-member1', 'kurator-member2']

const documents = (file: string) =>
  parseYamlDocuments(readFileSync(path.join(examples, 'applications', file), 'utf8')) as unknown as KubernetesObject[] // as they are sent

/** The manifests are applied as they are; their repository is the local one, by a mirror of its URL. */
describe('the example manifests on a host and two members', { timeout: 400_000 }, () => {
  let host: TestCluster
  let members: readonly TestCluster[]
  let close: () => Promise<void>

  before(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'serin-examples-'))
    const git = await startGitServer({ folder: path.join(folder, 'bare'), clock: systemClock, log: silentLogger })
    const url = `${git.url}/podinfo.git`
    await pushPodinfo(path.join(folder, 'work'), url)
    const clusters = await Promise.all([0, 1, 2].map(() => startTestCluster({ crds: true })))
    const [first, ...others] = clusters
    assert.ok(first)
    host = first
    members = others
    for (const [i, member] of members.entries()) {
      const name = names[i] ?? ''
      await createKubeconfig(host.client, { namespace: 'default', name }, member.api.kubeconfig, `${name}.config`)
    }
    const gitMirrors = new Map([['https://github.com/stefanprodan/podinfo', url]])
    const running = await startTestHost(host.client, { gitMirrors })
    close = async () => {
      await running.close()
      await git.close()
      await Promise.all(clusters.map(cluster => cluster.close()))
      await rm(folder, { recursive: true, force: true })
    }
  })
  after(() => close?.())

  const ready = (name: string) =>
    eventually(
      `${name} is in sync`,
      async () => {
        const { status } = await host.client.fetch(Application, { namespace: 'default', name })
        return status?.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True')?.message
      },
      withinMs,
    )

  async function remove(name: string) {
    const ref = { namespace: 'default', name }
    await host.client.delete(Application, ref)
    await eventually(
      `${name} is gone`,
      async () => (await host.client.fetchIfExists(Application, ref)) === undefined,
      withinMs,
    )
    for (const member of members) {
      await eventually(
        'its objects are gone',
        async () => {
          const { items } = await member.client.list(Deployment, {})
          const canaries = await member.client.list(Canary, {})
          return items.length + canaries.items.length === 0
        },
        withinMs,
      )
    }
  }

  it('attach the members and make them a Fleet', async () => {
    for (const object of documents('gitops/attachedcluster.yaml'))
      await host.client.create(AttachedCluster, object as AttachedCluster)
    for (const object of documents('gitops/fleet.yaml')) await host.client.create(Fleet, object as Fleet)
    await eventually(
      'the Fleet has both',
      async () =>
        (await host.client.fetch(Fleet, { namespace: 'default', name: 'quickstart' })).status?.readyClusters === 2,
      withinMs,
    )
  })

  for (const file of ['canary.yaml', 'ab-testing.yaml', 'blue_green.yaml']) {
    it(`${file} brings workload and rollout to both, and takes them away again`, async () => {
      const [application] = documents(file) as Application[]
      assert.ok(application)
      const name = application.metadata.name ?? ''
      await host.client.create(Application, application)
      assert.equal(await ready(name), 'Synced to 4 of 4 clusters.')
      for (const { client } of members) {
        assert.ok(await client.fetch(Service, { namespace: 'webapp', name: 'backend' }))
        const canary = await eventually(
          'the Canary is there',
          () => client.fetchIfExists(Canary, { namespace: 'webapp', name: 'backend' }),
          withinMs,
        )
        assert.deepEqual(
          [canary.spec.provider, canary.spec.service?.targetPort, canary.spec.analysis?.iterations],
          ['istio', 'http', file === 'canary.yaml' ? undefined : 3],
        )
      }
      await remove(name)
    })
  }

  it('gitops/gitrepo-kustomization-demo.yaml brings its policies to both', async () => {
    const [application] = documents('gitops/gitrepo-kustomization-demo.yaml') as Application[]
    assert.ok(application)
    await host.client.create(Application, application)
    await ready('gitrepo-kustomization-demo')
    await remove('gitrepo-kustomization-demo')
  })

  it('gitops/cluster-selector-demo.yaml brings each policy to the members with its label', async () => {
    for (const [i, env] of ['test', 'dev'].entries()) {
      const ref = { namespace: 'default', name: names[i] ?? '' }
      await host.client.patch(AttachedCluster, ref, { type: 'merge', body: { metadata: { labels: { env } } } })
    }
    const [application] = documents('gitops/cluster-selector-demo.yaml') as Application[]
    assert.ok(application)
    await host.client.create(Application, application)
    assert.equal(await ready('gitrepo-kustomization-demo'), 'Synced to 2 of 2 clusters.')
    const { status } = await host.client.fetch(Application, {
      namespace: 'default',
      name: 'gitrepo-kustomization-demo',
    })
    assert.deepEqual(
      status?.syncStatus?.map(entry => entry.name),
      [0, 1].map(i => `gitrepo-kustomization-demo-${i}-attachedcluster-${names[i]}`),
    )
    await remove('gitrepo-kustomization-demo')
  })

  it('gitops/gitrepo-kustomization-demo-without-fleet.yaml goes to the host itself', async () => {
    const [application] = documents('gitops/gitrepo-kustomization-demo-without-fleet.yaml') as Application[]
    assert.ok(application)
    await host.client.create(Application, application)
    await ready('without-fleet-demo')
    assert.ok(await host.client.fetchIfExists(Namespace, { name: 'webapp' }))
    await remove('without-fleet-demo')
  })

  it('gitops/gitrepo-helmrelease-demo.yaml says that the repository has no such chart', async () => {
    const [application] = documents('gitops/gitrepo-helmrelease-demo.yaml') as Application[]
    assert.ok(application)
    await host.client.create(Application, application)
    const why = await eventually(
      'the status says why',
      async () => {
        const { status } = await host.client.fetch(Application, {
          namespace: 'default',
          name: 'gitrepo-helmrelease-demo',
        })
        return status?.conditions?.find(({ message }) => /no chart found at '\.\/charts\/podinfo'/.test(message))
      },
      withinMs,
    )
    assert.equal(why.status, 'False')
    await remove('gitrepo-helmrelease-demo')
  })
})

async function pushPodinfo(folder: string, url: string): Promise<void> {
  await cp(path.join(examples, 'podinfo'), folder, { recursive: true })
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-C', folder, ...args])
  await git('init', '--quiet', '--initial-branch=master')
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'podinfo')
  await git('push', '--quiet', url, 'HEAD:refs/heads/master')
}

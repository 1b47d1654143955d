import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Application } from '../../../src/api/apps/v1alpha1.ts'
import { Namespace, Service } from '../../../src/api/core/core-v1.ts'
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import { Canary, type CanaryPhase, MetricTemplate } from '../../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../../src/api/fleet/v1alpha1.ts'
import { TrafficRoute } from '../../../src/api/kuma/v1alpha1.ts'
import { parseYaml } from '../../../src/apimachinery/yaml.ts'
import { type DemoRepository, newDemoRepository } from '../../../src/cli/demo/repository.ts'
import { type LocalSet, startLocalSet } from '../../../src/cli/local/local-set.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { eventually } from '../../support/eventually.ts'

const examples = path.join(import.meta.dirname, '../../examples')
const backend = { namespace: 'webapp', name: 'backend' }
// Generous: every phase waits for pods, syncs and analyses on a machine that others use as well.
const withinMs = 120_000

/** The example with the local repository as its source, and with intervals that a test can wait for; nothing else. */
function quickened(file: string, { url, branch }: DemoRepository): Application {
  const text = readFileSync(path.join(examples, 'applications', file), 'utf8')
    .replace('https://github.com/stefanprodan/podinfo', url)
    .replace('branch: master', `branch: ${branch}`)
    .replace('interval: 3m0s', 'interval: 1s')
    .replace('checkIntervalSeconds: 90', 'checkIntervalSeconds: 2')
    .replace('intervalSeconds: 90', 'intervalSeconds: 3')
  return parseYaml(text) as unknown as Application // checked by its own tests
}

describe('the guides’ Applications for other providers than Istio', { timeout: 580_000 }, () => {
  let folder: string
  let set: LocalSet
  let repository: DemoRepository
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-providers-'))
    const { signal } = new AbortController()
    set = await startLocalSet({
      dir: path.join(folder, 'set'),
      durable: false,
      // The name that the examples' addresses of Prometheus hold.
      members: ['kurator-member'],
      images: [],
      minIntervalMs: 1_000,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      signal,
    })
    const work = path.join(folder, 'work')
    await cp(path.join(examples, 'podinfo/kustomize'), path.join(work, 'kustomize'), { recursive: true })
    repository = await newDemoRepository({ folder: work, server: set.cluster.git.url, env: process.env, signal })
    await repository.release({ tag: '6.0.0' })
  })
  after(async () => {
    await set.close()
    await rm(folder, { recursive: true, force: true })
  })

  const member = () => {
    const [only] = set.cluster.members
    assert.ok(only)
    return only.client
  }
  const host = () => set.cluster.host.client
  const phase = (wanted: CanaryPhase) =>
    eventually(
      `the canary is ${wanted}`,
      async () => {
        const canary = await member().fetchIfExists(Canary, backend)
        return canary?.status?.phase === wanted ? canary : undefined
      },
      withinMs,
    )

  async function provideBy(provider: string) {
    const body = { spec: { plugin: { flagger: { trafficRoutingProvider: provider } } } }
    await host().patch(Fleet, { namespace: 'default', name: 'quickstart' }, { type: 'merge', body })
  }

  async function applied(file: string): Promise<Application> {
    const application = quickened(file, repository)
    return host().create(Application, application)
  }

  async function removed({ metadata }: Application) {
    const ref = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
    await host().delete(Application, ref)
    await eventually(
      'the Application is gone',
      async () => (await host().fetchIfExists(Application, ref)) === undefined,
      withinMs,
    )
    assert.equal(await member().fetchIfExists(Canary, backend), undefined)
  }

  it('canaryNginx.yaml: a good release is promoted, a bad one rolled back', async () => {
    await provideBy('nginx')
    const application = await applied('canaryNginx.yaml')
    const canary = await phase('Initialized')
    assert.equal(canary.spec.provider, 'nginx')
    const { spec } = await member().fetch(Ingress, backend)
    assert.deepEqual(
      spec?.rules?.map(rule => rule.host),
      ['app.example.com'],
    )
    await member().fetch(MetricTemplate, { namespace: 'webapp', name: 'nginx-request-success-rate' })
    await repository.release({ tag: '6.1.0' })
    await phase('Progressing')
    await phase('Succeeded')
    await repository.release({ tag: '6.2.0', fault: 'errors=100%' })
    await phase('Failed')
    await repository.release({ tag: '6.1.0' })
    await removed(application)
    await eventually('the Ingress is gone', async () => (await member().fetchIfExists(Ingress, backend)) === undefined)
  })

  it('canaryKuma.yaml: a good release is promoted, with the load that its command makes elsewhere', async () => {
    await provideBy('kuma')
    const application = await applied('canaryKuma.yaml')
    await phase('Initialized')
    const { metadata } = await member().fetch(Service, { namespace: 'webapp', name: 'backend-canary' })
    assert.equal(metadata?.annotations?.['9898.service.kuma.io/protocol'], 'http')
    const namespace = await member().fetch(Namespace, { name: 'webapp' })
    assert.equal(namespace.metadata?.annotations?.['kuma.io/sidecar-injection'], 'enabled')
    await repository.release({ tag: '8.0.0' })
    await phase('Succeeded')
    const { spec } = await member().fetch(TrafficRoute, { name: 'backend' })
    assert.deepEqual(spec.destinations, [{ match: { 'kuma.io/service': 'backend_webapp_svc_9898' } }])
    await removed(application)
  })

  for (const [index, file] of ['ab-testingNginx.yaml', 'blue_greenNginx.yaml'].entries()) {
    it(`${file}: a good release is promoted`, async () => {
      const application = await applied(file)
      await phase('Initialized')
      await repository.release({ tag: `7.${index}.0` })
      await phase('Succeeded')
      await removed(application)
    })
  }
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Application, type SyncPolicy } from '../../../src/api/apps/v1alpha1.ts'
import { Cluster } from '../../../src/api/cluster/v1alpha1.ts'
import { CustomResourceDefinition } from '../../../src/api/core/apiextensions-v1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace, Secret, Service } from '../../../src/api/core/core-v1.ts'
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import { Canary, MetricTemplate } from '../../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../../src/api/fleet/v1alpha1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { GitRepository, OCIRepository } from '../../../src/api/source/v1.ts'
import { parseYaml } from '../../../src/apimachinery/yaml.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestFleet, type TestFleet } from '../../support/fleet.ts'
import { installDefinitions, openDefinition } from '../../support/kinds.ts'

const manifest = path.join(import.meta.dirname, '../../examples/applications/canary.yaml')
const example = parseYaml(readFileSync(manifest, 'utf8')) as unknown as Application // checked by its own tests
const rolloutOf = () => {
  const rollout = example.spec.syncPolicies[0]?.rollout
  assert.ok(rollout)
  return rollout
}
const name = 'kurator-member1'
const withinMs = 20_000

describe('an Application and what it meets', { timeout: 240_000 }, () => {
  let fleet: TestFleet
  let count = 0
  before(async () => {
    fleet = await startTestFleet([name])
  })
  after(() => fleet?.close())

  const member = () => {
    const cluster = fleet.members[name]
    assert.ok(cluster)
    return cluster.client
  }

  /** A workload of its own: a namespace with a Service for each name. */
  async function newWorkload(...services: readonly string[]): Promise<string> {
    const namespace = `ns-${++count}`
    await member().create(Namespace, { metadata: { name: namespace } })
    for (const service of services) {
      await member().create(Service, {
        metadata: { name: service, namespace },
        spec: { selector: { app: service }, ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
      })
    }
    return namespace
  }

  type Rollout = NonNullable<SyncPolicy['rollout']>
  const policy = (namespace: string, service: string, over: Partial<Rollout> = {}): SyncPolicy => ({
    kustomization: { interval: '10m', path: './deploy', prune: true },
    rollout: {
      ...rolloutOf(),
      serviceName: service,
      workload: { ...rolloutOf().workload, name: service, namespace },
      ...over,
    },
  })

  async function create(policies: readonly SyncPolicy[], over: Partial<Application['spec']> = {}, given?: string) {
    const ref = { namespace: 'default', name: given ?? `app-${++count}` }
    await fleet.host.client.create(Application, {
      apiVersion: 'apps.kurator.dev/v1alpha1',
      kind: 'Application',
      metadata: ref,
      spec: { source: example.spec.source, destination: { fleet: 'quickstart' }, syncPolicies: policies, ...over },
    })
    return ref
  }
  type Ref = Awaited<ReturnType<typeof create>>
  const fetch = (ref: Ref) => fleet.host.client.fetch(Application, ref)
  const patch = (ref: Ref, spec: object) =>
    fleet.host.client.patch(Application, ref, { type: 'merge', body: JSON.parse(JSON.stringify({ spec })) })
  const condition = (ref: Ref, type: string, reason: string) =>
    eventually(
      `${ref.name} has ${type} ${reason}`,
      async () => (await fetch(ref)).status?.conditions?.find(each => each.type === type && each.reason === reason),
      withinMs,
    )
  const canary = (namespace: string, service: string) =>
    eventually(
      `${namespace} has the Canary`,
      () => member().fetchIfExists(Canary, { namespace, name: service }),
      withinMs,
    )

  it('gives each service behind ingress-nginx an Ingress of its own, with one rule, and takes it away again', async () => {
    const namespace = await newWorkload('one', 'two')
    const nginx = (service: string, host: string) =>
      policy(namespace, service, {
        trafficRoutingProvider: 'nginx',
        rolloutPolicy: { ...rolloutOf().rolloutPolicy, trafficRouting: { host, analysisTimes: 3 } },
      })
    const ref = await create([nginx('one', 'one.example.com'), nginx('two', 'two.example.com')])
    for (const service of ['one', 'two']) {
      const { spec } = await canary(namespace, service)
      assert.equal(spec.ingressRef?.name, service)
      const ingress = await member().fetch(Ingress, { namespace, name: service })
      assert.equal(ingress.metadata?.annotations?.['kubernetes.io/ingress.class'], 'nginx')
      const rules = ingress.spec?.rules ?? []
      assert.deepEqual(
        rules.map(rule => [rule.host, rule.http?.paths[0]?.backend.service]),
        [[`${service}.example.com`, { name: service, port: { number: 9898 } }]],
      )
    }
    const before = await member().fetch(Ingress, { namespace, name: 'one' })
    await patch(ref, { syncPolicies: [nginx('one', 'one.example.com'), { ...nginx('two', 'x'), rollout: undefined }] })
    await eventually(
      'the Ingress of the removed rollout is gone',
      async () => (await member().fetchIfExists(Ingress, { namespace, name: 'two' })) === undefined,
      withinMs,
    )
    const same = await member().fetch(Ingress, { namespace, name: 'one' })
    assert.equal(same.metadata?.resourceVersion, before.metadata?.resourceVersion)
  })

  it('leaves objects alone that it did not make, in the member and on the host, and says so', async () => {
    const namespace = await newWorkload('web')
    const pods = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x:1' }] } }
    await member().create(Deployment, {
      metadata: { namespace, name: 'web-testloader' },
      spec: { selector: { matchLabels: { app: 'x' } }, template: pods },
    })
    const ref = await create([policy(namespace, 'web')])
    const { message } = await condition(ref, 'RolloutsHealthy', 'NameTaken')
    assert.match(message, /there is a Deployment ns-\d+\/web-testloader that this Application did not make/)
    const { spec } = await member().fetch(Deployment, { namespace, name: 'web-testloader' })
    assert.equal(spec.template.spec?.containers[0]?.image, 'x:1')

    const taken = { namespace: 'default', name: `theirs-0-attachedcluster-${name}` }
    await fleet.host.client.create(Kustomization, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: taken,
      spec: { interval: '1h', prune: false, sourceRef: { kind: 'GitRepository', name: 'theirs' } },
    })
    const theirs = await create([{ kustomization: { interval: '10m', prune: true } }], {}, 'theirs')
    const ready = await condition(theirs, 'Ready', 'NameTaken')
    assert.match(ready.message, /Kustomization theirs-0-\S+ was not made by this Application; it is left alone/)
    assert.equal((await fleet.host.client.fetch(Kustomization, taken)).spec.interval, '1h')
  })

  it('does not take what another Application made', async () => {
    const namespace = await newWorkload('web')
    await create([policy(namespace, 'web')])
    const first = await canary(namespace, 'web')
    const second = await create([policy(namespace, 'web', { port: 9999 })])
    await condition(second, 'RolloutsHealthy', 'NameTaken')
    const same = await member().fetch(Canary, { namespace, name: 'web' })
    assert.deepEqual(same.spec, first.spec)
  })

  it('removes the MetricTemplate of a metric that is gone', async () => {
    const namespace = await newWorkload('web')
    const analysis = rolloutOf().rolloutPolicy.trafficAnalysis
    assert.ok(analysis)
    const withMetrics = (metrics: object) =>
      policy(namespace, 'web', {
        rolloutPolicy: { ...rolloutOf().rolloutPolicy, trafficAnalysis: { ...analysis, metrics } as typeof analysis },
      })
    const customMetric = { provider: { type: 'prometheus', address: 'http://prometheus:9090' }, query: 'vector(1)' }
    const ref = await create([withMetrics([{ name: 'mine', thresholdRange: { max: 1 }, customMetric }])])
    await canary(namespace, 'web')
    assert.ok(await member().fetch(MetricTemplate, { namespace, name: 'mine' }))
    await patch(ref, { syncPolicies: [withMetrics([{ name: 'request-duration', thresholdRange: { max: 500 } }])] })
    await eventually(
      'the template is gone',
      async () => (await member().fetchIfExists(MetricTemplate, { namespace, name: 'mine' })) === undefined,
      withinMs,
    )
  })

  it('exchanges its source for one of another kind', async () => {
    const ref = await create([{ kustomization: { interval: '10m', prune: true } }])
    await eventually('the GitRepository is there', () => fleet.host.client.fetchIfExists(GitRepository, ref), withinMs)
    await patch(ref, {
      source: { gitRepository: null, ociRepository: { url: 'oci://127.0.0.1:1/app', interval: '10m' } },
    })
    const source = await eventually(
      'the OCIRepository is there',
      () => fleet.host.client.fetchIfExists(OCIRepository, ref),
      withinMs,
    )
    await eventually(
      'the GitRepository is gone',
      async () => (await fleet.host.client.fetchIfExists(GitRepository, ref)) === undefined,
      withinMs,
    )
    const status = { observedGeneration: source.metadata.generation ?? 1, url: 'http://seen' }
    await fleet.host.client.patch(OCIRepository, ref, { type: 'merge', body: { status } }, { subresource: 'status' })
    await eventually(
      'the status shows it, and it alone',
      async () => {
        const { sourceStatus } = (await fetch(ref)).status ?? {}
        return (
          sourceStatus?.ociRepoStatus?.observedGeneration === status.observedGeneration && !sourceStatus.gitRepoStatus
        )
      },
      withinMs,
    )
  })

  it('marks the namespace for sidecars before anything is synced to it', async () => {
    const namespace = `ns-${++count}`
    const seen = (async () => {
      const watch = fleet.host.client.watch(Kustomization, {
        namespace: 'default',
        signal: AbortSignal.timeout(withinMs),
      })
      for await (const { type, object } of watch) {
        if (type === 'ADDED' && object.metadata.name?.startsWith('marked-0')) {
          return member().fetchIfExists(Namespace, { name: namespace })
        }
      }
      return undefined
    })()
    await create([policy(namespace, 'web')], {}, 'marked')
    assert.equal((await seen)?.metadata?.labels?.['istio-injection'], 'enabled')
  })

  const warnings: readonly { name: string; over: Partial<Rollout>; reason: string; message: RegExp }[] = [
    {
      name: 'its load commands have nobody to carry them out',
      over: { testLoader: false },
      reason: 'LoadTesterNotFound',
      message: /no load tester istio-system\/istio-system-testloader-kurator-member1-loadtester; set testLoader: true/,
    },
    {
      name: 'its Fleet is set up for another provider',
      over: { trafficRoutingProvider: 'kuma' },
      reason: 'ProviderMismatch',
      message: /trafficRoutingProvider is kuma, but the Fleet's plugin is set up for istio/,
    },
  ]
  for (const c of warnings) {
    it(`says that ${c.name}, and writes the Canary all the same`, async () => {
      const namespace = await newWorkload('web')
      const ref = await create([policy(namespace, 'web', c.over)])
      assert.match((await condition(ref, 'RolloutsHealthy', c.reason)).message, c.message)
      await canary(namespace, 'web')
    })
  }

  it('may have a name that is too long for a label', async () => {
    const ref = await create([{ kustomization: { interval: '10m', prune: true } }], {}, `${'long-'.repeat(20)}name`)
    await eventually('its source is there', () => fleet.host.client.fetchIfExists(GitRepository, ref), withinMs)
    const { metadata } = await fleet.host.client.fetch(GitRepository, ref)
    assert.ok((metadata.labels?.['apps.kurator.dev/app-name'] ?? '').length <= 63)
  })

  it('goes to members that Kurator provisions as well, as soon as they have a kubeconfig', async () => {
    const { client } = fleet.host
    await installDefinitions(client, [openDefinition('cluster.kurator.dev', 'Cluster')])
    const place = { namespace: 'default', name: 'prod' }
    const secret = await client.fetch(Secret, { namespace: 'default', name })
    await client.create(Secret, {
      metadata: { namespace: 'default', name: 'prod-kubeconfig' },
      data: secret.data ?? {},
    })
    const made = await eventually('the kind is served', () =>
      client
        .create(Cluster, {
          apiVersion: 'cluster.kurator.dev/v1alpha1',
          kind: 'Cluster',
          metadata: place,
          status: { phase: 'Provisioning' },
        })
        .catch(() => undefined),
    )
    await client.create(Fleet, {
      apiVersion: 'fleet.kurator.dev/v1alpha1',
      kind: 'Fleet',
      metadata: { namespace: 'default', name: 'provisioned' },
      // Without a kind a member is a Cluster.
      spec: { clusters: [{ name: 'prod' }] },
    })
    const ref = await create([{ kustomization: { interval: '10m', prune: true } }], {
      destination: { fleet: 'provisioned' },
    })
    assert.match(
      (await condition(ref, 'Ready', 'ClusterNotReady')).message,
      /prod .* has no kubeconfig yet: it is Provisioning/,
    )
    await client.update(Cluster, { ...made, status: { phase: 'Ready', kubeconfigSecretRef: 'prod-kubeconfig' } })
    const sync = await eventually(
      'the sync is there',
      () => client.fetchIfExists(Kustomization, { namespace: 'default', name: `${ref.name}-0-cluster-prod` }),
      withinMs,
    )
    assert.deepEqual(sync.spec.kubeConfig?.secretRef, { name: 'prod-kubeconfig', key: 'value' })
    await eventually(
      'the Fleet is ready',
      async () =>
        (await client.fetch(Fleet, { namespace: 'default', name: 'provisioned' })).status?.readyClusters === 1,
      withinMs,
    )
  })

  it('can be deleted when its Fleet has gone before it', async () => {
    const namespace = await newWorkload('web')
    const ref = await create([policy(namespace, 'web')])
    await canary(namespace, 'web')
    await fleet.host.client.delete(Fleet, { namespace: 'default', name: 'quickstart' })
    await condition(ref, 'Ready', 'FleetNotFound')
    await fleet.host.client.delete(Application, ref)
    await eventually(
      'it is gone',
      async () => (await fleet.host.client.fetchIfExists(Application, ref)) === undefined,
      withinMs,
    )
    assert.equal(await member().fetchIfExists(Canary, { namespace, name: 'web' }), undefined)
  })
})

describe('an Application on a member without an engine', { timeout: 120_000 }, () => {
  let fleet: TestFleet
  before(async () => {
    fleet = await startTestFleet([name])
    await fleet.members[name]?.client.delete(CustomResourceDefinition, { name: 'canaries.flagger.app' })
  })
  after(() => fleet?.close())

  it('says what is missing, and goes on when it is there', async () => {
    const ref = { namespace: 'default', name: 'rollout-demo' }
    await fleet.host.client.create(Application, example)
    const healthy = await eventually(
      'the status says it',
      async () =>
        (await fleet.host.client.fetch(Application, ref)).status?.conditions?.find(
          ({ reason }) => reason === 'EngineMissing',
        ),
      withinMs,
    )
    assert.match(healthy.message, /the cluster has no Canaries: the Fleet needs the plugin flagger/)
    assert.equal((await fleet.host.client.list(Kustomization, { namespace: 'default' })).items.length, 2)
  })
})

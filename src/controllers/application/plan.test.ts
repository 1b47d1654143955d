import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { Application, Rollout } from '../../api/apps/v1alpha1.ts'
import type { Service } from '../../api/core/core-v1.ts'
import type { Json } from '../../apimachinery/meta.ts'
import { parseYaml } from '../../apimachinery/yaml.ts'
import { canaryOf, type MemberRollout, metricTemplatesOf } from './canary.ts'
import { planHost } from './host-plan.ts'
import { ingressOf } from './ingress.ts'
import { loadTesterUrl, type Target, usesService } from './names.ts'
import { testLoaderOf } from './test-loader.ts'

const examples = path.join(import.meta.dirname, '../../../test/examples/applications')
const member1: Target = {
  kind: 'AttachedCluster',
  name: 'kurator-member1',
  kubeConfig: { name: 'kurator-member1', key: 'kurator-member1.config' },
}

function example(file: string): Application {
  const application = parseYaml(readFileSync(path.join(examples, file), 'utf8')) as unknown as Application // checked by its own tests
  return { ...application, metadata: { ...application.metadata, uid: 'uid-1' } }
}

function rolloutOf(file: string, over: Partial<Rollout> = {}): MemberRollout {
  const application = example(file)
  const rollout = application.spec.syncPolicies.find(policy => policy.rollout)?.rollout
  assert.ok(rollout)
  return { application, policyName: 'rollout-demo-0', rollout: { ...rollout, ...over }, target: member1 }
}

const backend: Service = {
  metadata: { name: 'backend', namespace: 'webapp' },
  spec: { ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
}

describe('an Application waits for the Service', () => {
  const loader = 'istio-system-testloader-kurator-member1-loadtester'
  const cases = [
    { namespace: 'webapp', name: 'backend', want: true },
    { namespace: 'istio-system', name: loader, want: true },
    { namespace: 'other', name: 'backend', want: false },
    { namespace: 'webapp', name: 'frontend', want: false },
    { namespace: 'webapp', name: loader, want: false },
  ]
  for (const { want, ...metadata } of cases) {
    it(`${metadata.namespace}/${metadata.name}: ${want}`, () =>
      assert.equal(usesService(example('canary.yaml'), { metadata }), want))
  }
})

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value))

describe('what an Application has in the host cluster', () => {
  it('is the source, and for each policy and member one sync with the member’s kubeconfig', () => {
    const application = example('canary.yaml')
    const policies = application.spec.syncPolicies.map((policy, index) => ({ index, policy, targets: [member1] }))
    const [source, first, second] = planHost(application, policies)
    assert.deepEqual([source?.type.kind, source?.object.metadata?.name], ['GitRepository', 'rollout-demo'])
    assert.deepEqual(first?.object.metadata, {
      name: 'rollout-demo-0-attachedcluster-kurator-member1',
      namespace: 'default',
      labels: { 'apps.kurator.dev/app-name': 'rollout-demo' },
      ownerReferences: [
        { apiVersion: 'apps.kurator.dev/v1alpha1', kind: 'Application', name: 'rollout-demo', uid: 'uid-1' },
      ],
    })
    assert.deepEqual((plain(first?.object) as { spec: Json }).spec, {
      interval: '0s',
      path: './deploy/webapp',
      prune: true,
      timeout: '2m0s',
      sourceRef: { kind: 'GitRepository', name: 'rollout-demo' },
      kubeConfig: { secretRef: { name: 'kurator-member1', key: 'kurator-member1.config' } },
    })
    assert.equal(second?.object.metadata?.name, 'rollout-demo-1-attachedcluster-kurator-member1')
  })

  it('is nothing for a policy without members', () => {
    const application = example('canary.yaml')
    const policies = application.spec.syncPolicies.map((policy, index) => ({ index, policy, targets: [] }))
    assert.deepEqual(
      planHost(application, policies).map(wanted => wanted.type.kind),
      ['GitRepository'],
    )
  })
})

describe('the Canary of a rollout', () => {
  it('says the guide’s rollout in the words of the engine', () => {
    const { object } = canaryOf(rolloutOf('canary.yaml'), backend)
    assert.deepEqual(plain(object), {
      metadata: {
        name: 'backend',
        namespace: 'webapp',
        labels: { 'serin.dev/application-uid': 'uid-1' },
        annotations: { 'kurator.dev/rollout': 'rollout-demo-0', 'serin.dev/application': 'default/rollout-demo' },
      },
      spec: {
        provider: 'istio',
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' },
        progressDeadlineSeconds: 600,
        service: {
          name: 'backend',
          port: 9898,
          portDiscovery: false,
          targetPort: 'http',
          timeout: '60s',
          gateways: ['istio-system/public-gateway'],
          hosts: ['backend.webapp'],
        },
        analysis: {
          interval: '90s',
          threshold: 2,
          maxWeight: 50,
          stepWeight: 10,
          metrics: [
            { name: 'request-success-rate', interval: '90s', thresholdRange: { min: 99 } },
            { name: 'request-duration', interval: '90s', thresholdRange: { max: 500 } },
          ],
          webhooks: [
            {
              name: 'generated-testload-0',
              url: 'http://backend-testloader.webapp/',
              timeout: '60s',
              metadata: { type: 'cmd', cmd: 'hey -z 1m -q 10 -c 2 http://backend-canary.webapp:9898/' },
            },
          ],
        },
      },
    })
  })

  it('has iterations and matches for an A/B test', () => {
    const spec = plain(canaryOf(rolloutOf('ab-testing.yaml'), backend).object) as {
      spec: { analysis: Record<string, Json> }
    }
    assert.equal(spec.spec.analysis['iterations'], 3)
    assert.ok(Array.isArray(spec.spec.analysis['match']))
  })

  it('has iterations alone for blue/green', () => {
    const spec = plain(canaryOf(rolloutOf('blue_green.yaml'), backend).object) as {
      spec: { analysis: Record<string, Json> }
    }
    assert.equal(spec.spec.analysis['iterations'], 3)
    assert.equal(spec.spec.analysis['match'], undefined)
  })

  it('gets along without routing and analysis, by the documented defaults', () => {
    const { object } = canaryOf(rolloutOf('canary.yaml', { rolloutPolicy: {} }), backend)
    const { spec } = plain(object) as { spec: { service: Json; analysis: Json } }
    assert.deepEqual(spec.service, { name: 'backend', port: 9898, portDiscovery: false, targetPort: 'http' })
    assert.deepEqual(spec.analysis, { interval: '60s', threshold: 0 })
  })

  it('fills in the intervals that a metric and the webhooks leave out', () => {
    const trafficAnalysis = {
      checkIntervalSeconds: 30,
      checkFailedTimes: 1,
      metrics: [{ name: 'request-duration' }],
      webhooks: { command: ['hey http://a/'] },
    }
    const { object } = canaryOf(rolloutOf('canary.yaml', { rolloutPolicy: { trafficAnalysis } }), backend)
    const { analysis } = (plain(object) as { spec: { analysis: { metrics: Json; webhooks: { timeout: string }[] } } })
      .spec
    assert.deepEqual(analysis.metrics, [{ name: 'request-duration', interval: '60s' }])
    assert.equal(analysis.webhooks[0]?.timeout, '60s')
  })

  it('carries the labels and annotations of primary and preview', () => {
    const more = { primary: { labels: { a: '1' } }, preview: { annotations: { b: '2' } } }
    const { object } = canaryOf(rolloutOf('canary.yaml', more), backend)
    const { service } = (plain(object) as { spec: { service: Record<string, Json> } }).spec
    assert.deepEqual([service['primary'], service['canary']], [{ labels: { a: '1' } }, { annotations: { b: '2' } }])
  })

  it('names its Gateways as the Gateway API does', () => {
    const { object } = canaryOf(rolloutOf('canary.yaml', { trafficRoutingProvider: 'gatewayapi:v1' }), backend)
    const { service } = (plain(object) as { spec: { service: Record<string, Json> } }).spec
    const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway' }
    assert.deepEqual(service['gatewayRefs'], [{ ...gateway, name: 'public-gateway', namespace: 'istio-system' }])
    assert.deepEqual(service['hosts'], ['backend.webapp'])
    assert.equal(service['gateways'], undefined)
  })

  it('names the protocol of its own port for kuma', () => {
    const { object } = canaryOf(rolloutOf('canary.yaml', { trafficRoutingProvider: 'kuma', port: 8080 }), backend)
    const { service } = (plain(object) as { spec: { service: Record<string, Json> } }).spec
    assert.deepEqual(service['apex'], { annotations: { '8080.service.kuma.io/protocol': 'http' } })
    assert.equal(service['gateways'], undefined)
  })
})

describe('the Ingress of a rollout with nginx', () => {
  it('leads the host to the service, is named after it, and is what the Canary refers to', () => {
    const member = rolloutOf('canaryNginx.yaml')
    const [ingress] = ingressOf(member)
    assert.deepEqual(plain(ingress?.object), {
      metadata: {
        name: 'backend',
        namespace: 'webapp',
        labels: { 'serin.dev/application-uid': 'uid-1', app: 'backend' },
        annotations: {
          'kurator.dev/rollout': 'rollout-demo-0',
          'serin.dev/application': 'default/rollout-nginx-demo',
          'kubernetes.io/ingress.class': 'nginx',
        },
      },
      spec: {
        rules: [
          {
            host: 'app.example.com',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: 'backend', port: { number: 9898 } } } },
              ],
            },
          },
        ],
      },
    })
    const { spec } = plain(canaryOf(member, backend).object) as { spec: { ingressRef: Json } }
    assert.deepEqual(spec.ingressRef, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'backend' })
  })

  it('is not there for other providers', () => {
    assert.deepEqual(ingressOf(rolloutOf('canary.yaml')), [])
  })
})

describe('the private load tester', () => {
  it('has one name in its objects and in the webhook’s URL, whatever the Service is called', () => {
    const member = rolloutOf('canary.yaml', { serviceName: 'other' })
    const names = testLoaderOf(member).map(wanted => `${wanted.type.kind} ${wanted.object.metadata?.name}`)
    assert.deepEqual(names, ['Deployment backend-testloader', 'Service backend-testloader'])
    assert.equal(loadTesterUrl(member.rollout, 'webapp', member1), 'http://backend-testloader.webapp/')
  })

  it('is left to the fleet’s where the rollout asks for none', () => {
    const member = rolloutOf('canary.yaml', { testLoader: false })
    assert.deepEqual(testLoaderOf(member), [])
    assert.equal(
      loadTesterUrl(member.rollout, 'webapp', member1),
      'http://istio-system-testloader-kurator-member1-loadtester.istio-system/',
    )
  })
})

describe('metrics of a rollout’s own', () => {
  it('become MetricTemplates that the Canary refers to', () => {
    const member = rolloutOf('canaryWithCustomMetric.yaml')
    const templates = metricTemplatesOf(member)
    assert.ok(templates.length > 0)
    const canary = plain(canaryOf(member, backend).object) as {
      spec: { analysis: { metrics: { name: string; templateRef?: Json }[] } }
    }
    for (const { object } of templates) {
      const metric = canary.spec.analysis.metrics.find(candidate => candidate.name === object.metadata?.name)
      assert.deepEqual(metric?.templateRef, { name: object.metadata?.name, namespace: object.metadata?.namespace })
    }
  })
})

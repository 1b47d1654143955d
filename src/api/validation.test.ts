import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FieldError, toText } from '../apimachinery/field-error.ts'
import type { Application, Rollout } from './apps/v1alpha1.ts'
import { defaultApplication } from './apps/v1alpha1-defaults.ts'
import { validateApplication } from './apps/v1alpha1-validation.ts'
import { applicationWarnings } from './apps/v1alpha1-warnings.ts'
import { validateAttachedCluster } from './cluster/v1alpha1-validation.ts'
import type { AlertProvider, Canary, MetricTemplate } from './flagger/v1beta1.ts'
import { validateAlertProvider, validateCanary, validateMetricTemplate } from './flagger/v1beta1-validation.ts'
import type { Fleet } from './fleet/v1alpha1.ts'
import { validateFleet } from './fleet/v1alpha1-validation.ts'

const texts = (errors: readonly FieldError[]) => errors.map(toText)
const kustomization = { interval: '5m', prune: true }
const git = { gitRepository: { interval: '3m', url: 'https://example.com/r' } }

function application(spec: Partial<Application['spec']>): Application {
  return {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'demo', namespace: 'default' },
    spec: { source: git, syncPolicies: [{ kustomization }], ...spec },
  }
}

const goodRollout: Rollout = {
  trafficRoutingProvider: 'istio',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend', namespace: 'webapp' },
  serviceName: 'backend',
  port: 9898,
  rolloutPolicy: {
    trafficRouting: { canaryStrategy: { maxWeight: 50, stepWeight: 10 } },
    trafficAnalysis: { checkIntervalSeconds: 10, checkFailedTimes: 2 },
  },
}

const goodAnalysis = { checkIntervalSeconds: 10, checkFailedTimes: 2 }
const policy = 'spec.syncPolicies[0].rollout.rolloutPolicy'

const applications: readonly [name: string, spec: Partial<Application['spec']>, want: readonly string[]][] = [
  ['a policy without fleet runs on the host', {}, []],
  [
    'no source',
    { source: {} },
    ['spec.source: Required value: must have one of gitRepository, helmRepository, ociRepository'],
  ],
  [
    'two sources',
    { source: { ...git, ociRepository: { interval: '1m', url: 'oci://x/y' } } },
    ['spec.source.ociRepository: Forbidden: may not be set together with gitRepository'],
  ],
  ['no policy', { syncPolicies: [] }, ['spec.syncPolicies: Required value: must have at least one policy']],
  [
    'a policy with another fleet than the application',
    { destination: { fleet: 'a' }, syncPolicies: [{ kustomization, destination: { fleet: 'b' } }] },
    [
      'spec.syncPolicies[0].destination.fleet: Invalid value: "b": must be same as application.spec.destination.fleet:a, because fleet must be consistent throughout the application',
    ],
  ],
  [
    'policies with different fleets',
    {
      syncPolicies: [
        { kustomization, destination: { fleet: 'a' } },
        { kustomization, destination: { fleet: 'b' } },
      ],
    },
    [
      'spec.syncPolicies[1].destination.fleet: Invalid value: "b": must be same as firstPolicyFleet:a, because fleet must be consistent throughout the application',
    ],
  ],
  [
    'one policy of two without fleet',
    { syncPolicies: [{ kustomization, destination: { fleet: 'a' } }, { kustomization }] },
    [
      'spec.syncPolicies.destination.fleet: Required value: must be set when application.spec.destination.fleet is not set',
    ],
  ],
  [
    'a policy without fleet inherits that of the application',
    { destination: { fleet: 'a' }, syncPolicies: [{ kustomization }, { kustomization, destination: { fleet: 'a' } }] },
    [],
  ],
  [
    'names that stand twice, also a computed one',
    { syncPolicies: [{ kustomization }, { kustomization, name: 'demo-0' }, { kustomization, name: 'Web' }] },
    [
      'spec.syncPolicies[1].name: Duplicate value: "demo-0"',
      "spec.syncPolicies[2].name: Invalid value: \"Web\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'a kustomization on charts',
    { source: { helmRepository: { interval: '1m', url: 'https://example.com' } } },
    ['spec.syncPolicies[0].kustomization: Forbidden: a helmRepository has charts only; use helm'],
  ],
]

const rollouts: readonly [name: string, change: Partial<Rollout>, want: readonly string[]][] = [
  ['a good one', {}, []],
  [
    'an unknown provider',
    { trafficRoutingProvider: 'linkerd' },
    [
      'spec.syncPolicies[0].rollout.trafficRoutingProvider: Unsupported value: "linkerd": supported values: "gatewayapi:v1", "istio", "kubernetes", "kuma", "nginx"',
    ],
  ],
  [
    'a workload of another kind',
    { workload: { kind: 'StatefulSet', name: 'backend' } },
    [
      'spec.syncPolicies[0].rollout.workload.kind: Unsupported value: "StatefulSet": supported values: "DaemonSet", "Deployment"',
    ],
  ],
  [
    'a port out of range',
    { port: 0 },
    ['spec.syncPolicies[0].rollout.port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'neither routing nor analysis',
    { rolloutPolicy: {} },
    [
      `${policy}.trafficRouting: Required value: must have a canaryStrategy or analysisTimes`,
      `${policy}.trafficAnalysis: Required value`,
    ],
  ],
  [
    'the Gateway API without gateways',
    { trafficRoutingProvider: 'gatewayapi:v1' },
    [`${policy}.trafficRouting.gateways: Required value: must be set for provider gatewayapi:v1`],
  ],
  [
    'nginx without host',
    { trafficRoutingProvider: 'nginx' },
    [`${policy}.trafficRouting.host: Required value: must be set for provider nginx`],
  ],
  [
    'a routing that never advances',
    { rolloutPolicy: { trafficRouting: { canaryStrategy: { maxWeight: 50 } }, trafficAnalysis: goodAnalysis } },
    [
      `${policy}.trafficRouting: Required value: must have one of analysisTimes, canaryStrategy.stepWeight, canaryStrategy.stepWeights`,
    ],
  ],
  [
    'two ways to advance',
    {
      rolloutPolicy: {
        trafficRouting: { analysisTimes: 3, canaryStrategy: { stepWeight: 10, stepWeights: [10, 20] } },
        trafficAnalysis: goodAnalysis,
      },
    },
    [
      `${policy}.trafficRouting.canaryStrategy.stepWeight: Forbidden: may not be set together with ${policy}.trafficRouting.analysisTimes`,
      `${policy}.trafficRouting.canaryStrategy.stepWeights: Forbidden: may not be set together with ${policy}.trafficRouting.analysisTimes`,
    ],
  ],
  [
    'weights out of range or order',
    {
      rolloutPolicy: {
        trafficRouting: { canaryStrategy: { stepWeights: [20, 10, 101] } },
        trafficAnalysis: goodAnalysis,
      },
    },
    [
      `${policy}.trafficRouting.canaryStrategy.stepWeights[2]: Invalid value: 101: must be between 0 and 100, inclusive`,
      `${policy}.trafficRouting.canaryStrategy.stepWeights[1]: Invalid value: 10: must be greater than the weight before it`,
    ],
  ],
  [
    'metrics that cannot be asked',
    {
      rolloutPolicy: {
        trafficRouting: { analysisTimes: 3 },
        trafficAnalysis: {
          ...goodAnalysis,
          metrics: [
            { name: 'request-duration', intervalSeconds: 0, thresholdRange: { min: 2, max: 1 } },
            { name: 'mine', customMetric: { provider: { type: 'graphana' } } },
          ],
        },
      },
    },
    [
      `${policy}.trafficAnalysis.metrics[0].intervalSeconds: Invalid value: 0: must be greater than or equal to 1`,
      `${policy}.trafficAnalysis.metrics[0].thresholdRange.min: Invalid value: 2: must not be greater than max 1`,
      `${policy}.trafficAnalysis.metrics[1].customMetric.provider.type: Unsupported value: "graphana": supported values: "cloudwatch", "datadog", "dynatrace", "externalmetrics", "graphite", "influxdb", "keptn", "newrelic", "prometheus", "splunk", "stackdriver"`,
      `${policy}.trafficAnalysis.metrics[1].customMetric.query: Required value`,
    ],
  ],
]

describe('an Application', () => {
  for (const [name, spec, want] of applications) {
    it(name, () => assert.deepEqual(texts(validateApplication(application(spec))), want))
  }
  it('without spec', () => {
    const { spec: _, ...bare } = application({})
    assert.deepEqual(texts(validateApplication(bare as Application)), ['spec: Required value'])
  })
  it('that is fine has no warnings, and one that applies nothing has one', () => {
    assert.deepEqual(applicationWarnings(application({ syncPolicies: [{ kustomization, rollout: goodRollout }] })), [])
    assert.deepEqual(applicationWarnings(application({ syncPolicies: [{}] })), [
      'spec.syncPolicies[0]: nothing is applied, since neither kustomization nor helm is set',
    ])
  })
})

describe('the rollout of an Application', () => {
  for (const [name, change, want] of rollouts) {
    it(name, () => {
      const spec = { syncPolicies: [{ kustomization, rollout: { ...goodRollout, ...change } }] }
      assert.deepEqual(texts(validateApplication(application(spec))), want)
    })
  }
  it('gets the protocol http for kuma, and for nothing else', () => {
    const kuma = { ...goodRollout, trafficRoutingProvider: 'kuma' }
    const istio = application({ syncPolicies: [{ kustomization, rollout: goodRollout }] })
    const defaulted = defaultApplication(application({ syncPolicies: [{ kustomization, rollout: kuma }] }))
    assert.equal(defaulted.spec.syncPolicies[0]?.rollout?.rolloutPolicy.trafficRouting?.protocol, 'http')
    assert.equal(defaultApplication(defaulted), defaulted)
    assert.equal(defaultApplication(istio), istio)
  })
})

const meta = { metadata: { name: 'x' } }

describe('a Fleet', () => {
  const fleet = (spec: Fleet['spec']): Fleet => ({
    apiVersion: 'fleet.kurator.dev/v1alpha1',
    kind: 'Fleet',
    ...meta,
    spec,
  })
  it('names its members', () => {
    const clusters = [
      { name: 'a', kind: 'AttachedCluster' },
      { name: 'a' },
      { name: 'a', kind: 'Cluster' },
      {},
      { name: 'b', kind: 'Pod' },
    ]
    assert.deepEqual(texts(validateFleet(fleet({ clusters }))), [
      'spec.clusters[2]: Duplicate value: {"kind":"Cluster","name":"a"}',
      'spec.clusters[3].name: Required value',
      'spec.clusters[4].kind: Unsupported value: "Pod": supported values: "AttachedCluster", "Cluster"',
    ])
  })
  it('names a traffic provider that there is', () => {
    assert.deepEqual(texts(validateFleet(fleet({ plugin: { flagger: { trafficRoutingProvider: 'x' } } }))), [
      'spec.plugin.flagger.trafficRoutingProvider: Unsupported value: "x": supported values: "gatewayapi:v1", "istio", "kubernetes", "kuma", "nginx"',
    ])
  })
})

describe('an AttachedCluster', () => {
  it('may use any key that a Secret may have', () => {
    const cluster = (name: string, key: string) => ({
      apiVersion: 'cluster.kurator.dev/v1alpha1',
      kind: 'AttachedCluster',
      ...meta,
      spec: { kubeconfig: { name, key } },
    })
    assert.deepEqual(texts(validateAttachedCluster(cluster('m', 'KUBE_CONFIG'))), [])
    assert.deepEqual(texts(validateAttachedCluster(cluster('', ''))), [
      'spec.kubeconfig.name: Required value: must be set',
      'spec.kubeconfig.key: Required value: must be set',
    ])
  })
})

type CanaryAnalysis = Canary['spec']['analysis']

const canaries: readonly [name: string, analysis: Partial<CanaryAnalysis>, want: readonly string[]][] = [
  ['a good one', {}, []],
  [
    'an interval that is none',
    { interval: '10sX' },
    ['spec.analysis.interval: Invalid value: "10sX": must be a duration such as 30s or 1m30s'],
  ],
  [
    'a weight that is no whole number',
    { stepWeight: 2.5 },
    ['spec.analysis.stepWeight: Invalid value: 2.5: must be a whole number'],
  ],
  [
    'a weight of zero',
    { stepWeight: 0 },
    [
      'spec.analysis: Invalid value: null: never advances: iterations, stepWeight or stepWeights must be more than zero',
    ],
  ],
  [
    'a metric without query',
    { metrics: [{ name: 'mine' }] },
    [
      'spec.analysis.metrics[0].templateRef: Required value: mine is none of the built-in metrics request-success-rate, request-duration',
    ],
  ],
  [
    'a webhook without host',
    { webhooks: [{ name: 'load', url: 'not a url' }] },
    ['spec.analysis.webhooks[0].url: Invalid value: "not a url": must be a URL of http or https'],
  ],
  [
    'an alert that is never sent',
    { alerts: [{ name: 'on-call', providerRef: { name: 'slack' } }] },
    ['spec.analysis.alerts[0].severity: Required value: an alert without severity is never sent'],
  ],
]

describe('a Canary', () => {
  const canary = (analysis: Partial<CanaryAnalysis>): Canary => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    ...meta,
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 5, stepWeight: 10, ...analysis },
    },
  })
  for (const [name, analysis, want] of canaries) {
    it(name, () => assert.deepEqual(texts(validateCanary(canary(analysis))), want))
  }
  it('of a workload needs a port', () => {
    const { service: _, ...spec } = canary({}).spec
    assert.deepEqual(texts(validateCanary({ ...canary({}), spec })), [
      'spec.service: Required value: the workload needs a port',
    ])
  })
})

describe('a MetricTemplate and an AlertProvider', () => {
  it('say where to ask, and whom to tell', () => {
    const template = (provider: MetricTemplate['spec']['provider']): MetricTemplate => ({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'MetricTemplate',
      ...meta,
      spec: { provider, query: 'up' },
    })
    assert.deepEqual(texts(validateMetricTemplate(template({ type: 'datadog' }))), [])
    assert.deepEqual(texts(validateMetricTemplate(template({ type: 'prometheus' }))), [
      'spec.provider.address: Required value: provider prometheus needs it',
    ])
    assert.deepEqual(texts(validateMetricTemplate(template({ type: 'cloudwatch' }))), [
      'spec.provider.region: Required value: provider cloudwatch needs it',
    ])
    const provider: AlertProvider = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      ...meta,
      spec: { type: 'slack', address: 'slack' },
    }
    assert.deepEqual(texts(validateAlertProvider(provider)), [
      'spec.address: Invalid value: "slack": must be a URL of http or https',
    ])
  })
})

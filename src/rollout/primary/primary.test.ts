import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DaemonSet, Deployment } from '../../api/core/apps-v1.ts'
import { scaleToZeroKey } from '../revision.ts'
import { servicePorts } from '../service-ports.ts'
import { daemonSetWorkload, deploymentWorkload } from '../workload.ts'
import { configMapCopy, secretCopy } from './configs.ts'
import { type CopyOptions, defaultSelectorLabels, ownCopyName } from './names.ts'
import { copyId, isSameCopy } from './pod-template.ts'
import { primaryHpa, primaryScaledObject } from './scaler.ts'
import { primaryDaemonSet, primaryDeployment } from './workload.ts'

const owner = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  name: 'podinfo',
  uid: 'uid',
  controller: true,
  blockOwnerDeletion: true,
}
const options: CopyOptions = {
  owner,
  selectorLabels: defaultSelectorLabels,
  includeLabelPrefixes: ['team.example.com/'],
  configCopies: new Map([
    ['configmap/colors', 'colors-primary'],
    ['secret/keys', 'keys-primary'],
  ]),
  copyId: copyId('s1-1', {}),
}

const target: Deployment = {
  metadata: {
    name: 'podinfo',
    namespace: 'test',
    labels: { app: 'podinfo', 'team.example.com/owner': 'web', 'kustomize.toolkit.fluxcd.io/name': 'apps' },
    annotations: {
      'deployment.kubernetes.io/revision': '3',
      note: 'kept',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    },
  },
  spec: {
    replicas: 3,
    minReadySeconds: 5,
    selector: { matchLabels: { app: 'podinfo', tier: 'web' } },
    template: {
      metadata: {
        labels: { app: 'podinfo', tier: 'web' },
        annotations: { 'prometheus.io/scrape': 'true', 'flagger-id': 'old' },
      },
      spec: {
        initContainers: [
          { name: 'init', envFrom: [{ configMapRef: { name: 'colors' } }, { secretRef: { name: 'other' } }] },
        ],
        containers: [
          {
            name: 'podinfo',
            env: [
              { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } },
              { name: 'PLAIN', value: 'x' },
            ],
          },
        ],
        volumes: [
          { name: 'a', configMap: { name: 'colors' } },
          { name: 'b', secret: { secretName: 'keys' } },
          { name: 'c', projected: { sources: [{ configMap: { name: 'colors' } }, { downwardAPI: {} }] } },
          { name: 'd', emptyDir: {} },
        ],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'host', labelSelector: { matchLabels: { app: 'podinfo', tier: 'podinfo' } } },
            ],
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                podAffinityTerm: {
                  topologyKey: 'zone',
                  labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['podinfo'] }] },
                },
              },
            ],
          },
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'host', labelSelector: { matchLabels: { app: 'podinfo' } } },
            ],
          },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'podinfo' } },
          },
        ],
      },
    },
  },
}

function made(existing?: Deployment): Deployment {
  const primary = primaryDeployment(target, options, 3, existing)
  assert.ok(!('problem' in primary))
  return primary
}

describe('the primary of a Deployment', () => {
  it('has its own name, selector and labels', () => {
    const { metadata, spec } = made()
    assert.equal(metadata?.name, 'podinfo-primary')
    assert.deepEqual(metadata?.labels, { app: 'podinfo-primary', 'team.example.com/owner': 'web' })
    assert.deepEqual(metadata?.annotations, { note: 'kept' })
    assert.deepEqual(metadata?.ownerReferences, [owner])
    assert.deepEqual(spec.selector, { matchLabels: { app: 'podinfo-primary' } })
    assert.deepEqual(spec.template.metadata?.labels, { app: 'podinfo-primary', tier: 'web' })
    assert.deepEqual([spec.replicas, spec.minReadySeconds], [3, 5])
  })

  it('uses the copies of tracked configs everywhere, and other configs as they are', () => {
    const { initContainers, containers, volumes } = made().spec.template.spec ?? { containers: [] }
    assert.deepEqual(initContainers?.[0]?.envFrom, [
      { configMapRef: { name: 'colors-primary' } },
      { secretRef: { name: 'other' } },
    ])
    assert.deepEqual(containers[0]?.env, [
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys-primary', key: 'a' } } },
      { name: 'PLAIN', value: 'x' },
    ])
    assert.deepEqual(volumes, [
      { name: 'a', configMap: { name: 'colors-primary' } },
      { name: 'b', secret: { secretName: 'keys-primary' } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'colors-primary' } }, { downwardAPI: {} }] } },
      { name: 'd', emptyDir: {} },
    ])
  })

  it('keeps away from its own pods, and near to whatever the target is near to', () => {
    const { affinity, topologySpreadConstraints } = made().spec.template.spec ?? { containers: [] }
    const anti = affinity?.podAntiAffinity
    assert.deepEqual(anti?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector, {
      matchLabels: { app: 'podinfo-primary', tier: 'podinfo' },
    })
    assert.deepEqual(
      anti?.preferredDuringSchedulingIgnoredDuringExecution?.[0]?.podAffinityTerm.labelSelector?.matchExpressions?.[0]
        ?.values,
      ['podinfo-primary'],
    )
    assert.deepEqual(topologySpreadConstraints?.[0]?.labelSelector, { matchLabels: { app: 'podinfo-primary' } })
    assert.deepEqual(affinity?.podAffinity, target.spec.template.spec?.affinity?.podAffinity)
  })

  it('made twice from the same revision is the same, so that no pod is replaced', () => {
    assert.deepEqual(made(), made())
    assert.equal(made().spec.template.metadata?.annotations?.['flagger-id'], options.copyId)
    assert.notEqual(copyId('s1-1', {}), copyId('s1-1', { 'configmap/colors': '1' }))
  })

  it('that Flagger made from the same template is the same copy, whatever its id', () => {
    const { template } = made().spec
    const flaggers = {
      ...template,
      metadata: {
        ...template.metadata,
        annotations: { ...template.metadata?.annotations, 'flagger-id': 'a-random-uuid' },
      },
    }
    assert.equal(isSameCopy(flaggers, template), true)
    const other = { ...flaggers, metadata: { ...flaggers.metadata, labels: { app: 'podinfo-primary' } } }
    assert.equal(isSameCopy(other, template), false)
  })

  it('loses the pause before pods count when the target has none any more', () => {
    const { minReadySeconds: _, ...spec } = target.spec
    const primary = primaryDeployment({ ...target, spec }, options, 3, made())
    assert.ok(!('problem' in primary))
    assert.equal(primary.spec.minReadySeconds, 0)
  })

  it('that exists keeps its selector', () => {
    const existing: Deployment = {
      ...made(),
      spec: { ...made().spec, selector: { matchLabels: { app: 'podinfo-primary', old: 'yes' } } },
    }
    assert.deepEqual(made(existing).spec.selector, existing.spec.selector)
  })

  it('needs a label that tells it from the target', () => {
    const unlabelled = { ...target, spec: { ...target.spec, selector: { matchLabels: { tier: 'web' } } } }
    assert.deepEqual(primaryDeployment(unlabelled, options, 3), {
      problem:
        'deployment podinfo.test spec.selector.matchLabels must contain one of [app name app.kubernetes.io/name]',
    })
  })
})

describe('the primary of a DaemonSet', () => {
  const daemonSet: DaemonSet = {
    metadata: { name: 'agent', namespace: 'test' },
    spec: {
      selector: { matchLabels: { name: 'agent' } },
      template: {
        metadata: { labels: { name: 'agent' } },
        spec: { containers: [], nodeSelector: { [scaleToZeroKey]: 'true', disk: 'ssd' } },
      },
    },
  }

  it('has pods although the target is at zero', () => {
    const primary = primaryDaemonSet(daemonSet, options)
    assert.ok(!('problem' in primary))
    assert.deepEqual(primary.spec.template.spec?.nodeSelector, { disk: 'ssd' })
  })

  it('cannot be made of one that is updated by deletion', () => {
    const spec = { ...daemonSet.spec, updateStrategy: { type: 'OnDelete' } as const }
    assert.deepEqual(primaryDaemonSet({ ...daemonSet, spec }, options), {
      problem: 'daemonset agent.test must have RollingUpdate strategy but have OnDelete',
    })
  })

  it('wants no pods while its selector matches no node, and at least one otherwise', () => {
    assert.equal(daemonSetWorkload(daemonSet).desiredReplicas, 0)
    const full = { ...daemonSet, spec: { ...daemonSet.spec, template: { spec: { containers: [] } } } }
    assert.equal(daemonSetWorkload(full).desiredReplicas, 1)
  })
})

describe('copies for the primary', () => {
  it('of a ConfigMap carry binaryData too', () => {
    const copy = configMapCopy(
      {
        metadata: { name: 'colors', namespace: 'test', labels: { a: 'b' } },
        data: { a: '1' },
        binaryData: { b: 'AA==' },
      },
      'colors-primary',
      options,
    )
    assert.deepEqual(
      [copy.metadata?.name, copy.data, copy.binaryData, copy.metadata?.labels],
      ['colors-primary', { a: '1' }, { b: 'AA==' }, {}],
    )
  })

  it('of a Secret keep its type, and the owners that share them', () => {
    const other = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'other', uid: 'other', controller: true }
    const existing = { metadata: { name: 'keys-primary', ownerReferences: [other] } }
    const copy = secretCopy(
      { metadata: { name: 'keys' }, type: 'kubernetes.io/tls', data: { a: 'AA==' } },
      'keys-primary',
      options,
      existing,
    )
    assert.equal(copy.type, 'kubernetes.io/tls')
    assert.deepEqual(copy.metadata?.ownerReferences, [{ ...other, controller: false }, owner])
  })

  it('that another Canary has taken the name of are named after the target', () => {
    assert.equal(ownCopyName('colors', 'podinfo'), 'colors-podinfo-primary')
    const long = ownCopyName('c'.repeat(240), 'podinfo')
    assert.ok(long.length <= 253 && long.endsWith('-podinfo-primary'), long)
    assert.notEqual(long, ownCopyName('c'.repeat(241), 'podinfo'))
  })

  it('of an autoscaler have a floor only while one is held', () => {
    const hpa = {
      metadata: { name: 'podinfo' },
      spec: { minReplicas: 2, maxReplicas: 6, scaleTargetRef: { kind: 'Deployment', name: 'podinfo' } },
    }
    const free = primaryHpa(hpa, 'podinfo', {}, options)
    assert.deepEqual(
      [free.metadata?.name, free.spec.scaleTargetRef.name, free.spec.minReplicas],
      ['podinfo-primary', 'podinfo-primary', 2],
    )
    assert.equal(primaryHpa(hpa, 'podinfo', {}, options, 5).spec.minReplicas, 5)
    assert.equal(primaryHpa(hpa, 'podinfo', {}, options, 9).spec.minReplicas, 6)
    assert.equal(primaryHpa(hpa, 'podinfo', { minReplicas: 3, maxReplicas: 4 }, options).spec.maxReplicas, 4)
  })

  it('of a ScaledObject ask about the primary, and are not paused with the target', () => {
    const annotations = { 'autoscaling.keda.sh/paused-replicas': '0', note: 'kept' }
    const trigger = (name: string, query: string) => ({ type: 'prometheus', name, metadata: { query } })
    const triggers = [trigger('a', 'sum(rate(http{app="podinfo-canary"}[1m]))'), trigger('b', 'up{app="podinfo"}')]
    const scaledObject = {
      metadata: { name: 'so', annotations },
      spec: { scaleTargetRef: { name: 'podinfo' }, triggers },
    }
    const copy = primaryScaledObject(scaledObject, 'podinfo', {}, options)
    assert.deepEqual(copy.metadata?.annotations, { note: 'kept' })
    assert.deepEqual(copy.spec['triggers'], [
      trigger('a', 'sum(rate(http{app="podinfo-primary"}[1m]))'),
      trigger('b', 'up{app="podinfo-primary"}'),
    ])
    const own = primaryScaledObject(scaledObject, 'podinfo', { queries: { b: 'mine' } }, options)
    assert.deepEqual(own.spec['triggers'], [triggers[0], trigger('b', 'mine')])
  })
})

describe('service ports', () => {
  const template = {
    spec: {
      containers: [
        {
          name: 'podinfo',
          ports: [
            { containerPort: 9898, name: 'http' },
            { containerPort: 9999, name: 'grpc' },
            { containerPort: 9797 },
          ],
        },
        { name: 'istio-proxy', ports: [{ containerPort: 15090, name: 'envoy' }] },
      ],
    },
  }

  it('name the port of the spec, with itself as target by default', () => {
    assert.deepEqual(servicePorts({ port: 80 }, template), [
      { name: 'http', protocol: 'TCP', port: 80, targetPort: 80 },
    ])
  })

  it('with discovery add what the containers have, but the main port and those of sidecars', () => {
    const ports = servicePorts({ port: 80, targetPort: 9898, portName: 'http-podinfo', portDiscovery: true }, template)
    assert.deepEqual(
      ports.map(p => `${p.name} ${p.port}->${p.targetPort}`),
      ['http-podinfo 80->9898', 'tcp-podinfo-2 9797->9797', 'grpc 9999->9999'],
    )
  })

  it('skip the container port whose name is the target port, and take no name twice', () => {
    const ports = servicePorts({ port: 80, targetPort: 'grpc', portDiscovery: true }, template)
    assert.deepEqual(
      ports.map(p => p.name),
      ['http', 'tcp-podinfo-2', 'tcp-podinfo-0'],
    )
  })
})

describe('workloads', () => {
  it('tell a status of before from one of now', () => {
    const status = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }
    const { isGenerationObserved } = deploymentWorkload({
      ...target,
      metadata: { ...target.metadata, generation: 2 },
      status,
    })
    assert.equal(isGenerationObserved, false)
  })

  it('tell since when a Deployment lacks pods, and that it gave up', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
      {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        lastUpdateTime: '2026-01-01T00:00:00Z',
      },
    ]
    const { isDeadlineExceeded, unavailableSince } = deploymentWorkload({ ...target, status: { conditions } })
    assert.deepEqual([isDeadlineExceeded, unavailableSince], [true, '2026-01-01T00:00:00Z'])
  })
})

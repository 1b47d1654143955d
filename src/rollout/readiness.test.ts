import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normalise } from './normalise.ts'
import type { ObservedTarget, Workload } from './observed.ts'
import { canaryReadiness, primaryReadiness, type Readiness } from './readiness.ts'
import { emptyStatus, type RolloutStatus } from './status.ts'

const now = new Date('2026-01-01T01:00:00Z')

function context(kind: 'Deployment' | 'DaemonSet', threshold: number, status: Partial<RolloutStatus>) {
  const result = normalise(
    {
      metadata: { name: 'podinfo', namespace: 'test', uid: 'uid' },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind, name: 'podinfo' },
        progressDeadlineSeconds: 60,
        analysis: { stepWeight: 10, primaryReadyThreshold: threshold, canaryReadyThreshold: threshold },
      },
    },
    { provider: 'istio' },
  )
  assert.ok('spec' in result)
  return { spec: result.spec, status: { ...emptyStatus, ...status }, now }
}

const up: Workload = {
  kind: 'Deployment',
  name: 'podinfo-primary',
  desiredReplicas: 4,
  replicas: 4,
  updatedReplicas: 4,
  availableReplicas: 4,
  isGenerationObserved: true,
  isDeadlineExceeded: false,
}

interface Case {
  readonly name: string
  readonly workload: Partial<Workload>
  readonly threshold?: number
  readonly status?: Partial<RolloutStatus>
  readonly want: string
}

function text(readiness: Readiness): string {
  return readiness.ready ? 'ready' : `${readiness.retriable ? 'retriable' : 'for good'}: ${readiness.message}`
}

const waiting = 'podinfo-primary.test not ready: waiting for rollout to finish:'
const deployments: readonly Case[] = [
  { name: 'is ready with all pods', workload: {}, want: 'ready' },
  {
    name: 'is not known before its status is of now',
    workload: { isGenerationObserved: false, isDeadlineExceeded: true },
    want: `retriable: ${waiting} observed deployment generation less than desired generation`,
  },
  {
    name: 'is broken for good past its own deadline',
    workload: { isDeadlineExceeded: true },
    want: 'for good: podinfo-primary.test not ready: deployment "podinfo-primary" exceeded its progress deadline',
  },
  {
    name: 'waits for new pods',
    workload: { updatedReplicas: 1 },
    want: `retriable: ${waiting} 1 out of 4 new replicas have been updated`,
  },
  {
    name: 'waits for old pods to go',
    workload: { replicas: 6 },
    want: `retriable: ${waiting} 2 old replicas are pending termination`,
  },
  {
    name: 'waits for pods to answer',
    workload: { availableReplicas: 3 },
    want: `retriable: ${waiting} 3 of 4 (readyThreshold 100%) updated replicas are available`,
  },
  { name: 'is ready at its threshold', workload: { availableReplicas: 3 }, threshold: 75, want: 'ready' },
  { name: 'cuts the threshold off to whole pods', workload: { availableReplicas: 1 }, threshold: 49, want: 'ready' },
  {
    name: 'needs one pod whatever the threshold',
    workload: { availableReplicas: 0 },
    threshold: 0,
    want: `retriable: ${waiting} 0 of 4 (readyThreshold 0%) updated replicas are available`,
  },
  {
    name: 'that wants no pods is ready',
    workload: { desiredReplicas: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
    want: 'ready',
  },
  {
    name: 'is broken for good when it lacked pods for longer than the deadline of the Canary',
    workload: { updatedReplicas: 1, unavailableSince: '2026-01-01T00:58:59Z' },
    want: `for good: ${waiting} 1 out of 4 new replicas have been updated`,
  },
  {
    name: 'is not broken before that',
    workload: { updatedReplicas: 1, unavailableSince: '2026-01-01T00:59:30Z' },
    want: `retriable: ${waiting} 1 out of 4 new replicas have been updated`,
  },
]

const primaryLacksPodsSince = (lastTransitionTime: string) =>
  ({ type: 'PrimaryReady', status: 'False', reason: 'PodsMissing', lastTransitionTime }) as const

const daemonSets: readonly Case[] = [
  { name: 'is ready with all pods', workload: {}, want: 'ready' },
  {
    name: 'waits for new pods',
    workload: { updatedReplicas: 1 },
    want: `retriable: primary daemonset ${waiting} 1 out of 4 new pods have been updated`,
  },
  {
    name: 'waits for pods to answer',
    workload: { availableReplicas: 1 },
    status: { lastTransitionTime: '2026-01-01T00:59:30Z' },
    want: `retriable: primary daemonset ${waiting} 1 of 4 (readyThreshold 100%) updated pods are available`,
  },
  {
    name: 'is broken for good past the deadline of the Canary',
    workload: { availableReplicas: 1 },
    status: { phase: 'Progressing', conditions: [primaryLacksPodsSince('2026-01-01T00:58:30Z')] },
    want: 'for good: primary daemonset podinfo-primary.test not ready: exceeded its progressDeadlineSeconds: 60',
  },
  {
    name: 'is broken past the deadline where it never came up',
    workload: { availableReplicas: 1 },
    status: { phase: 'Initializing', lastTransitionTime: '2026-01-01T00:58:30Z' },
    want: 'for good: primary daemonset podinfo-primary.test not ready: exceeded its progressDeadlineSeconds: 60',
  },
  {
    name: 'is not broken by one moment without a pod, however long the interval',
    workload: { availableReplicas: 1 },
    status: { phase: 'Progressing', lastTransitionTime: '2026-01-01T00:58:30Z' },
    want: `retriable: primary daemonset ${waiting} 1 of 4 (readyThreshold 100%) updated pods are available`,
  },
]

describe('readiness of a Deployment', () => {
  for (const { name, workload, threshold = 100, status = {}, want } of deployments) {
    it(name, () =>
      assert.equal(text(primaryReadiness({ ...up, ...workload }, context('Deployment', threshold, status))), want),
    )
  }

  it('names the canary in its own words', () => {
    const target: ObservedTarget = { ...up, name: 'podinfo', updatedReplicas: 0, revision: 'B' }
    assert.equal(
      text(canaryReadiness(target, context('Deployment', 100, {}))),
      'retriable: canary deployment podinfo.test not ready: waiting for rollout to finish: 0 out of 4 new replicas have been updated',
    )
  })
})

describe('readiness of a DaemonSet', () => {
  for (const { name, workload, threshold = 100, status = {}, want } of daemonSets) {
    const daemonSet: Workload = { ...up, kind: 'DaemonSet', ...workload }
    it(name, () => assert.equal(text(primaryReadiness(daemonSet, context('DaemonSet', threshold, status))), want))
  }

  it("names the canary in upstream's spelling", () => {
    const target: ObservedTarget = { ...up, kind: 'DaemonSet', name: 'podinfo', updatedReplicas: 0, revision: 'B' }
    assert.equal(
      text(canaryReadiness(target, context('DaemonSet', 100, {}))),
      'retriable: canary damonset podinfo.test not ready with retryable true: waiting for rollout to finish: 0 out of 4 new pods have been updated',
    )
  })
})

describe('readiness of a Knative revision and a Service', () => {
  it('is up to the revision', () => {
    const revision: Workload = { ...up, kind: 'KnativeService', availableReplicas: 0, isDeadlineExceeded: true }
    assert.equal(primaryReadiness(revision, context('Deployment', 100, {})).ready, false)
  })

  it('is given for a Service', () => {
    const service: Workload = { ...up, kind: 'Service', availableReplicas: 0 }
    assert.equal(primaryReadiness(service, context('Deployment', 100, {})).ready, true)
  })
})

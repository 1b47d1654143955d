import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Deployment, ReplicaSet } from '../../api/core/apps-v1.ts'
import type { PodTemplateSpec } from '../../api/core/core-v1.ts'
import { type DeploymentPlan, planDeployment } from './deployment-plan.ts'

type Spec = Deployment['spec']
type Condition = NonNullable<NonNullable<Deployment['status']>['conditions']>[number]

const now = new Date('2026-01-01T12:00:00Z')
const prefix = 'deployment.kubernetes.io'

function template(image: string): PodTemplateSpec {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } }
}

function deployment(spec: Partial<Spec> = {}, status: Deployment['status'] = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'test', uid: 'd', generation: 3, annotations: { [`${prefix}/revision`]: '2' } },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      template: template('web:2'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      progressDeadlineSeconds: 60,
      ...spec,
    },
    status,
  }
}

/** `has` pods of which `available` are available, asked for `replicas`. */
interface Size {
  readonly replicas: number
  readonly has?: number
  readonly available?: number
  /** What the Deployment asked for when the set was last scaled; by default 4. */
  readonly desired?: number
  readonly max?: number
}

function replicaSet(version: number, size: Size): ReplicaSet {
  const { replicas, has = replicas, available = has, desired = 4, max = desired + 1 } = size
  return {
    metadata: {
      name: `web-${version}`,
      namespace: 'test',
      creationTimestamp: `2026-01-01T0${version}:00:00Z`,
      annotations: {
        [`${prefix}/revision`]: String(version),
        [`${prefix}/desired-replicas`]: String(desired),
        [`${prefix}/max-replicas`]: String(max),
      },
    },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template(`web:${version}`) },
    status: { replicas: has, readyReplicas: available, availableReplicas: available },
  }
}

/** The plan's actions in short: `web-1: 3` for a scaling, `create: 2`, `delete web-1`. */
function shortly({ actions }: DeploymentPlan): string[] {
  return actions.map(action => {
    if (action.kind === 'create') return `create: ${action.replicaSet.spec.replicas}`
    if (action.kind === 'update') return `${action.replicaSet.metadata?.name}: ${action.replicas}`
    if (action.kind === 'delete') return `delete ${action.replicaSet.metadata?.name}`
    return `revision ${action.revision}`
  })
}

function plan(of: Deployment, replicaSets: readonly ReplicaSet[], oldPodsRemain = false): DeploymentPlan {
  return planDeployment({ deployment: of, replicaSets, oldPodsRemain, now })
}

describe('a Deployment', () => {
  const percent = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } as const
  const cases: readonly {
    name: string
    spec?: Partial<Spec>
    sets: readonly ReplicaSet[]
    oldPodsRemain?: boolean
    want: string[]
  }[] = [
    { name: 'makes all its pods at first', sets: [], spec: {}, want: ['revision 1', 'create: 4'] },
    {
      name: 'starts with as many new pods as maxSurge lets',
      sets: [replicaSet(1, { replicas: 4 })],
      want: ['create: 1'],
    },
    {
      name: 'rounds maxSurge up',
      spec: { replicas: 5, strategy: percent },
      sets: [replicaSet(1, { replicas: 5, desired: 5, max: 7 })],
      want: ['create: 2'],
    },
    {
      name: 'starts with none where maxSurge is 0',
      spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
      sets: [replicaSet(1, { replicas: 4, max: 4 })],
      want: ['create: 0'],
    },
    {
      name: 'takes old pods away as far as maxUnavailable lets',
      sets: [replicaSet(1, { replicas: 4 }), replicaSet(2, { replicas: 1, available: 0 })],
      want: ['web-1: 3'],
    },
    {
      name: 'waits while too few pods are available',
      sets: [replicaSet(1, { replicas: 3 }), replicaSet(2, { replicas: 2, available: 0 })],
      want: [],
    },
    {
      name: 'keeps all old pods where maxUnavailable rounds down to 0',
      spec: { replicas: 1, strategy: percent },
      sets: [
        replicaSet(1, { replicas: 1, desired: 1, max: 2 }),
        replicaSet(2, { replicas: 1, available: 0, desired: 1, max: 2 }),
      ],
      want: [],
    },
    {
      name: 'adds new pods as old ones go',
      sets: [replicaSet(1, { replicas: 3 }), replicaSet(2, { replicas: 1 })],
      want: ['web-2: 2'],
    },
    {
      name: 'takes old pods away that were never available first',
      sets: [
        replicaSet(1, { replicas: 3 }),
        replicaSet(0, { replicas: 1, available: 0 }),
        replicaSet(2, { replicas: 1 }),
      ],
      want: ['web-0: 0', 'web-1: 2'],
    },
    {
      name: 'may have one missing where both bounds are 0',
      spec: { replicas: 1, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      sets: [replicaSet(1, { replicas: 1, desired: 1, max: 1 }), replicaSet(2, { replicas: 0, desired: 1, max: 1 })],
      want: ['web-1: 0'],
    },
    { name: 'has nothing to do when it is complete', sets: [replicaSet(2, { replicas: 4 })], want: [] },
    {
      name: 'goes back to an older ReplicaSet, which becomes the newest revision',
      spec: { template: template('web:1') },
      sets: [replicaSet(1, { replicas: 0 }), replicaSet(2, { replicas: 4 })],
      want: ['revision 3', 'web-1: 1'],
    },
    {
      name: 'removes what is beyond its history, the oldest revision first',
      spec: { revisionHistoryLimit: 1 },
      sets: [replicaSet(0, { replicas: 0 }), replicaSet(1, { replicas: 0 }), replicaSet(2, { replicas: 4 })],
      want: ['delete web-0'],
    },
    {
      name: 'removes nothing of its history while it rolls',
      spec: { revisionHistoryLimit: 0 },
      sets: [replicaSet(1, { replicas: 0 }), replicaSet(2, { replicas: 4, available: 3 })],
      want: [],
    },
    {
      name: 'recreates: first the old ones go',
      spec: { strategy: { type: 'Recreate' } },
      sets: [replicaSet(1, { replicas: 4, max: 4 })],
      want: ['web-1: 0'],
    },
    {
      name: 'recreates: waits for the last old pod to end',
      spec: { strategy: { type: 'Recreate' } },
      sets: [replicaSet(1, { replicas: 0 })],
      oldPodsRemain: true,
      want: [],
    },
    {
      name: 'recreates: then the new ones come',
      spec: { strategy: { type: 'Recreate' } },
      sets: [replicaSet(1, { replicas: 0 })],
      want: ['create: 4'],
    },
    {
      name: 'makes no new ReplicaSet while it is paused',
      spec: { paused: true },
      sets: [replicaSet(1, { replicas: 4 })],
      want: [],
    },
    {
      name: 'scales its only ReplicaSet while it is paused',
      spec: { paused: true, replicas: 6 },
      sets: [replicaSet(1, { replicas: 4 })],
      want: ['web-1: 6'],
    },
    {
      name: 'scales with the rollout done',
      spec: { replicas: 7 },
      sets: [replicaSet(1, { replicas: 0 }), replicaSet(2, { replicas: 4 })],
      want: ['web-2: 7'],
    },
    {
      name: 'scales to nothing',
      spec: { replicas: 0 },
      sets: [replicaSet(2, { replicas: 4 })],
      want: ['web-2: 0'],
    },
    {
      // The documentation's example: 10 -> 15 with maxSurge 3 in the middle of a rollout of 8 and 5.
      name: 'scales both ReplicaSets by their share in the middle of a rollout',
      spec: { replicas: 15, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
      sets: [
        replicaSet(1, { replicas: 8, desired: 10, max: 13 }),
        replicaSet(2, { replicas: 5, available: 0, desired: 10, max: 13 }),
      ],
      want: ['web-1: 11', 'web-2: 7'],
    },
    {
      name: 'shrinks both by their share, too',
      spec: { replicas: 5, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
      sets: [
        replicaSet(1, { replicas: 8, desired: 10, max: 13 }),
        replicaSet(2, { replicas: 5, available: 0, desired: 10, max: 13 }),
      ],
      want: ['web-1: 5', 'web-2: 3'],
    },
  ]
  for (const { name, spec, sets, oldPodsRemain, want } of cases) {
    it(name, () => {
      const of = deployment(spec)
      const actions = shortly(plan(of, sets, oldPodsRemain)).filter(
        action => action !== 'revision 2' || sets.length === 0,
      )
      assert.deepEqual(actions, want)
    })
  }

  it('gives pods and their ReplicaSet the hash of the template', () => {
    const [, create] = plan(deployment(), []).actions
    assert.ok(create?.kind === 'create')
    const { metadata, spec } = create.replicaSet
    const hash = metadata?.labels?.['pod-template-hash'] ?? ''
    assert.match(hash, /^[a-z0-9]+$/)
    assert.equal(metadata?.name, `web-${hash}`)
    assert.deepEqual(spec.selector.matchLabels, { app: 'web', 'pod-template-hash': hash })
    assert.deepEqual(spec.template?.metadata?.labels, { app: 'web', 'pod-template-hash': hash })
    assert.deepEqual(metadata?.ownerReferences?.[0]?.uid, 'd')
  })

  it('takes another name after a collision', () => {
    const nameOf = (of: Deployment) => {
      const create = plan(of, []).actions.find(action => action.kind === 'create')
      return create?.replicaSet.metadata?.name
    }
    assert.notEqual(nameOf(deployment()), nameOf(deployment({}, { collisionCount: 1 })))
  })

  it('does nothing once it is being deleted', () => {
    const of = deployment()
    const deleted = { ...of, metadata: { ...of.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
    assert.deepEqual(plan(deleted, [replicaSet(1, { replicas: 4 })]).actions, [])
  })
})

describe('the status of a Deployment', () => {
  const progressing = (reason: string, more: Partial<Condition> = {}): Condition => ({
    type: 'Progressing',
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: '2026-01-01T11:00:00Z',
    lastUpdateTime: '2026-01-01T11:59:50Z',
    ...more,
  })
  const rolling = [replicaSet(1, { replicas: 3 }), replicaSet(2, { replicas: 2, available: 1 })]
  const counts = { replicas: 5, updatedReplicas: 2, readyReplicas: 4, availableReplicas: 4, unavailableReplicas: 1 }

  it('counts pods as the real controller does', () => {
    const { conditions, ...rest } = plan(deployment(), rolling).status
    assert.deepEqual(rest, { observedGeneration: 3, ...counts })
    assert.equal(conditions?.length, 2)
  })

  it('leaves out counts of zero', () => {
    const { conditions: _, ...rest } = plan(deployment({ replicas: 0 }), []).status
    assert.deepEqual(rest, { observedGeneration: 3 })
  })

  const cases: readonly {
    name: string
    spec?: Partial<Spec>
    sets: readonly ReplicaSet[]
    status?: Deployment['status']
    want: { Available: string; Progressing: string }
    requeueAfterMs?: number
  }[] = [
    {
      name: 'says that a ReplicaSet was made',
      sets: [replicaSet(1, { replicas: 4 })],
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'True NewReplicaSetCreated' },
    },
    {
      name: 'says that it progresses, and when its time is up',
      sets: rolling,
      status: { conditions: [progressing('NewReplicaSetCreated')] },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'True ReplicaSetUpdated' },
      requeueAfterMs: 60_000,
    },
    {
      name: 'lets the time run while nothing happens',
      sets: rolling,
      status: { ...counts, conditions: [progressing('ReplicaSetUpdated')] },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'True ReplicaSetUpdated' },
      requeueAfterMs: 50_000,
    },
    {
      name: 'says that its time is up',
      sets: rolling,
      status: {
        ...counts,
        conditions: [progressing('ReplicaSetUpdated', { lastUpdateTime: '2026-01-01T11:58:00Z' })],
      },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'False ProgressDeadlineExceeded' },
    },
    {
      name: 'goes on after its time was up',
      sets: rolling,
      status: {
        ...counts,
        availableReplicas: 3,
        conditions: [progressing('ProgressDeadlineExceeded', { status: 'False' })],
      },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'True ReplicaSetUpdated' },
      requeueAfterMs: 60_000,
    },
    {
      name: 'says that it is done',
      sets: [replicaSet(1, { replicas: 0 }), replicaSet(2, { replicas: 4 })],
      status: { conditions: [progressing('ReplicaSetUpdated')] },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'True NewReplicaSetAvailable' },
    },
    {
      name: 'stays done when pods fail later',
      sets: [replicaSet(2, { replicas: 4, available: 1 })],
      status: { replicas: 4, updatedReplicas: 4, conditions: [progressing('NewReplicaSetAvailable')] },
      want: { Available: 'False MinimumReplicasUnavailable', Progressing: 'True NewReplicaSetAvailable' },
    },
    {
      name: 'says that it is paused',
      spec: { paused: true },
      sets: rolling,
      status: { conditions: [progressing('ReplicaSetUpdated')] },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'Unknown DeploymentPaused' },
    },
    {
      name: 'says that it was resumed',
      sets: rolling,
      status: { conditions: [progressing('DeploymentPaused', { status: 'Unknown' })] },
      want: { Available: 'True MinimumReplicasAvailable', Progressing: 'Unknown DeploymentResumed' },
    },
  ]
  for (const { name, spec, sets, status, want, requeueAfterMs } of cases) {
    it(name, () => {
      const made = plan(deployment(spec, status), sets)
      const conditions = (made.status.conditions ?? []).map(c => [c.type, `${c.status} ${c.reason}`])
      assert.deepEqual(Object.fromEntries(conditions), want)
      assert.equal(made.requeueAfterMs, requeueAfterMs)
    })
  }

  it('moves the transition time only with the status', () => {
    const made = plan(deployment({}, { conditions: [progressing('NewReplicaSetCreated')] }), rolling)
    const condition = made.status.conditions?.find(({ type }) => type === 'Progressing')
    assert.deepEqual(
      [condition?.lastTransitionTime, condition?.lastUpdateTime],
      ['2026-01-01T11:00:00Z', '2026-01-01T12:00:00Z'],
    )
  })
})

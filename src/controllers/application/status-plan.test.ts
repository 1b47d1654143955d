import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Application } from '../../api/apps/v1alpha1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { Kustomization } from '../../api/kustomize/v1.ts'
import type { GitRepository } from '../../api/source/v1.ts'
import { applicationStatus, type SyncFinding } from './status-plan.ts'

const now = new Date('2026-01-01T00:00:00Z')
const application = {
  apiVersion: 'apps.kurator.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'demo', namespace: 'default', generation: 3 },
  spec: { source: {}, syncPolicies: [] },
} as unknown as Application // the least that a status needs

function ready(status: 'True' | 'False' | 'Unknown', message = 'done') {
  return { conditions: [{ type: 'Ready', status, reason: 'R', message, lastTransitionTime: '2026-01-01T00:00:00Z' }] }
}

const git = { metadata: {}, status: ready('True') } as unknown as GitRepository

function sync(
  cluster: string,
  status: 'True' | 'False' | 'Unknown',
  phase?: string,
  more: Partial<SyncFinding['rollout'] & object> = {},
): SyncFinding {
  return {
    name: `demo-0-${cluster}`,
    clusterName: cluster,
    kustomization: { status: ready(status, `${cluster} says ${status}`) } as unknown as Kustomization,
    ...(phase === undefined
      ? {}
      : {
          rollout: {
            canaryName: 'web',
            canary: { status: { phase, canaryWeight: 0, failedChecks: 0, iterations: 0 } } as unknown as Canary,
            ...more,
          },
        }),
  }
}

function statusOf(syncs: readonly SyncFinding[], over: Partial<Parameters<typeof applicationStatus>[0]> = {}) {
  const status = applicationStatus({ application, source: { git }, syncs, now, ...over })
  return {
    conditions: (status.conditions ?? []).map(
      ({ type, status: is, reason, message }) => `${type}=${is} ${reason}: ${message}`,
    ),
    summary: status.summary,
    entries: status.syncStatus,
  }
}

describe('the status of an Application', () => {
  const cases: readonly { name: string; syncs: SyncFinding[]; conditions: string[]; summary: object }[] = [
    {
      name: 'is ready when every cluster is in sync and at rest',
      syncs: [sync('a', 'True', 'Succeeded'), sync('b', 'True', 'Initialized')],
      conditions: [
        'Ready=True Succeeded: Synced to 2 of 2 clusters.',
        'RolloutsHealthy=True Succeeded: All 2 rollouts are at rest.',
      ],
      summary: { clusters: '2/2', rollout: 'Initialized' },
    },
    {
      name: 'tells which cluster is not in sync, and why',
      syncs: [sync('a', 'True'), sync('b', 'False')],
      conditions: ['Ready=False R: b: b says False'],
      summary: { clusters: '1/2' },
    },
    {
      name: 'shows the rollout that is furthest behind',
      syncs: [sync('a', 'True', 'Succeeded'), sync('b', 'True', 'Progressing')],
      conditions: [
        'Ready=True Succeeded: Synced to 2 of 2 clusters.',
        'RolloutsHealthy=True Progressing: b: Progressing',
      ],
      summary: { clusters: '2/2', rollout: 'Progressing' },
    },
    {
      name: 'is unhealthy when a rollout failed',
      syncs: [sync('a', 'True', 'Succeeded'), sync('b', 'True', 'Failed')],
      conditions: [
        'Ready=True Succeeded: Synced to 2 of 2 clusters.',
        'RolloutsHealthy=False RolloutFailed: b: Failed',
      ],
      summary: { clusters: '2/2', rollout: 'Failed' },
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      const { conditions, summary } = statusOf(c.syncs)
      assert.deepEqual({ conditions, summary }, { conditions: c.conditions, summary: c.summary })
    })
  }

  const held = (type: string, reason: string) => {
    const conditions = [
      { type: 'Promoted', status: 'Unknown', reason: 'Progressing', message: 'progressing' },
      { type, status: 'False', reason, message: `${type} says why` },
    ]
    const canary = { status: { phase: 'Progressing', canaryWeight: 10, failedChecks: 0, iterations: 0, conditions } }
    return sync('b', 'True', 'Progressing', { canary: canary as unknown as Canary })
  }

  it('says which rollout holds, and why, though all others go on', () => {
    const others = [sync('a', 'True', 'Progressing')]
    assert.deepEqual(
      statusOf([...others, held('MetricsAvailable', 'ProviderUnreachable')]).conditions.at(-1),
      'RolloutsHealthy=Unknown ProviderUnreachable: b: MetricsAvailable says why',
    )
    assert.deepEqual(
      statusOf([...others, held('Accepted', 'InvalidSpec')]).conditions.at(-1),
      'RolloutsHealthy=False InvalidSpec: b: Accepted says why',
    )
  })

  it('says why nothing could be planned', () => {
    const problem = { reason: 'FleetNotFound', message: 'there is no Fleet "x" in default' }
    assert.deepEqual(statusOf([], { problem }).conditions, [
      'Ready=False FleetNotFound: there is no Fleet "x" in default',
    ])
  })

  it('keeps what was known of a member that is away, and since when', () => {
    const before = applicationStatus({ application, source: { git }, syncs: [sync('a', 'True', 'Progressing')], now })
    const away = sync('a', 'True', 'x')
    const gone: SyncFinding = {
      ...away,
      rollout: {
        canaryName: 'web',
        problem: { reason: 'MemberUnreachable', message: 'connection refused', unreachable: true },
      },
    }
    const later = new Date('2026-01-01T01:00:00Z')
    const [entry] =
      applicationStatus({ application: { ...application, status: before }, source: { git }, syncs: [gone], now: later })
        .syncStatus ?? []
    assert.equal(entry?.rolloutStatus?.rolloutStatusInCluster?.phase, 'Progressing')
    assert.deepEqual([entry?.message, entry?.unreachableSince], ['connection refused', '2026-01-01T01:00:00Z'])
  })

  it('gives every entry its own status', () => {
    const { entries } = statusOf([sync('a', 'True'), sync('b', 'False')])
    const messages = entries?.map(entry => entry.kustomizationStatus?.conditions?.[0]?.message)
    assert.deepEqual(messages, ['a says True', 'b says False'])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnalysisManifest, normalise } from './normalise.ts'
import { revision, simulate, type Timeline } from './simulate.ts'
import { newWorld } from './world.ts'

interface Given {
  readonly provider?: string
  readonly successRate?: number
  readonly readyMs?: number
  /** Rows from here on count; default: the change of the target. */
  readonly fromMs?: number
  readonly rows?: number
}

interface Case {
  readonly name: string
  readonly pace: 'event' | 'upstream'
  readonly analysis: AnalysisManifest
  readonly given: Given
  /** time in intervals (seconds at the pace of events) | phase weight iterations failedChecks | routes | target/primary | events | actions */
  readonly want: readonly string[]
}

/** The target changes so that a tick of the interval sees it at once. */
const changeMs = 600_000

function rowsOf({ pace, analysis, given }: Case): readonly string[] {
  const result = normalise(
    {
      metadata: { name: 'podinfo', namespace: 'default', uid: 'uid' },
      spec: {
        provider: given.provider ?? 'istio',
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
        analysis: {
          interval: '60s',
          threshold: 5,
          metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
          ...analysis,
        },
      },
    },
    { provider: 'istio' },
  )
  assert.ok('spec' in result)
  const readyAfterMs = () => given.readyMs ?? 30_000
  const timeline = simulate({
    world: newWorld({ spec: result.spec, pace, revision: 'A', replicas: 3, readyAfterMs }),
    changes: [revision('B', changeMs)],
    endMs: changeMs + 20 * 60_000,
    metric: () => ({ kind: 'value', value: given.successRate ?? 100 }),
  })
  return table(timeline, given.fromMs ?? changeMs, pace === 'upstream' ? 60_000 : 1000).slice(0, given.rows)
}

function table({ rows }: Timeline, fromMs: number, unitMs: number): readonly string[] {
  return rows
    .filter(row => row.atMs >= fromMs)
    .map(row =>
      [
        (row.atMs - fromMs) / unitMs,
        `${row.phase} ${row.canaryWeight} ${row.iterations} ${row.failedChecks}`,
        row.routes,
        `${row.targetReplicas}/${row.primaryReplicas}`,
        row.events.join('; '),
        row.actions.join(', '),
      ]
        .join(' | ')
        .trimEnd(),
    )
}

const cases: readonly Case[] = [
  {
    name: 'a bootstrap looks at the primary once an interval',
    pace: 'upstream',
    analysis: { stepWeight: 10, maxWeight: 50 },
    given: { readyMs: 90_000, fromMs: 0, rows: 5 },
    want: [
      '0 | Initializing 0 0 0 | 100/0 | 3/0 |  |',
      '0 | Initializing 0 0 0 | 100/0 | 3/3 |  | ensure services, createPrimary 3',
      '0 | Initializing 0 0 0 | 100/0 | 3/3 | N all the metrics providers are available!; W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '1 | Initializing 0 0 0 | 100/0 | 3/3 | N all the metrics providers are available!; W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '2 | Initialized 0 0 0 | 100/0 | 0/3 | N all the metrics providers are available!; N Initialization done! podinfo.default | ensure apexService, ensure routes, awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'a canary goes up in even steps and is promoted',
    pace: 'upstream',
    analysis: { stepWeight: 10, maxWeight: 50 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 10 0 0 | 90/10 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 10 | setRoutes 90/10',
      '2 | Progressing 20 0 0 | 80/20 | 3/3 | N Advance podinfo.default canary weight 20 | setRoutes 80/20',
      '3 | Progressing 30 0 0 | 70/30 | 3/3 | N Advance podinfo.default canary weight 30 | setRoutes 70/30',
      '4 | Progressing 40 0 0 | 60/40 | 3/3 | N Advance podinfo.default canary weight 40 | setRoutes 60/40',
      '5 | Progressing 50 0 0 | 50/50 | 3/3 | N Advance podinfo.default canary weight 50 | setRoutes 50/50',
      '6 | Promoting 50 0 0 | 50/50 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '7 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '8 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'listed steps go up, and the promotion returns traffic in steps',
    pace: 'upstream',
    analysis: { stepWeights: [1, 10, 80], stepWeightPromotion: 30 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 1 0 0 | 99/1 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 1 | setRoutes 99/1',
      '2 | Progressing 10 0 0 | 90/10 | 3/3 | N Advance podinfo.default canary weight 10 | setRoutes 90/10',
      '3 | Progressing 80 0 0 | 20/80 | 3/3 | N Advance podinfo.default canary weight 80 | setRoutes 20/80',
      '4 | Promoting 80 0 0 | 20/80 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '5 | Promoting 50 0 0 | 50/50 | 3/3 | N Advance podinfo.default primary weight 50 | setRoutes 50/50',
      '6 | Promoting 20 0 0 | 80/20 | 3/3 | N Advance podinfo.default primary weight 80 | setRoutes 80/20',
      '7 | Finalising 0 0 0 | 100/0 | 3/3 | N Advance podinfo.default primary weight 100 | setRoutes 100/0',
      '8 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'a canary with a mirror has one interval of copied traffic first',
    pace: 'upstream',
    analysis: { mirror: true, stepWeight: 25, maxWeight: 50 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 0 0 0 | 100/0 mirrored | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 0 | setRoutes 100/0 mirrored',
      '2 | Progressing 25 0 0 | 75/25 | 3/3 | N Advance podinfo.default canary weight 25 | setRoutes 75/25',
      '3 | Progressing 50 0 0 | 50/50 | 3/3 | N Advance podinfo.default canary weight 50 | setRoutes 50/50',
      '4 | Promoting 50 0 0 | 50/50 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '5 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '6 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'failed checks roll back one tick after the last of them',
    pace: 'upstream',
    analysis: { threshold: 3, stepWeight: 10 },
    given: { successRate: 95 },
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 10 0 0 | 90/10 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 10 | setRoutes 90/10',
      '2 | Progressing 10 0 1 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '3 | Progressing 10 0 2 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '4 | Progressing 10 0 3 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '5 | Failed 0 0 0 | 100/0 | 0/3 | W Rolling back podinfo.default failed checks threshold reached 3; W Canary failed! Scaling down podinfo.default | setRoutes 100/0, awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'an A/B test keeps its matched requests on the canary for each iteration',
    pace: 'upstream',
    analysis: { iterations: 3, match: [{}] },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 0 1 0 | 0/100 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 | setRoutes 0/100',
      '2 | Progressing 0 2 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 2/3 | setRoutes 0/100',
      '3 | Progressing 0 3 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 3/3 | setRoutes 0/100',
      '4 | Promoting 0 3 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '5 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '6 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'blue/green iterates without live traffic, then has all of it',
    pace: 'upstream',
    analysis: { iterations: 3 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 0 1 0 | 100/0 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 |',
      '2 | Progressing 0 2 0 | 100/0 | 3/3 | N Advance podinfo.default canary iteration 2/3 |',
      '3 | Progressing 0 3 0 | 100/0 | 3/3 | N Advance podinfo.default canary iteration 3/3 |',
      '4 | Progressing 0 4 0 | 0/100 | 3/3 | N Routing all traffic to canary | setRoutes 0/100',
      '5 | Promoting 0 4 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '6 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '7 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'blue/green without a mesh never has live traffic',
    pace: 'upstream',
    analysis: { iterations: 3 },
    given: { provider: 'kubernetes' },
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 0 1 0 | 0/100 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 |',
      '2 | Progressing 0 2 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 2/3 |',
      '3 | Progressing 0 3 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 3/3 |',
      '4 | Progressing 0 4 0 | 0/100 | 3/3 |  |',
      '5 | Promoting 0 4 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '6 | Finalising 0 0 0 | 100/0 | 3/3 |  |',
      '7 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | scaleTarget 0',
    ],
  },
  {
    name: 'blue/green with a mirror copies traffic while it iterates',
    pace: 'upstream',
    analysis: { iterations: 3, mirror: true },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '1 | Progressing 0 1 0 | 100/0 mirrored | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 | setRoutes 100/0 mirrored',
      '2 | Progressing 0 2 0 | 100/0 mirrored | 3/3 | N Advance podinfo.default canary iteration 2/3 |',
      '3 | Progressing 0 3 0 | 100/0 mirrored | 3/3 | N Advance podinfo.default canary iteration 3/3 |',
      '4 | Progressing 0 4 0 | 0/100 | 3/3 | N Stop traffic mirroring and route all traffic to canary | setRoutes 0/100',
      '5 | Promoting 0 4 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '6 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '7 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'a bootstrap goes on when the primary is ready',
    pace: 'event',
    analysis: { stepWeight: 10, maxWeight: 50 },
    given: { fromMs: 0, rows: 4 },
    want: [
      '0 | Initializing 0 0 0 | 100/0 | 3/0 |  |',
      '0 | Initializing 0 0 0 | 100/0 | 3/3 |  | ensure services, createPrimary 3',
      '0 | Initializing 0 0 0 | 100/0 | 3/3 | W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '30 | Initialized 0 0 0 | 100/0 | 0/3 | N all the metrics providers are available!; N Initialization done! podinfo.default | ensure apexService, ensure routes, awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'a canary goes up in even steps, and only these take an interval',
    pace: 'event',
    analysis: { stepWeight: 10, maxWeight: 50 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | W canary deployment podinfo.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '30 | Progressing 10 0 0 | 90/10 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 10 | setRoutes 90/10',
      '90 | Progressing 20 0 0 | 80/20 | 3/3 | N Advance podinfo.default canary weight 20 | setRoutes 80/20',
      '150 | Progressing 30 0 0 | 70/30 | 3/3 | N Advance podinfo.default canary weight 30 | setRoutes 70/30',
      '210 | Progressing 40 0 0 | 60/40 | 3/3 | N Advance podinfo.default canary weight 40 | setRoutes 60/40',
      '270 | Progressing 50 0 0 | 50/50 | 3/3 | N Advance podinfo.default canary weight 50 | setRoutes 50/50',
      '330 | Promoting 50 0 0 | 50/50 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '330 | Promoting 50 0 0 | 50/50 | 3/3 | W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '360 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '360 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'failed checks roll back at the last of them',
    pace: 'event',
    analysis: { threshold: 3, stepWeight: 10 },
    given: { successRate: 95 },
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | W canary deployment podinfo.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '30 | Progressing 10 0 0 | 90/10 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary weight 10 | setRoutes 90/10',
      '90 | Progressing 10 0 1 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '150 | Progressing 10 0 2 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '210 | Progressing 10 0 3 | 90/10 | 3/3 | W Halt podinfo.default advancement success rate 95.00% < 99% |',
      '210 | Failed 0 0 0 | 100/0 | 0/3 | W Rolling back podinfo.default failed checks threshold reached 3; W Canary failed! Scaling down podinfo.default | setRoutes 100/0, awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'an A/B test takes an interval per iteration',
    pace: 'event',
    analysis: { iterations: 3, match: [{}] },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | W canary deployment podinfo.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '30 | Progressing 0 1 0 | 0/100 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 | setRoutes 0/100',
      '90 | Progressing 0 2 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 2/3 | setRoutes 0/100',
      '150 | Progressing 0 3 0 | 0/100 | 3/3 | N Advance podinfo.default canary iteration 3/3 | setRoutes 0/100',
      '210 | Promoting 0 3 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '210 | Promoting 0 3 0 | 0/100 | 3/3 | W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '240 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '240 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
  {
    name: 'blue/green takes an interval per iteration and one with all traffic',
    pace: 'event',
    analysis: { iterations: 3 },
    given: {},
    want: [
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | N New revision detected! Scaling up podinfo.default | scaleTarget 3',
      '0 | Progressing 0 0 0 | 100/0 | 3/3 | W canary deployment podinfo.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '30 | Progressing 0 1 0 | 100/0 | 3/3 | N Starting canary analysis for podinfo.default; N Advance podinfo.default canary iteration 1/3 |',
      '90 | Progressing 0 2 0 | 100/0 | 3/3 | N Advance podinfo.default canary iteration 2/3 |',
      '150 | Progressing 0 3 0 | 100/0 | 3/3 | N Advance podinfo.default canary iteration 3/3 |',
      '210 | Progressing 0 4 0 | 0/100 | 3/3 | N Routing all traffic to canary | setRoutes 0/100',
      '270 | Promoting 0 4 0 | 0/100 | 3/3 | N Copying podinfo.default template spec to podinfo-primary.default | promote B',
      '270 | Promoting 0 4 0 | 0/100 | 3/3 | W podinfo-primary.default not ready: waiting for rollout to finish: 0 out of 3 new replicas have been updated |',
      '300 | Finalising 0 0 0 | 100/0 | 3/3 | N Routing all traffic to primary | setRoutes 100/0',
      '300 | Succeeded 0 0 0 | 100/0 | 0/3 | N Promotion completed! Scaling down podinfo.default | awaitDrain canary, scaleTarget 0',
    ],
  },
]

describe("timelines at upstream's pace: one step a tick, row by row as Flagger's controller takes them", () => {
  for (const c of cases.filter(({ pace }) => pace === 'upstream')) it(c.name, () => assert.deepEqual(rowsOf(c), c.want))
})

describe('timelines at the pace of events: the same steps, and only evidence is waited for', () => {
  for (const c of cases.filter(({ pace }) => pace === 'event')) it(c.name, () => assert.deepEqual(rowsOf(c), c.want))
})

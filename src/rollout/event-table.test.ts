import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hookTypes } from '../../test/support/hook-types.ts'
import type { MetricReading } from '../analysis/check.ts'
import { type AnalysisManifest, type CanaryManifest, normalise } from './normalise.ts'
import { revision, type Scenario, simulate } from './simulate.ts'
import type { HookType } from './spec.ts'
import { newWorld, type World } from './world.ts'

const intervalMs = 10_000
/** The target changes so that a tick of the interval sees it at once. */
const changeMs = 100_000

interface Story {
  readonly name: string
  readonly analysis?: AnalysisManifest
  readonly spec?: Partial<CanaryManifest['spec']>
  readonly scenario?: Partial<Scenario>
  readonly readyAfterMs?: (revision: string, side: 'target' | 'primary') => number
  /** Rows from here on; default: the change of the target. */
  readonly fromMs?: number
  /** Of each tick that says something: its number, the phase after it, events, and alerts behind `!`. */
  readonly want: readonly string[]
}

const step: AnalysisManifest = { stepWeight: 50, maxWeight: 50 }

function hooks(...types: readonly HookType[]): AnalysisManifest {
  return { webhooks: types.map(type => ({ name: `${type} hook`, url: 'http://hook', type })) }
}

/** Hooks that answer no until that many intervals after the change; rollback hooks never signal. */
function closedUntil(ticks: Readonly<Partial<Record<HookType, number>>>): Pick<Scenario, 'hook'> {
  return {
    hook: ({ type }, _, nowMs) => {
      const passed = type !== 'rollback' && nowMs >= changeMs + (ticks[type] ?? 0) * intervalMs
      return { passed, message: passed ? '' : 'no' }
    },
  }
}

function when(change: (world: World) => World): Partial<Scenario> {
  return { changes: [{ atMs: changeMs, change }], endMs: changeMs + 2 * intervalMs }
}

function rowsOf({ analysis, spec, scenario, readyAfterMs = () => 1_000 }: Omit<Story, 'name' | 'want'>) {
  const result = normalise(
    {
      metadata: { name: 'web', namespace: 'test', uid: 'uid' },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
        ...spec,
        analysis: { interval: '10s', threshold: 2, ...analysis },
      },
    },
    { provider: 'istio' },
  )
  assert.ok('spec' in result)
  const world = newWorld({
    spec: result.spec,
    pace: 'upstream',
    revision: 'A',
    replicas: 1,
    readyAfterMs,
    deadlineMs: 30_000,
  })
  return simulate({ world, changes: [revision('B', changeMs)], endMs: changeMs + 20 * intervalMs, ...scenario }).rows
}

function told({ fromMs = changeMs, ...story }: Story): readonly string[] {
  return rowsOf(story)
    .filter(({ atMs, events }) => atMs >= fromMs && events.length > 0)
    .map(({ atMs, phase, events, alerts }) =>
      [`${(atMs - fromMs) / intervalMs} ${phase}`, ...events, ...alerts.map(text => `! ${text}`)].join(' | '),
    )
}

const never = Number.POSITIVE_INFINITY

/** Each names what upstream's controller says at each tick, by the spec's table of events and its timelines. */
const stories: readonly Story[] = [
  {
    name: 'a bootstrap',
    analysis: step,
    fromMs: 0,
    scenario: { changes: [] },
    want: [
      '0 Initializing | N all the metrics providers are available! | W podinfo-primary.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '1 Initialized | N all the metrics providers are available! | N Initialization done! web.test | ! info: New Deployment detected, initialization completed.',
    ],
  },
  {
    name: 'a rollout whose hooks say no before they say yes',
    analysis: {
      ...step,
      threshold: 5,
      ...hooks(...hookTypes),
    },
    scenario: closedUntil({
      'confirm-rollout': 2,
      'pre-rollout': 4,
      'confirm-traffic-increase': 6,
      rollout: 8,
      'confirm-promotion': 10,
    }),
    want: [
      '0 Waiting | W Halt web.test advancement waiting for approval confirm-rollout hook | ! warn: Canary is waiting for approval.',
      '2 Progressing | N Confirm-rollout check confirm-rollout hook passed | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '3 Progressing | N Rollback hook rollback hook not signaling a rollback | N Starting canary analysis for podinfo.test | W Halt web.test advancement pre-rollout check pre-rollout hook failed no | ! warn: Pre-rollout check pre-rollout hook failed.',
      '4 Progressing | N Rollback hook rollback hook not signaling a rollback | N Starting canary analysis for podinfo.test | N Pre-rollout check pre-rollout hook passed | W Halt web.test advancement waiting for traffic increase approval confirm-traffic-increase hook | ! warn: Canary traffic increase is waiting for approval.',
      '5 Progressing | N Rollback hook rollback hook not signaling a rollback | N Starting canary analysis for podinfo.test | N Pre-rollout check pre-rollout hook passed | W Halt web.test advancement waiting for traffic increase approval confirm-traffic-increase hook | ! warn: Canary traffic increase is waiting for approval.',
      '6 Progressing | N Rollback hook rollback hook not signaling a rollback | N Starting canary analysis for podinfo.test | N Pre-rollout check pre-rollout hook passed | N Confirm-traffic-increase check confirm-traffic-increase hook passed | N Advance web.test canary weight 50',
      '7 Progressing | N Rollback hook rollback hook not signaling a rollback | W Halt web.test advancement external check rollout hook failed no',
      '8 WaitingPromotion | N Rollback hook rollback hook not signaling a rollback | N Confirm-traffic-increase check confirm-traffic-increase hook passed | W Halt web.test advancement waiting for promotion approval confirm-promotion hook | ! warn: Canary promotion is waiting for approval.',
      '9 WaitingPromotion | N Rollback hook rollback hook not signaling a rollback',
      '10 Promoting | N Rollback hook rollback hook not signaling a rollback | N Confirm-promotion check confirm-promotion hook passed | N Copying podinfo.test template spec to podinfo-primary.test',
      '11 Finalising | N Routing all traffic to primary',
      '12 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
      '13 Succeeded | N Post-rollout check post-rollout hook passed',
    ],
  },
  {
    name: 'gates that are muted',
    analysis: {
      ...step,
      webhooks: (['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion'] as const).map(type => ({
        name: type,
        url: 'http://hook',
        type,
        muteAlert: true,
      })),
    },
    scenario: closedUntil({ 'confirm-rollout': 1, 'confirm-traffic-increase': 3, 'confirm-promotion': 5 }),
    want: [
      '0 Waiting | W Halt web.test advancement waiting for approval confirm-rollout',
      '1 Progressing | N Confirm-rollout check confirm-rollout passed | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '2 Progressing | N Starting canary analysis for podinfo.test | W Halt web.test advancement waiting for traffic increase approval confirm-traffic-increase',
      '3 Progressing | N Starting canary analysis for podinfo.test | N Confirm-traffic-increase check confirm-traffic-increase passed | N Advance web.test canary weight 50',
      '4 WaitingPromotion | N Confirm-traffic-increase check confirm-traffic-increase passed | W Halt web.test advancement waiting for promotion approval confirm-promotion',
      '5 Promoting | N Confirm-promotion check confirm-promotion passed | N Copying podinfo.test template spec to podinfo-primary.test',
      '6 Finalising | N Routing all traffic to primary',
      '7 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'a rollback by hand, with a hook after it that fails',
    analysis: { ...step, ...hooks('rollback', 'post-rollout') },
    scenario: {
      hook: ({ type }, _, nowMs) => ({
        passed: type === 'rollback' && nowMs >= changeMs + 2 * intervalMs,
        message: 'no',
      }),
    },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Rollback hook rollback hook not signaling a rollback | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '2 Failed | W Rollback check rollback hook passed | W Rolling back web.test manual webhook invoked | W Canary failed! Scaling down web.test | ! error: Rolling back manual webhook invoked',
      '3 Failed | W Post-rollout hook post-rollout hook failed no',
    ],
  },
  {
    name: 'failed checks',
    analysis: { ...step, metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }] },
    scenario: { metric: () => ({ kind: 'value', value: 95 }) },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '2 Progressing | W Halt web.test advancement success rate 95.00% < 99%',
      '3 Progressing | W Halt web.test advancement success rate 95.00% < 99%',
      '4 Failed | W Rolling back web.test failed checks threshold reached 2 | W Canary failed! Scaling down web.test | ! error: Failed checks threshold reached 2',
    ],
  },
  {
    name: 'a canary that does not come up',
    analysis: step,
    readyAfterMs: name => (name === 'B' ? never : 1_000),
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | W canary deployment podinfo.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '2 Progressing | W canary deployment podinfo.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '3 Failed | W canary deployment podinfo.test not ready: deployment "podinfo" exceeded its progress deadline | W Canary failed! Scaling down web.test | ! error: Progress deadline exceeded canary deployment podinfo.test not ready: deployment "podinfo" exceeded its progress deadline',
    ],
  },
  {
    name: 'a promotion whose primary does not come up',
    analysis: step,
    readyAfterMs: (name, side) => (name === 'B' && side === 'primary' ? never : 1_000),
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '2 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '3 Promoting | W podinfo-primary.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '4 Promoting | W podinfo-primary.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '5 Failed | W podinfo-primary.test not ready: deployment "podinfo-primary" exceeded its progress deadline | W Promotion of podinfo.test failed, primary not ready: podinfo-primary.test not ready: deployment "podinfo-primary" exceeded its progress deadline | ! error: Promotion failed, primary not ready: podinfo-primary.test not ready: deployment "podinfo-primary" exceeded its progress deadline',
    ],
  },
  {
    name: 'another revision in the middle of the analysis',
    analysis: step,
    scenario: { changes: [revision('B', changeMs), revision('C', changeMs + 15_000)] },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '2 Progressing | N New revision detected! Restarting analysis for podinfo.test',
      '3 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '4 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '5 Finalising | N Routing all traffic to primary',
      '6 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'traffic that returns in steps',
    analysis: { ...step, stepWeightPromotion: 25 },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary weight 50',
      '2 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '3 Promoting | N Advance web.test primary weight 75',
      '4 Finalising | N Advance web.test primary weight 100',
      '5 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'an A/B test',
    analysis: { iterations: 2, match: [{}] },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary iteration 1/2',
      '2 Progressing | N Advance web.test canary iteration 2/2',
      '3 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '4 Finalising | N Routing all traffic to primary',
      '5 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'blue/green',
    analysis: { iterations: 2 },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary iteration 1/2',
      '2 Progressing | N Advance web.test canary iteration 2/2',
      '3 Progressing | N Routing all traffic to canary',
      '4 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '5 Finalising | N Routing all traffic to primary',
      '6 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'blue/green with mirroring',
    analysis: { iterations: 2, mirror: true },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | N Advance web.test canary iteration 1/2',
      '2 Progressing | N Advance web.test canary iteration 2/2',
      '3 Progressing | N Stop traffic mirroring and route all traffic to canary',
      '4 Promoting | N Copying podinfo.test template spec to podinfo-primary.test',
      '5 Finalising | N Routing all traffic to primary',
      '6 Succeeded | N Promotion completed! Scaling down podinfo.test | ! info: Canary analysis completed successfully, promotion finished.',
    ],
  },
  {
    name: 'what the provider kubernetes cannot do',
    analysis: { ...step, match: [{}] },
    spec: { provider: 'kubernetes' },
    scenario: { endMs: changeMs + 2 * intervalMs },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Progressing | N Starting canary analysis for podinfo.test | W A/B testing is not supported when using the kubernetes provider | W Progressive traffic is not supported when using the kubernetes provider | W Setting canaryAnalysis.iterations: 10 | N Advance web.test canary iteration 1/10',
      '2 Progressing | W A/B testing is not supported when using the kubernetes provider | W Progressive traffic is not supported when using the kubernetes provider | W Setting canaryAnalysis.iterations: 10 | N Advance web.test canary iteration 2/10',
    ],
  },
  {
    name: 'no analysis',
    analysis: step,
    spec: { skipAnalysis: true },
    want: [
      '0 Progressing | N New revision detected! Scaling up podinfo.test | ! info: New revision detected, progressing canary analysis.',
      '1 Succeeded | N Copying podinfo.test template spec to podinfo-primary.test | N Promotion completed! Canary analysis was skipped for podinfo.test | ! info: Canary analysis was skipped, promotion finished.',
    ],
  },
  {
    name: 'a suspended Canary',
    analysis: step,
    scenario: when(world => ({ ...world, spec: { ...world.spec, suspend: true } })),
    want: [
      '0 Initialized | N skipping canary run as object is suspended',
      '1 Initialized | N skipping canary run as object is suspended',
      '2 Initialized | N skipping canary run as object is suspended',
    ],
  },
  {
    name: 'a deletion',
    analysis: step,
    spec: { revertOnDeletion: true },
    scenario: when(world => ({ ...world, deletion: { ...world.deletion, isRequested: true } })),
    want: [
      '0 Terminating | N Terminating canary web.test',
      '0 Terminating | W canary not ready during finalizing: canary deployment podinfo.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      '1 Terminating | N Terminated canary web.test',
    ],
  },
]

interface Measured {
  readonly metric: NonNullable<AnalysisManifest['metrics']>[number]
  readonly reading: MetricReading
  /** The first word of the event says its type. */
  readonly want: string
}

const rate = { name: 'request-success-rate', thresholdRange: { min: 99 } }
const duration = { name: 'request-duration', thresholdRange: { max: 500 } }
const inline = { name: 'errors', query: 'up', thresholdRange: { max: 5 } }
const template = { name: 'errors', templateRef: { name: 'mine' }, thresholdRange: { min: 1 } }
const value = (n: number): MetricReading => ({ kind: 'value', value: n })
const noData: MetricReading = { kind: 'noData', reason: 'unknown', detail: '' }
const wrong = (stage: Extract<MetricReading, { kind: 'misconfigured' }>['stage'], message: string): MetricReading => ({
  kind: 'misconfigured',
  stage,
  message,
})

const measured: readonly Measured[] = [
  { metric: rate, reading: value(95.126), want: 'W Halt web.test advancement success rate 95.13% < 99%' },
  {
    metric: { ...rate, thresholdRange: { max: 50 } },
    reading: value(95),
    want: 'W Halt web.test advancement success rate 95.00% > 50%',
  },
  { metric: duration, reading: value(1500), want: 'W Halt web.test advancement request duration 1.5s > 500ms' },
  {
    metric: { ...duration, thresholdRange: { min: 600 } },
    reading: value(500),
    want: 'W Halt web.test advancement request duration 500ms < 600ms',
  },
  { metric: inline, reading: value(6), want: 'W Halt web.test advancement errors 6.00 > 5' },
  { metric: template, reading: value(0.5), want: 'W Halt web.test advancement errors 0.50 < 1' },
  {
    metric: rate,
    reading: noData,
    want: 'W Halt advancement no values found for istio metric request-success-rate probably podinfo.test is not receiving traffic: running query failed: no values found',
  },
  {
    metric: duration,
    reading: noData,
    want: 'W Halt advancement no values found for istio metric request-duration probably podinfo.test is not receiving traffic',
  },
  { metric: inline, reading: noData, want: 'W Halt advancement no values found for metric: errors' },
  {
    metric: template,
    reading: noData,
    want: 'W Halt advancement no values found for custom metric: errors: no values found',
  },
  { metric: rate, reading: wrong('query', 'bad'), want: 'W Prometheus query failed: bad' },
  { metric: inline, reading: wrong('query', 'bad'), want: 'W Prometheus query failed for errors: bad' },
  { metric: template, reading: wrong('query', 'bad'), want: 'W Metric query failed for errors: bad' },
  {
    metric: template,
    reading: wrong('template', 'metrictemplate.flagger.app "mine" not found'),
    want: 'W Metric template mine.test error: metrictemplate.flagger.app "mine" not found',
  },
  {
    metric: template,
    reading: wrong('secret', 'key error: not found'),
    want: 'W Metric template mine.test secret key error: not found',
  },
  {
    metric: template,
    reading: wrong('provider', 'prometheus error: no address'),
    want: 'W Metric template mine.test provider prometheus error: no address',
  },
  { metric: template, reading: wrong('render', 'bad'), want: 'W Metric template mine.test query render error: bad' },
  {
    metric: rate,
    reading: wrong('address', 'htp://x no URL'),
    want: 'W Error building Prometheus client for htp://x no URL',
  },
  {
    metric: { name: 'errors' },
    reading: wrong('none', ''),
    want: 'W Metric query failed for no usable metrics template and query were configured',
  },
]

function firstCheck({ metric, reading }: Omit<Measured, 'want'>): readonly string[] {
  const analysis = { ...step, metrics: [metric] }
  const checked = rowsOf({ analysis, scenario: { metric: () => reading } }).filter(
    ({ rule }) => rule === 'check-failed',
  )
  return checked[0]?.events ?? []
}

/** The table of upstream's events, but for errors of requests; `…` stands for a name, a number or an error. */
const upstreamEvents: readonly string[] = [
  'N skipping canary run as object is suspended',
  'N all the metrics providers are available!',
  'N Initialization done! …',
  'W Halt … advancement waiting for approval …',
  'N Confirm-rollout check … passed',
  'N New revision detected! Scaling up …',
  'N New revision detected! Restarting analysis for …',
  'N Starting canary analysis for …',
  'N Pre-rollout check … passed',
  'W Halt … advancement pre-rollout check … failed …',
  'W Halt … advancement external check … failed …',
  'W Halt … advancement success rate …% < …%',
  'W Halt … advancement success rate …% > …%',
  'W Halt … advancement request duration … < …',
  'W Halt … advancement request duration … > …',
  'W Halt … advancement errors … < …',
  'W Halt … advancement errors … > …',
  'W Halt advancement no values found for … metric … probably … is not receiving traffic: …',
  'W Halt advancement no values found for … metric … probably … is not receiving traffic',
  'W Halt advancement no values found for metric: …',
  'W Halt advancement no values found for custom metric: …: …',
  'W Prometheus query failed: …',
  'W Prometheus query failed for …: …',
  'W Metric query failed for …: …',
  'W Metric template … error: …',
  'W Metric template … secret … error: …',
  'W Metric template … provider … error: …',
  'W Metric template … query render error: …',
  'W Error building Prometheus client for …',
  'W Metric query failed for no usable metrics template and query were configured',
  'W Halt … advancement waiting for traffic increase approval …',
  'N Confirm-traffic-increase check … passed',
  'N Advance … canary weight …',
  'N Advance … canary iteration …/…',
  'W A/B testing is not supported when using the kubernetes provider',
  'W Progressive traffic is not supported when using the kubernetes provider',
  'W Setting canaryAnalysis.iterations: 10',
  'W Halt … advancement waiting for promotion approval …',
  'N Confirm-promotion check … passed',
  'N Routing all traffic to canary',
  'N Stop traffic mirroring and route all traffic to canary',
  'N Copying … template spec to …',
  'N Routing all traffic to primary',
  'N Advance … primary weight …',
  'N Promotion completed! Scaling down …',
  'N Promotion completed! Canary analysis was skipped for …',
  'N Post-rollout check … passed',
  'W Post-rollout hook … failed …',
  'N Rollback hook … not signaling a rollback',
  'W Rollback check … passed',
  'W Rolling back … manual webhook invoked',
  'W Rolling back … failed checks threshold reached …',
  'W Canary failed! Scaling down …',
  'W Promotion of … failed, primary not ready: …',
  'N Terminating canary …',
  'N Terminated canary …',
]

function patternOf(text: string): RegExp {
  const escaped = text.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.+')}$`)
}

describe("events and alerts, tick by tick as upstream's controller tells them", () => {
  for (const story of stories) {
    it(`of ${story.name}`, () => assert.deepEqual(told(story), story.want))
  }

  for (const { metric, reading, want } of measured) {
    it(`of a check: ${want}`, () => assert.deepEqual(firstCheck({ metric, reading }), [want]))
  }

  it("are all of upstream's", () => {
    const all = [
      ...stories.flatMap(({ want }) => want.flatMap(row => row.split(' | ').slice(1))),
      ...measured.map(m => m.want),
    ]
    assert.deepEqual(
      upstreamEvents.filter(text => !all.some(event => patternOf(text).test(event))),
      [],
    )
  })
})

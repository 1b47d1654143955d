import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideNoted } from '../../test/support/decide-noted.ts'
import { decide } from './decide.ts'
import type { Act, Announcement, Decision } from './decision.ts'
import { type AnalysisManifest, type CanaryManifest, normalise } from './normalise.ts'
import type { Answer, Observed, ObservedTarget, Workload } from './observed.ts'
import { actionText } from './simulate.ts'
import type { HookType, RolloutSpec } from './spec.ts'
import type { RolloutStatus } from './status.ts'

const now = new Date('2026-01-01T01:00:00.000Z')
const earlier = '2026-01-01T00:59:00.000Z'

function specOf(analysis: AnalysisManifest = {}, spec: Partial<CanaryManifest['spec']> = {}): RolloutSpec {
  const result = normalise(
    {
      metadata: { name: 'podinfo', namespace: 'test', uid: 'uid' },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
        analysis: { interval: '10s', threshold: 3, stepWeight: 10, maxWeight: 50, ...analysis },
        ...spec,
      },
    },
    { provider: 'istio' },
  )
  assert.ok('spec' in result)
  return result.spec
}

function hooks(...types: readonly HookType[]): AnalysisManifest {
  return { webhooks: types.map(type => ({ name: type, url: 'http://hook', type })) }
}

const up: Workload = {
  kind: 'Deployment',
  name: 'podinfo-primary',
  desiredReplicas: 3,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  isGenerationObserved: true,
  isDeadlineExceeded: false,
}
const canary: ObservedTarget = { ...up, name: 'podinfo', revision: 'B', configs: {} }
const rolling: Partial<Workload> = { updatedReplicas: 1 }
const broken: Partial<Workload> = { isDeadlineExceeded: true }
const down: Partial<Workload> = { availableReplicas: 0, isDeadlineExceeded: true }

/** In the middle of a rollout from A to B at 20 percent, with the next check due. */
const progressing: RolloutStatus = {
  phase: 'Progressing',
  canaryWeight: 20,
  failedChecks: 0,
  iterations: 0,
  lastAppliedSpec: 'B',
  lastPromotedSpec: 'A',
  trackedConfigs: {},
  stepStartedAt: earlier,
  checkDueAt: earlier,
  lastTransitionTime: '2026-01-01T00:59:00Z',
}

interface Given extends Partial<Omit<Observed, 'target' | 'status'>> {
  readonly target?: Partial<ObservedTarget>
  readonly status?: Partial<RolloutStatus>
}

function observed({ target, status, ...given }: Given = {}): Observed {
  const full = { ...progressing, ...status }
  const weight = full.canaryWeight
  return {
    now,
    pace: 'event',
    spec: specOf(),
    deletion: { isRequested: false, hasFinalizer: false },
    primary: up,
    primaryRunsTarget: false,
    primaryHasConfigs: true,
    parts: { services: 'current', primaryScaler: 'current', apexService: 'current', routes: 'current' },
    routes: { primaryWeight: 100 - weight, canaryWeight: weight, mirrored: false },
    router: { splitsTraffic: true, mirrors: true },
    answers: {},
    ...given,
    status: full,
    target: { ...canary, ...target },
  }
}

/** Asks until the engine acts or waits, with the given answers. */
function decideWith(
  o: Observed,
  how: { readonly metric?: number | 'unreachable'; readonly failing?: readonly string[] } = {},
): Decision {
  const decision = decide(o)
  if (decision.kind !== 'ask') return decision
  const answers = decision.questions.map((q): [string, Answer] => {
    if (q.kind === 'hooks') {
      const results = q.hooks.map(hook => ({
        hook: hook.name,
        passed: !how.failing?.includes(hook.name),
        message: 'no',
      }))
      return [q.key, { kind: 'hooks', at: now, results }]
    }
    const { metric = 100 } = how
    const reading =
      metric === 'unreachable'
        ? ({ kind: 'unreachable', message: 'refused' } as const)
        : ({ kind: 'value', value: metric } as const)
    return [q.key, { kind: 'metrics', at: now, readings: q.measurements.map(() => reading) }]
  })
  return decideWith({ ...o, answers: { ...o.answers, ...Object.fromEntries(answers) } }, how)
}

function acted(decision: Decision): Act {
  assert.ok(decision.kind === 'act', `${decision.kind}: ${decision.because.text}`)
  return decision
}

/** Rule, phase, weight and actions in one line. */
function summary(decision: Decision): string {
  if (decision.kind !== 'act') return `${decision.kind} ${decision.because.rule}`
  const { phase, canaryWeight } = decision.status
  return `${decision.because.rule} ${phase} ${canaryWeight} [${decision.actions.map(actionText).join(', ')}]`
}

function news(announce: readonly Announcement[]): readonly string[] {
  return announce.flatMap(a =>
    a.kind === 'event' ? [a.message] : a.kind === 'alert' ? [`${a.severity}: ${a.message}`] : [],
  )
}

const withMetric: AnalysisManifest = { metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }] }

describe('decide: revisions', () => {
  it('going back to the promoted revision in the middle of an analysis ends the rollout', () => {
    const decision = decide(observed({ target: { revision: 'A' }, primaryRunsTarget: true }))
    assert.equal(summary(decision), 'reverted Succeeded 0 [setRoutes 100/0, awaitDrain canary, scaleTarget 0]')
    assert.equal(acted(decision).status.lastAppliedSpec, 'A')
  })

  it('another revision in the middle of an analysis takes the traffic back and begins again', () => {
    const decision = acted(decide(observed({ target: { revision: 'C' }, status: { failedChecks: 2 } })))
    assert.equal(summary(decision), 'restart Progressing 0 [setRoutes 100/0, awaitDrain canary]')
    assert.equal(decision.status.failedChecks, 0)
    assert.deepEqual(news(decision.announce), ['New revision detected! Restarting analysis for podinfo.test'])
  })

  it('a changed config in the middle of an analysis begins it again, with pods that have read it', () => {
    const target = { configs: { 'configmap/a': { checksum: '2' } } }
    const o = observed({ target, status: { trackedConfigs: { 'configmap/a': '1' } } })
    const decision = acted(decide(o))
    assert.equal(summary(decision), 'restart Progressing 0 [setRoutes 100/0, awaitDrain canary, scaleTarget 0]')
    const status = decision.status
    const leaving = { ...target, desiredReplicas: 0 }
    assert.equal(summary(decide(observed({ status, target: leaving }))), 'wait canary-leaves')
    const left = { ...leaving, replicas: 0, updatedReplicas: 0, availableReplicas: 0 }
    assert.equal(
      summary(decide(observed({ status, target: { ...left, isGenerationObserved: false } }))),
      'wait canary-leaves',
    )
    assert.equal(summary(decide(observed({ status, target: left }))), 'scale-up-again Progressing 0 [scaleTarget 3]')
  })

  it('a rollout of a config alone that begins in pods of before begins with other pods', () => {
    const target = { configs: { 'configmap/a': { checksum: '2' } } }
    const status = { phase: 'Failed', canaryWeight: 0, trackedConfigs: { 'configmap/a': '1' } } as const
    assert.equal(summary(decide(observed({ target, status }))), 'start Progressing 0 [scaleTarget 0]')
  })

  it('the promoted revision with a config that came with the refused one has to be tried', () => {
    const given: Given = {
      target: { revision: 'A', configs: { 'configmap/a': { checksum: '2' } } },
      status: { trackedConfigs: { 'configmap/a': '2' } },
      primaryHasConfigs: false,
    }
    assert.equal(summary(decide(observed(given))), 'restart Progressing 0 [setRoutes 100/0, awaitDrain canary]')
    const refused = { ...given, status: { ...given.status, phase: 'Failed', canaryWeight: 0 } } as const
    assert.equal(summary(decide(observed(refused))), 'start Progressing 0 []')
  })

  it("Flagger's checksum of a config with binary data is the same config", () => {
    const configs = { 'configmap/a': { checksum: 'ours', flaggerChecksum: 'flaggers' } }
    const decision = decide(
      observed({ target: { configs }, status: { trackedConfigs: { 'configmap/a': 'flaggers' } } }),
    )
    assert.equal(decision.because.rule, 'raise-weight')
  })

  it('a new revision is not taken for known before its rollout begins, whatever holds it up', () => {
    const status = { phase: 'Failed', canaryWeight: 0, lastAppliedSpec: 'bad' } as const
    const held = decideNoted(observed({ status, primary: { ...up, ...rolling } }))
    assert.equal(summary(held), 'wait primary-unready')
    assert.equal(acted(decide(observed({ status }))).status.lastAppliedSpec, 'B')
  })

  it("Flagger's hash in a status is recognised", () => {
    const status = {
      phase: 'Succeeded',
      canaryWeight: 0,
      lastAppliedSpec: '85748b7f68',
      lastPromotedSpec: '85748b7f68',
    } as const
    const decision = decide(observed({ status, target: { flaggerRevision: '85748b7f68', desiredReplicas: 0 } }))
    assert.equal(summary(decision), 'wait idle')
  })

  it('a hash that nobody knows is adopted when the primary runs what the target holds', () => {
    const status = {
      phase: 'Succeeded',
      canaryWeight: 0,
      lastAppliedSpec: 'of another version',
      lastPromotedSpec: 'of another version',
    } as const
    const decision = acted(decide(observed({ status, primaryRunsTarget: true, target: { desiredReplicas: 0 } })))
    assert.equal(summary(decision), 'already-promoted Succeeded 0 []')
    assert.equal(decision.status.lastPromotedSpec, 'B')
  })

  it('a target that cannot be read is no new revision', () => {
    const o = { ...observed(), target: { problem: 'deployment podinfo.test get query error: timeout' } }
    assert.equal(summary(decide(o)), 'wait target-unreadable')
  })

  it('a primary is never made from a revision under analysis or refused', () => {
    const { primary: _, ...without } = observed()
    assert.equal(summary(decide(without)), 'wait primary-missing')
    const refused = { ...without, status: { ...progressing, phase: 'Failed', canaryWeight: 0 } } as const
    assert.equal(summary(decide(refused)), 'wait primary-missing')
  })

  it('a missing primary is made again from the promoted revision with the replicas that it had', () => {
    const status = {
      phase: 'Succeeded',
      canaryWeight: 0,
      lastAppliedSpec: 'B',
      lastPromotedSpec: 'B',
      primaryReplicas: 5,
    } as const
    const { primary: _, ...without } = observed({ status, target: { desiredReplicas: 0 } })
    assert.deepEqual(acted(decide(without)).actions, [{ kind: 'createPrimary', replicas: 5 }])
  })
})

describe('decide: weights', () => {
  const weights: readonly { name: string; analysis: AnalysisManifest; at: number; want: string }[] = [
    { name: 'goes up by the step', analysis: {}, at: 20, want: 'raise-weight Progressing 30 [setRoutes 70/30]' },
    {
      name: 'the last even step may go beyond the maximum',
      analysis: { stepWeight: 20 },
      at: 40,
      want: 'raise-weight Progressing 60 [setRoutes 40/60]',
    },
    {
      name: 'takes the next listed step',
      analysis: { stepWeight: 0, stepWeights: [1, 20, 80] },
      at: 20,
      want: 'raise-weight Progressing 80 [setRoutes 20/80]',
    },
    {
      name: 'a weight that is not in the list goes to the next one above it, not to all traffic',
      analysis: { stepWeight: 0, stepWeights: [5, 15, 50] },
      at: 10,
      want: 'raise-weight Progressing 15 [setRoutes 85/15]',
    },
    {
      name: 'a step that is listed twice is one step',
      analysis: { stepWeight: 0, stepWeights: [10, 10, 50] },
      at: 10,
      want: 'raise-weight Progressing 50 [setRoutes 50/50]',
    },
    { name: 'at the maximum it promotes', analysis: {}, at: 50, want: 'promote Promoting 50 [promote B]' },
  ]
  for (const c of weights) {
    it(c.name, () => {
      const decision = decide(observed({ spec: specOf(c.analysis), status: { canaryWeight: c.at } }))
      assert.equal(summary(decision), c.want)
    })
  }

  it('routes that were changed by hand get the weight of the step again', () => {
    const decision = decide(
      observed({ spec: specOf(withMetric), routes: { primaryWeight: 0, canaryWeight: 100, mirrored: false } }),
    )
    assert.equal(summary(decision), 'reset-routes Progressing 20 [setRoutes 80/20]')
  })

  const ahead = { primaryWeight: 70, canaryWeight: 30, mirrored: false }
  const unwritten: readonly { name: string; given: Given; metric?: number | 'unreachable'; want: string }[] = [
    {
      name: 'is written down when its check, made once more, passes',
      given: {},
      want: 'raise-weight Progressing 30 [setRoutes 70/30]',
    },
    {
      name: 'is taken back when the check fails, which counts',
      given: {},
      metric: 50,
      want: 'check-failed Progressing 20 [setRoutes 80/20]',
    },
    {
      name: 'is taken back when nobody can say',
      given: {},
      metric: 'unreachable',
      want: 'reset-routes Progressing 20 [setRoutes 80/20]',
    },
    {
      name: 'is taken back when no check is due: somebody else took it',
      given: { status: { checkDueAt: '2026-01-01T01:00:05.000Z' } },
      want: 'reset-routes Progressing 20 [setRoutes 80/20]',
    },
    {
      name: 'waits for pods like any other',
      given: { target: rolling },
      want: 'canary-lacks-pods Progressing 20 []',
    },
  ]
  for (const c of unwritten) {
    it(`a step that was taken and not written down ${c.name}`, () => {
      const o = observed({ spec: specOf(withMetric), routes: ahead, ...c.given })
      assert.equal(summary(decideWith(o, c.metric === undefined ? {} : { metric: c.metric })), c.want)
    })
  }

  it('a step that was taken and not written down keeps its weight while its check is made', () => {
    assert.equal(decide(observed({ spec: specOf(withMetric), routes: ahead })).kind, 'ask')
  })

  it('a failed check of a step that is taken back leaves the next one a whole interval', () => {
    const decision = acted(decideWith(observed({ spec: specOf(withMetric), routes: ahead }), { metric: 50 }))
    const { failedChecks, stepStartedAt, checkDueAt } = decision.status
    assert.deepEqual([failedChecks, stepStartedAt, checkDueAt], [1, now.toISOString(), '2026-01-01T01:00:10.000Z'])
  })

  it('a gate that closed meanwhile takes a step back that was not written down', () => {
    const spec = specOf(hooks('confirm-traffic-increase'))
    const decision = decideWith(observed({ spec, routes: ahead }), { failing: ['confirm-traffic-increase'] })
    assert.equal(summary(decision), 'reset-routes Progressing 20 [setRoutes 80/20]')
  })

  it('a promotion that was begun and not written down goes on, whatever the next check would say', () => {
    const decision = acted(decide(observed({ spec: specOf(withMetric), primaryRunsTarget: true })))
    assert.equal(summary(decision), 'promotion-begun Promoting 20 [promote B]')
    assert.deepEqual(news(decision.announce), ['Copying podinfo.test template spec to podinfo-primary.test'])
  })

  const mirroring = specOf({ ...withMetric, mirror: true })
  const firstStep = { canaryWeight: 0, stepStartedAt: earlier, checkDueAt: earlier }
  const mirrored = { primaryWeight: 100, canaryWeight: 0, mirrored: true }

  it('mirroring that was begun and not written down has its interval', () => {
    const decision = acted(decide(observed({ spec: mirroring, status: firstStep, routes: mirrored })))
    assert.equal(summary(decision), 'raise-weight Progressing 0 [setRoutes 100/0 mirrored]')
    assert.equal(decision.status.checkDueAt, '2026-01-01T01:00:10.000Z')
  })

  it('the first weight after mirroring is written down when the check of the mirrored requests passes again', () => {
    const status = { canaryWeight: 0, stepStartedAt: '2026-01-01T00:58:50.000Z', checkDueAt: earlier }
    const routes = { primaryWeight: 90, canaryWeight: 10, mirrored: false }
    const asked = decide(observed({ spec: mirroring, status, routes }))
    assert.ok(asked.kind === 'ask' && asked.questions[0]?.kind === 'metrics')
    assert.equal(
      summary(decideWith(observed({ spec: mirroring, status, routes }))),
      'raise-weight Progressing 10 [setRoutes 90/10]',
    )
  })

  it('a failed pre-rollout hook does not count as the first step, so that mirroring follows it', () => {
    const spec = specOf({ ...hooks('pre-rollout'), mirror: true })
    const failed = acted(decideWith(observed({ spec, status: firstStep }), { failing: ['pre-rollout'] }))
    const again = { ...observed({ spec }), status: failed.status, now: new Date('2026-01-01T01:00:10.000Z') }
    const asked = decide({ ...again, routes: mirrored })
    assert.ok(asked.kind === 'ask' && asked.questions[0]?.kind === 'hooks')
    assert.equal(asked.questions[0].type, 'pre-rollout')
  })

  it('a router that cannot mirror takes the first weight at once', () => {
    const spec = specOf({ mirror: true })
    const first = { canaryWeight: 0, stepStartedAt: earlier, checkDueAt: earlier }
    const decision = decide(observed({ spec, status: first, router: { splitsTraffic: true, mirrors: false } }))
    assert.equal(summary(decision), 'raise-weight Progressing 10 [setRoutes 90/10]')
  })

  it('the interval of a step is waited for, and not longer', () => {
    const due = new Date(now.getTime() + 4000)
    const decision = decide(observed({ status: { checkDueAt: due.toISOString() } }))
    assert.ok(decision.kind === 'wait')
    assert.deepEqual([decision.waitingOn, decision.requeueAt], ['evidence', due])
  })

  const late = '2026-01-01T02:00:00.000Z'
  const clocks: readonly { name: string; status: Partial<RolloutStatus>; want: readonly string[] }[] = [
    {
      name: 'a check that is due an hour late, because the clock went back or the interval is shorter now, is due within one',
      status: { stepStartedAt: '2026-01-01T01:59:50.000Z', checkDueAt: late },
      want: ['renew-interval Progressing 20 []', '2026-01-01T01:00:10.000Z'],
    },
    {
      name: 'also while traffic returns in steps',
      status: { phase: 'Promoting', stepStartedAt: '2026-01-01T01:59:50.000Z', checkDueAt: late },
      want: ['renew-interval Promoting 20 []', '2026-01-01T01:00:10.000Z'],
    },
    {
      name: 'a first step is due at once whatever the clock did',
      status: { canaryWeight: 0, stepStartedAt: late, checkDueAt: late },
      want: ['renew-interval Progressing 0 []', '2026-01-01T01:00:00.000Z'],
    },
  ]
  for (const c of clocks) {
    it(c.name, () => {
      const decision = acted(decide(observed({ status: c.status })))
      assert.deepEqual([summary(decision), decision.status.checkDueAt], c.want)
    })
  }

  it('an answer from before the clock went back does not count', () => {
    const spec = specOf(hooks('confirm-traffic-increase'))
    const asked = decide(observed({ spec }))
    assert.ok(asked.kind === 'ask')
    const [{ key } = { key: '' }] = asked.questions
    const results = [{ hook: 'confirm-traffic-increase', passed: false, message: 'no' }]
    const answers = { [key]: { kind: 'hooks', at: new Date(late), results } } as const
    assert.equal(decide(observed({ spec, answers })).kind, 'ask')
  })

  it("a status without the time of the next check, as Flagger's, counts from its last write", () => {
    const {
      stepStartedAt: _,
      checkDueAt: __,
      ...status
    } = { ...progressing, lastTransitionTime: '2026-01-01T00:59:55Z' }
    const decision = decide({ ...observed(), status })
    assert.ok(decision.kind === 'wait')
    assert.deepEqual(decision.requeueAt, new Date('2026-01-01T01:00:05.999Z'))
  })

  it('no weight goes to a canary without pods, even where its threshold asks for none', () => {
    const spec = specOf({ canaryReadyThreshold: 0 })
    const status = { canaryWeight: 0 }
    assert.equal(summary(decide(observed({ spec, status, target: { availableReplicas: 0 } }))), 'wait canary-unready')
  })

  it('the session cookie is the same when a step is repeated after a crash', () => {
    const spec = specOf({ sessionAffinity: { cookieName: 'flagger' } })
    const o = observed({ spec, status: { canaryWeight: 0 } })
    const first = acted(decide(o))
    const again = acted(decide({ ...o, now: new Date(now.getTime() + 1500) }))
    assert.match(first.status.sessionAffinityCookie ?? '', /^flagger=[A-Za-z]{10}$/)
    assert.equal(again.status.sessionAffinityCookie, first.status.sessionAffinityCookie)
    const action = first.actions[0]
    assert.ok(action?.kind === 'setRoutes')
    assert.equal(action.cookies.current, first.status.sessionAffinityCookie)
  })

  it('the session cookie of a rollout that is over is the one to delete', () => {
    const spec = specOf({ sessionAffinity: { cookieName: 'flagger' } })
    const decision = acted(
      decide(observed({ spec, target: { revision: 'C' }, status: { sessionAffinityCookie: 'flagger=old' } })),
    )
    assert.deepEqual(
      [decision.status.previousSessionAffinityCookie, decision.status.sessionAffinityCookie],
      ['flagger=old', ''],
    )
  })
})

describe('decide: checks', () => {
  it('a failed check counts once, and the next one is due after an interval', () => {
    const decision = acted(decideWith(observed({ spec: specOf(withMetric) }), { metric: 95 }))
    assert.deepEqual(news(decision.announce), ['Halt podinfo.test advancement success rate 95.00% < 99%'])
    assert.deepEqual([decision.status.failedChecks, decision.status.checkDueAt], [1, '2026-01-01T01:00:10.000Z'])
    assert.deepEqual(decision.actions, [])
  })

  it('what the provider kubernetes does in place of weights is said once a rollout', () => {
    const spec = specOf({}, { provider: 'kubernetes' })
    const at = (iterations: number) =>
      news(acted(decideWith(observed({ spec, status: { canaryWeight: 0, iterations } }))).announce)
    assert.deepEqual(at(0), [
      'Starting canary analysis for podinfo.test',
      'Progressive traffic is not supported when using the kubernetes provider',
      'Setting canaryAnalysis.iterations: 10',
      'Advance podinfo.test canary iteration 1/10',
    ])
    assert.deepEqual(at(1), ['Advance podinfo.test canary iteration 2/10'])
  })

  it('a provider that cannot be asked is no failed check: the rollout holds and says so', () => {
    const o = observed({ spec: specOf(withMetric) })
    const decision = acted(decideWith(o, { metric: 'unreachable' }))
    assert.equal(decision.status.failedChecks, 0)
    assert.deepEqual(
      decision.status.conditions?.map(c => [c.type, c.status, c.message]),
      [
        [
          'MetricsAvailable',
          'False',
          'Prometheus query failed: refused; the weights stay, without an answer the rollout is rolled back at 2026-01-01T01:10:00Z',
        ],
      ],
    )
    assert.deepEqual(news(decision.announce), ['Prometheus query failed: refused'])
    const held = decideWith({ ...o, status: decision.status }, { metric: 'unreachable' })
    assert.equal(summary(held), 'wait no-metrics')
    assert.equal(
      summary(decideWith({ ...o, status: decision.status })),
      'raise-weight Progressing 30 [setRoutes 70/30]',
    )
  })

  it('a provider that cannot be asked for another reason is news, once an interval, from the same moment on', () => {
    const since = '2026-01-01T00:55:00Z'
    const heldFor = (lastUpdateTime: string) => {
      const condition = { type: 'MetricsAvailable', status: 'False', reason: 'ProviderUnreachable' } as const
      const conditions = [{ ...condition, message: 'another', lastUpdateTime, lastTransitionTime: since }]
      return decideWith(observed({ spec: specOf(withMetric), status: { conditions } }), { metric: 'unreachable' })
    }
    const decision = acted(heldFor('2026-01-01T00:59:50Z'))
    assert.deepEqual(news(decision.announce), ['Prometheus query failed: refused'])
    const [condition] = decision.status.conditions ?? []
    assert.equal(condition?.lastTransitionTime, since)
    assert.match(condition?.message ?? '', /refused; .* rolled back at 2026-01-01T01:05:00Z$/)
    assert.equal(
      summary(decideWith(observed({ spec: specOf(withMetric), status: decision.status }), { metric: 'unreachable' })),
      'wait no-metrics',
    )
    assert.equal(summary(heldFor('2026-01-01T00:59:51Z')), 'wait no-metrics')
  })

  it('a provider that stays unreachable ends the rollout at the deadline, with an alert', () => {
    const conditions = [
      {
        type: 'MetricsAvailable',
        status: 'False',
        reason: 'ProviderUnreachable',
        lastTransitionTime: '2026-01-01T00:49:59Z',
      },
    ] as const
    const o = observed({ spec: specOf(withMetric), status: { conditions } })
    const decision = acted(decideWith(o, { metric: 'unreachable' }))
    assert.equal(decision.status.phase, 'Failed')
    assert.ok(news(decision.announce).includes('error: Progress deadline exceeded no metrics for 600s'))
    // It may have come back while nobody asked: the Canary was suspended, or the agent was away.
    assert.equal(decide(o).kind, 'ask')
    assert.equal(summary(decideWith(o)), 'raise-weight Progressing 30 [setRoutes 70/30]')
  })

  it('what is known to be bad counts although another metric cannot be asked', () => {
    const spec = specOf({
      metrics: [{ name: 'request-duration', thresholdRange: { max: 500 } }, ...(withMetric.metrics ?? [])],
    })
    const o = observed({ spec })
    const ask = decide(o)
    assert.ok(ask.kind === 'ask')
    const readings = [
      { kind: 'unreachable', message: 'refused' },
      { kind: 'value', value: 1 },
    ] as const
    const answers = { [ask.questions[0]?.key ?? '']: { kind: 'metrics', at: now, readings } as const }
    assert.equal(decide({ ...o, answers }).because.rule, 'check-failed')
  })

  it('hooks and metrics of one check are asked at the same time', () => {
    const ask = decide(observed({ spec: specOf({ ...withMetric, ...hooks('rollout') }) }))
    assert.ok(ask.kind === 'ask')
    assert.deepEqual(
      ask.questions.map(q => q.kind),
      ['hooks', 'metrics'],
    )
  })

  it('answers to an earlier step do not count', () => {
    const o = observed({ spec: specOf(withMetric) })
    const ask = decide(o)
    assert.ok(ask.kind === 'ask')
    const answers = {
      [ask.questions[0]?.key ?? '']: { kind: 'metrics', at: now, readings: [{ kind: 'value', value: 100 }] } as const,
    }
    const next = { ...progressing, canaryWeight: 30 }
    assert.equal(
      decide({ ...o, answers, status: next, routes: { primaryWeight: 70, canaryWeight: 30, mirrored: false } }).kind,
      'ask',
    )
  })

  it('answers from before a step began again do not count', () => {
    const o = observed({ spec: specOf(withMetric) })
    const passed = { kind: 'metrics', at: now, readings: [{ kind: 'value', value: 100 }] } as const
    const ask = decide(o)
    assert.ok(ask.kind === 'ask')
    const answers = { [ask.questions[0]?.key ?? '']: passed }
    assert.equal(decide({ ...o, answers }).kind, 'act')
    assert.equal(
      decide({ ...o, answers, status: { ...progressing, checkDueAt: '2026-01-01T00:59:30.000Z' } }).kind,
      'ask',
    )
  })

  it('answers older than an interval are asked for again', () => {
    const spec = specOf({ ...withMetric, ...hooks('rollout', 'confirm-traffic-increase') })
    const o = observed({ spec })
    const ask = decide(o)
    assert.ok(ask.kind === 'ask')
    const old = new Date(now.getTime() - 10_000)
    const answers = ask.questions.map((q): [string, Answer] =>
      q.kind === 'hooks'
        ? [q.key, { kind: 'hooks', at: old, results: [{ hook: 'rollout', passed: true, message: '' }] }]
        : [q.key, { kind: 'metrics', at: old, readings: [{ kind: 'value', value: 100 }] }],
    )
    const again = decide({ ...o, answers: Object.fromEntries(answers) })
    assert.ok(again.kind === 'ask')
    assert.deepEqual(
      again.questions.map(q => q.key),
      ask.questions.map(q => q.key),
    )
  })

  it('a DaemonSet that lacks a pod after days of waiting has its whole deadline', () => {
    const spec = specOf({}, { targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' } })
    const waiting = {
      phase: 'WaitingPromotion',
      lastTransitionTime: '2025-12-24T00:00:00Z',
      checkDueAt: '2025-12-24T00:00:10.000Z',
    } as const
    const lacking = { kind: 'DaemonSet', availableReplicas: 2 } as const
    const noticed = acted(decide(observed({ spec, status: waiting, target: lacking })))
    assert.equal(noticed.because.rule, 'canary-lacks-pods')
    const [condition] = noticed.status.conditions ?? []
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.lastTransitionTime, condition?.message],
      [
        'CanaryReady',
        'False',
        '2026-01-01T01:00:00Z',
        'the canary lacks pods; unless they come the rollout is rolled back at 2026-01-01T01:10:00Z',
      ],
    )
    const { status } = noticed
    const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
    assert.equal(summary(decide(observed({ spec, status, target: lacking, now: at(10) }))), 'wait canary-unready')
    assert.equal(decide(observed({ spec, status, target: lacking, now: at(11) })).because.rule, 'canary-broken')
    const back = acted(decide(observed({ spec, status, target: { kind: 'DaemonSet' }, now: at(2) })))
    assert.deepEqual([back.because.rule, back.status.conditions], ['canary-has-pods', []])
    assert.equal(
      decide(observed({ spec, status: back.status, target: { kind: 'DaemonSet' }, now: at(2) })).because.rule,
      'raise-weight',
    )
  })

  it('a pod that never comes back holds a rollout up until the deadline, not for ever', () => {
    const lacking = { availableReplicas: 2 }
    const later = { now: new Date(now.getTime() + 601_000) }
    const resting = { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' } as const
    const idle = { desiredReplicas: 0, replicas: 0 }
    const held: readonly { readonly given: Given; readonly noted: string; readonly after: string }[] = [
      {
        given: { target: lacking },
        noted: 'canary-lacks-pods Progressing 20 []',
        after: 'canary-broken Failed 0 [setRoutes 100/0, awaitDrain canary, scaleTarget 0]',
      },
      {
        given: { primary: { ...up, ...lacking } },
        noted: 'primary-lacks-pods Progressing 20 []',
        after: 'raise-weight Progressing 30 [setRoutes 70/30]',
      },
      {
        given: { primary: { ...up, ...lacking }, status: resting, target: idle },
        noted: 'primary-lacks-pods Succeeded 0 []',
        after: 'start Progressing 0 [scaleTarget 3]',
      },
    ]
    for (const { given, noted, after } of held) {
      const first = acted(decide(observed(given)))
      assert.equal(summary(first), noted)
      const { status } = first
      assert.equal(decide(observed({ ...given, status })).kind, 'wait')
      assert.equal(summary(decide(observed({ ...given, status, ...later }))), after)
    }
  })

  const past = { now: new Date(now.getTime() + 601_000) }
  const canaryOnly = { endpoints: { primary: 0, canary: 3 } }
  const withoutEndpoints: readonly {
    readonly where: string
    readonly given: Given
    readonly noted: string
    readonly condition: string
    readonly after: string
  }[] = [
    {
      where: 'a canary that has come up',
      given: { endpoints: { primary: 3, canary: 0 }, status: { canaryWeight: 0 } },
      noted: 'canary-lacks-endpoints Progressing 0 []',
      condition: 'service podinfo-canary.test has no ready endpoints; unless they come the rollout is rolled back',
      after: 'canary-broken Failed 0 [scaleTarget 0]',
    },
    {
      where: 'a primary during an analysis',
      given: canaryOnly,
      noted: 'primary-lacks-endpoints Progressing 20 []',
      condition: 'service podinfo-primary.test has no ready endpoints; the new revision goes on without them',
      after: 'raise-weight Progressing 30 [setRoutes 70/30]',
    },
    {
      where: 'a primary before a new revision',
      given: {
        endpoints: { primary: 0, canary: 0 },
        status: { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' },
        target: { desiredReplicas: 0, replicas: 0, availableReplicas: 0 },
      },
      noted: 'primary-lacks-endpoints Succeeded 0 []',
      condition: 'service podinfo-primary.test has no ready endpoints; the new revision goes on without them',
      after: 'start Progressing 0 [scaleTarget 3]',
    },
    {
      where: 'a primary that was promoted',
      given: { ...canaryOnly, primaryRunsTarget: true, status: { phase: 'Promoting' } },
      noted: 'primary-lacks-endpoints Promoting 20 []',
      condition: 'service podinfo-primary.test has no ready endpoints; unless they come the promotion fails',
      after: 'promotion-failed Failed 100 [setRoutes 0/100]',
    },
    {
      where: 'a primary that has its traffic again',
      given: { ...canaryOnly, primaryRunsTarget: true, status: { phase: 'Finalising', canaryWeight: 0 } },
      noted: 'primary-lacks-endpoints Finalising 0 []',
      condition: 'service podinfo-primary.test has no ready endpoints; unless they come the promotion fails',
      after: 'promotion-failed Failed 100 [setRoutes 0/100]',
    },
  ]
  for (const { where, given, noted, condition, after } of withoutEndpoints) {
    it(`a Service that never gets endpoints is waited for until the deadline: ${where}`, () => {
      const first = acted(decide(observed(given)))
      assert.equal(summary(first), noted)
      const { status } = first
      const { reason, message } = status.conditions?.at(-1) ?? {}
      assert.deepEqual([reason, message], ['EndpointsMissing', `${condition} at 2026-01-01T01:10:00Z`])
      assert.equal(decide(observed({ ...given, status })).kind, 'wait')
      assert.equal(summary(decide(observed({ ...given, status, ...past }))), after)
    })
  }

  it('a rollback says which Service has no endpoints', () => {
    const given: Given = { endpoints: { primary: 3, canary: 0 } }
    const { status } = acted(decide(observed({ ...given, status: { canaryWeight: 0 } })))
    const decision = acted(decide(observed({ ...given, status, ...past })))
    const why =
      'canary deployment podinfo.test not ready: service podinfo-canary.test has no ready endpoints, exceeded its progressDeadlineSeconds: 600'
    assert.equal(decision.because.text, `The canary cannot become ready: ${why}.`)
    assert.deepEqual(news(decision.announce).slice(0, 2), [why, `error: Progress deadline exceeded ${why}`])
  })

  it('the deadline for endpoints begins when the pods have come', () => {
    const { status } = acted(decide(observed({ target: { availableReplicas: 2 } })))
    const ready: Given = { endpoints: { primary: 3, canary: 0 }, status: { ...status, canaryWeight: 0 } }
    const decision = acted(decide(observed({ ...ready, ...past })))
    assert.equal(decision.because.rule, 'canary-lacks-endpoints')
    const [condition, ...more] = decision.status.conditions ?? []
    assert.deepEqual([condition?.lastTransitionTime, more], ['2026-01-01T01:10:01Z', []])
  })

  it('the deadline for a primary goes on with the revision that waits for it', () => {
    const { given } = withoutEndpoints[2] ?? {}
    const { status } = acted(decide(observed({ ...given })))
    const started = acted(decide(observed({ ...given, status, ...past })))
    assert.equal(started.status.phase, 'Progressing')
    const o = observed({ ...canaryOnly, status: started.status, ...past })
    assert.equal(summary(decide(o)), 'raise-weight Progressing 10 [setRoutes 90/10]')
    const back = acted(decide({ ...o, endpoints: { primary: 3, canary: 3 } }))
    assert.equal(summary(back), 'primary-has-pods Progressing 0 []')
  })

  it('traffic leaves a canary whose Service has lost its endpoints, but not for a primary without any', () => {
    assert.equal(
      summary(decide(observed({ endpoints: { primary: 3, canary: 0 } }))),
      'canary-lost Progressing 0 [setRoutes 100/0]',
    )
    const { status } = acted(decide(observed(canaryOnly)))
    const decision = decide(observed({ ...canaryOnly, status: { ...status, failedChecks: 3 }, ...past }))
    assert.equal(summary(decision), 'wait no-way-back')
    assert.deepEqual(news(decision.kind === 'wait' ? decision.announce : []), [
      'service podinfo-primary.test has no ready endpoints to take the traffic back',
    ])
  })

  it('weight that somebody gave the canary stays while the primary does not answer', () => {
    const { status } = acted(decide(observed(canaryOnly)))
    const edited: Given = { ...canaryOnly, routes: { primaryWeight: 10, canaryWeight: 90, mirrored: false }, ...past }
    assert.equal(summary(decide(observed({ ...edited, status }))), 'wait no-way-back')
    const early = { ...status, checkDueAt: '2026-01-01T01:10:05.000Z' }
    assert.equal(summary(decide(observed({ ...edited, status: early }))), 'wait evidence')
    const known = { endpoints: { primary: 3, canary: 3 }, status: { ...early, conditions: [] } }
    assert.equal(summary(decide(observed({ ...edited, ...known }))), 'reset-routes Progressing 20 [setRoutes 80/20]')
  })

  it('a primary that loses a pod for good after it has rolled holds its promotion up until the deadline', () => {
    const given: Given = { primary: { ...up, availableReplicas: 2 }, primaryRunsTarget: true }
    const first = acted(decide(observed({ ...given, status: { phase: 'Promoting' } })))
    assert.equal(summary(first), 'primary-lacks-pods Promoting 20 []')
    assert.equal(
      summary(decide(observed({ ...given, status: first.status, ...past }))),
      'promotion-failed Failed 100 [setRoutes 0/100]',
    )
    const rolling = { ...given, primary: { ...up, updatedReplicas: 1 }, status: { phase: 'Promoting' } as const }
    assert.equal(summary(decide(observed(rolling))), 'wait primary-rolls')
  })

  it('the time of a suspension counts against no deadline', () => {
    const daemonSet = { kind: 'DaemonSet', availableReplicas: 2 } as const
    const held: readonly { readonly given: Given; readonly noted: string }[] = [
      { given: { target: { availableReplicas: 2 } }, noted: 'canary-lacks-pods' },
      { given: { primary: { ...up, availableReplicas: 2 } }, noted: 'primary-lacks-pods' },
      { given: canaryOnly, noted: 'primary-lacks-endpoints' },
      {
        given: { primary: { ...up, ...daemonSet }, primaryRunsTarget: true, status: { phase: 'Promoting' } },
        noted: 'primary-lacks-pods',
      },
    ]
    for (const { given, noted } of held) {
      const { status } = acted(decide(observed(given)))
      const suspended: Given = { ...given, status, spec: specOf({}, { suspend: true }), ...past }
      const first = acted(decide(observed(suspended)))
      const { phase, canaryWeight } = status
      assert.equal(summary(first), `suspension-noted ${phase} ${canaryWeight} []`)
      assert.equal(summary(decide(observed({ ...suspended, status: first.status }))), 'wait suspended')
      assert.equal(decide(observed({ ...given, status: first.status, ...past })).because.rule, noted)
    }
  })

  it('metrics that cannot be had have their whole deadline after a suspension', () => {
    const spec = specOf(withMetric)
    const { status } = acted(decideWith(observed({ spec }), { metric: 'unreachable' }))
    const during = acted(decide(observed({ spec: { ...spec, suspend: true }, status })))
    assert.deepEqual(during.status.conditions, [])
    const o = observed({ spec, status: during.status, ...past })
    const ask = decide(o)
    assert.ok(ask.kind === 'ask')
    const readings = [{ kind: 'unreachable', message: 'refused' }] as const
    const answers = { [ask.questions[0]?.key ?? '']: { kind: 'metrics', at: o.now, readings } as const }
    assert.equal(summary(decide({ ...o, answers })), 'no-metrics Progressing 20 []')
  })

  it('a canary without a pod that answers loses its traffic and begins again, with one check failed', () => {
    const gone = { availableReplicas: 0 }
    const status = { failedChecks: 1, iterations: 0, canaryWeight: 20 }
    for (const phase of ['Progressing', 'WaitingPromotion'] as const) {
      const decision = acted(decide(observed({ spec: specOf(withMetric), status: { ...status, phase }, target: gone })))
      assert.equal(summary(decision), 'canary-lost Progressing 0 [setRoutes 100/0]')
      assert.equal(decision.status.failedChecks, 2)
      assert.deepEqual(news(decision.announce), [
        'Halt podinfo.test advancement canary deployment podinfo.test not ready: waiting for rollout to finish: 0 of 3 (readyThreshold 100%) updated replicas are available',
        'Routing all traffic to primary',
      ])
    }
    const last = { failedChecks: 3, canaryWeight: 0 }
    assert.equal(
      summary(decide(observed({ status: last, target: gone }))),
      'too-many-failed-checks Failed 0 [scaleTarget 0]',
    )
  })

  it('a rollback that died between the pods and the status gives the canary no pods again', () => {
    const status = { failedChecks: 3 }
    const routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }
    const target = { desiredReplicas: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0 }
    assert.equal(summary(decide(observed({ status, routes, target }))), 'too-many-failed-checks Failed 0 []')
  })

  it('a canary without a pod keeps its traffic where the primary has none either', () => {
    const primary = { ...up, availableReplicas: 0 }
    assert.equal(summary(decideNoted(observed({ target: { availableReplicas: 0 }, primary }))), 'wait primary-unready')
  })

  it('a question that hangs holds up neither a restart nor a rollback', () => {
    const spec = specOf({ ...withMetric, ...hooks('rollout', 'rollback') })
    assert.equal(decide(observed({ spec, target: { revision: 'C' } })).because.rule, 'restart')
    assert.equal(decide(observed({ spec, target: broken })).because.rule, 'canary-broken')
  })

  it('rollback hooks are asked again while another hook takes its time', () => {
    for (const type of ['rollout', 'confirm-traffic-increase', 'confirm-rollout'] as const) {
      const isWaiting = type === 'confirm-rollout'
      const status = isWaiting ? ({ phase: 'Waiting', canaryWeight: 0, lastAppliedSpec: 'A' } as const) : progressing
      const o = observed({ spec: specOf(hooks(type, 'rollback')), status, pace: 'event' })
      const key = `rollback/${status.lastAppliedSpec}`
      const results = [{ hook: 'rollback', passed: false, message: '' }]
      const asked = decide({ ...o, answers: { [key]: { kind: 'hooks', at: now, results } } })
      assert.ok(asked.kind === 'ask')
      assert.deepEqual(
        asked.questions.map(q => (q.kind === 'hooks' ? q.type : q.kind)),
        [type],
      )
      assert.equal(asked.requeueAt?.toISOString(), '2026-01-01T01:00:05.000Z')
    }
  })

  it('a failing pre-rollout hook is a failed check and an alert', () => {
    const o = observed({ spec: specOf(hooks('pre-rollout')), status: { canaryWeight: 0 } })
    const decision = acted(decideWith(o, { failing: ['pre-rollout'] }))
    assert.equal(decision.status.failedChecks, 1)
    assert.deepEqual(news(decision.announce), [
      'Starting canary analysis for podinfo.test',
      'Halt podinfo.test advancement pre-rollout check pre-rollout failed no',
      'warn: Pre-rollout check pre-rollout failed.',
    ])
  })
})

describe('decide: failures', () => {
  it('the last failed check rolls back: traffic first, pods after', () => {
    const decision = acted(decide(observed({ status: { failedChecks: 3 } })))
    assert.equal(
      summary(decision),
      'too-many-failed-checks Failed 0 [setRoutes 100/0, awaitDrain canary, scaleTarget 0]',
    )
    assert.deepEqual(news(decision.announce), [
      'Rolling back podinfo.test failed checks threshold reached 3',
      'error: Failed checks threshold reached 3',
      'Canary failed! Scaling down podinfo.test',
    ])
    assert.deepEqual(
      decision.status.conditions?.map(c => [c.status, c.reason, c.message]),
      [['False', 'Failed', 'Canary analysis failed, Deployment scaled to zero.']],
    )
  })

  it('a canary that exceeds its deadline is rolled back with an alert', () => {
    const decision = acted(decide(observed({ target: broken })))
    assert.deepEqual(news(decision.announce), [
      'canary deployment podinfo.test not ready: deployment "podinfo" exceeded its progress deadline',
      'error: Progress deadline exceeded canary deployment podinfo.test not ready: deployment "podinfo" exceeded its progress deadline',
      'Canary failed! Scaling down podinfo.test',
    ])
  })

  it('traffic is not rolled back onto a primary without pods', () => {
    const decision = decide(observed({ status: { failedChecks: 3 }, primary: { ...up, ...down } }))
    assert.equal(summary(decision), 'wait no-way-back')
  })

  it('a primary that is broken for good does not hold up the revision that may repair it', () => {
    const status = { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' } as const
    assert.equal(decide(observed({ status, primary: { ...up, ...down } })).because.rule, 'start')
    assert.equal(decide(observed({ primary: { ...up, ...down } })).because.rule, 'raise-weight')
  })

  it('an analysis halts while the primary rolls', () => {
    assert.equal(summary(decideNoted(observed({ primary: { ...up, ...rolling } }))), 'wait primary-unready')
  })

  it('a failed promotion keeps the healthy canary and all its traffic', () => {
    const status = { phase: 'Promoting', canaryWeight: 50 } as const
    const decision = acted(decide(observed({ status, primary: { ...up, ...down }, primaryRunsTarget: true })))
    assert.equal(summary(decision), 'promotion-failed Failed 100 [setRoutes 0/100]')
    assert.equal(
      decision.status.conditions?.[0]?.message,
      'Promotion failed, primary not ready: the canary keeps the traffic.',
    )
  })

  it('the revision after a failed promotion begins without traffic', () => {
    const status = { phase: 'Failed', canaryWeight: 100, lastAppliedSpec: 'A' } as const
    const broken = { ...up, isDeadlineExceeded: true }
    const takesBack = acted(decide(observed({ status, primary: broken })))
    assert.equal(summary(takesBack), 'take-back Failed 0 [setRoutes 100/0, awaitDrain canary]')
    assert.equal(summary(decide(observed({ status: takesBack.status, primary: broken }))), 'start Progressing 0 []')
  })

  it('the revision after a failed promotion does not begin while only the canary answers', () => {
    const status = { phase: 'Failed', canaryWeight: 100, lastAppliedSpec: 'A' } as const
    assert.equal(summary(decide(observed({ status, primary: { ...up, ...down } }))), 'wait no-way-back')
  })

  it('a failed promotion goes on when the primary comes up after all', () => {
    const status = { phase: 'Failed', canaryWeight: 100 } as const
    assert.equal(summary(decide(observed({ status, primaryRunsTarget: true }))), 'resume-promotion Promoting 100 []')
  })

  it('a revision that comes after a failed promotion has no traffic while it waits', () => {
    const spec = specOf(hooks('confirm-rollout'))
    const status = { phase: 'Failed', canaryWeight: 100, lastAppliedSpec: 'A', lastPromotedSpec: 'old' } as const
    const takeBack = 'take-back Failed 0 [setRoutes 100/0, awaitDrain canary]'
    assert.equal(summary(decideWith(observed({ spec, status }), { failing: ['confirm-rollout'] })), takeBack)
    assert.equal(summary(decide(observed({ status, primary: { ...up, ...rolling } }))), takeBack)
    const waiting = { ...status, phase: 'Waiting' } as const
    assert.equal(summary(decide(observed({ spec, status: waiting }))), takeBack.replace('Failed', 'Waiting'))
  })

  it('a failed promotion that goes on with the promoted revision is about that one', () => {
    const status = { phase: 'Failed', canaryWeight: 100 } as const
    const decision = acted(decide(observed({ status, target: { revision: 'A' }, primaryRunsTarget: true })))
    assert.equal(summary(decision), 'resume-promotion Promoting 100 []')
    assert.equal(decision.status.lastAppliedSpec, 'A')
  })

  it('a refused revision is not promoted because somebody gave it traffic by hand', () => {
    const status = { phase: 'Failed', canaryWeight: 0 } as const
    const routes = { primaryWeight: 50, canaryWeight: 50, mirrored: false }
    assert.equal(
      summary(decide(observed({ status, routes }))),
      'take-back Failed 0 [setRoutes 100/0, awaitDrain canary]',
    )
  })

  it('a failed Canary is not written to again', () => {
    const status = { phase: 'Failed', canaryWeight: 0 } as const
    assert.equal(summary(decide(observed({ status, target: { desiredReplicas: 0 } }))), 'wait idle')
  })
})

describe('decide: promotion', () => {
  const promoting = { phase: 'Promoting', canaryWeight: 50 } as const

  it('a promotion that returns traffic in steps ends also when its last status was lost', () => {
    const spec = specOf({ stepWeightPromotion: 20 })
    const routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }
    const decision = decide(observed({ spec, status: promoting, routes, primaryRunsTarget: true }))
    assert.equal(summary(decision), 'primary-ready Finalising 0 []')
  })

  it('a canary that dies during its promotion fails nothing: the primary has its code', () => {
    const decision = decide(observed({ status: promoting, target: down, primaryRunsTarget: true }))
    assert.equal(summary(decision), 'leave-canary Promoting 0 [setRoutes 100/0]')
  })

  it('a revision that nobody analysed gets none of the traffic of the one that is promoted', () => {
    const target = { revision: 'C' }
    const rolls = { ...up, ...rolling }
    assert.equal(
      summary(decide(observed({ status: promoting, target, primary: rolls }))),
      'leave-canary Promoting 0 [setRoutes 100/0]',
    )
    const failed = { ...rolls, ...broken }
    assert.equal(
      summary(decide(observed({ status: { ...promoting, canaryWeight: 0 }, target, primary: failed }))),
      'promotion-failed Failed 0 [scaleTarget 0]',
    )
    const nobody = { ...up, ...down }
    assert.equal(
      summary(decide(observed({ status: promoting, target, primary: nobody }))),
      'promotion-failed Failed 100 [setRoutes 0/100]',
    )
  })

  it('traffic returns only to a primary that runs the promoted revision', () => {
    assert.equal(summary(decide(observed({ status: promoting }))), 'copy-again Promoting 50 [promote B]')
  })

  it('the primary has its full size before it rolls, and its floor until the end', () => {
    const spec = specOf({}, { autoscalerRef: { kind: 'HorizontalPodAutoscaler', name: 'podinfo' } })
    const status = { canaryWeight: 50, primaryReplicas: 8 }
    const promote = acted(decide(observed({ spec, status })))
    assert.deepEqual(promote.actions, [
      { kind: 'syncPrimaryScaler', minReplicas: 8 },
      { kind: 'promote', revision: 'B', minReplicas: 8 },
    ])
    const finalising = observed({
      spec,
      status: { phase: 'Finalising', canaryWeight: 0, primaryReplicas: 8 },
      primaryRunsTarget: true,
    })
    assert.deepEqual(acted(decide(finalising)).actions.map(actionText), [
      'awaitDrain canary',
      'releasePrimaryFloor',
      'pauseTargetScaler',
      'scaleTarget 0',
    ])
  })

  it('a primary that was scaled to zero gets its pods back before traffic returns to it', () => {
    const primary = { ...up, desiredReplicas: 0, replicas: 0, updatedReplicas: 0, availableReplicas: 0 }
    for (const phase of ['Promoting', 'Finalising'] as const) {
      const status = { phase, canaryWeight: 50, primaryReplicas: 4 }
      const decision = decide(observed({ status, primary, primaryRunsTarget: true }))
      assert.equal(summary(decision), `wake-primary ${phase} 50 [scalePrimary 4]`)
    }
  })

  it('without analysis too only a canary that is ready is promoted', () => {
    const spec = specOf({}, { skipAnalysis: true })
    const status = { canaryWeight: 0 }
    assert.equal(summary(decide(observed({ spec, status, target: rolling }))), 'wait canary-unready')
    assert.equal(summary(decide(observed({ spec, status }))), 'skip-analysis Succeeded 0 [promote B, scaleTarget 0]')
  })

  it('a promotion that is complete says what the primary runs', () => {
    const decision = acted(
      decide(observed({ status: { phase: 'Finalising', canaryWeight: 0 }, primaryRunsTarget: true })),
    )
    assert.equal(summary(decision), 'succeeded Succeeded 0 [awaitDrain canary, scaleTarget 0]')
    assert.deepEqual([decision.status.lastAppliedSpec, decision.status.lastPromotedSpec], ['B', 'B'])
  })

  it('a primary that got a revision whose promotion was not written down gets the promoted one again', () => {
    const reverted = { revision: 'A' }
    assert.equal(
      summary(decide(observed({ target: reverted }))),
      'reverted Succeeded 0 [setRoutes 100/0, awaitDrain canary, promote A, scaleTarget 0]',
    )
    const resting = { phase: 'Failed', canaryWeight: 0 } as const
    assert.equal(
      summary(decide(observed({ target: reverted, status: resting }))),
      'already-promoted Failed 0 [promote A]',
    )
  })

  it('a primary keeps its size while the canary has its traffic, and gives it up when all is over', () => {
    const spec = specOf({}, { autoscalerRef: { kind: 'HorizontalPodAutoscaler', name: 'podinfo' } })
    const status = { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' } as const
    const start = acted(decide(observed({ spec, status, target: { desiredReplicas: 0 }, autoscalerMinReplicas: 2 })))
    assert.deepEqual(start.actions, [
      { kind: 'holdPrimaryFloor', minReplicas: 3 },
      { kind: 'resumeTargetScaler' },
      { kind: 'scaleTarget', replicas: 2 },
    ])
    assert.equal(
      summary(decide(observed({ spec, status: { failedChecks: 3 } }))),
      'too-many-failed-checks Failed 0 [setRoutes 100/0, awaitDrain canary, releasePrimaryFloor, pauseTargetScaler, scaleTarget 0]',
    )
  })

  it('post-rollout hooks are called until they answered, also by an engine that was started again', () => {
    const spec = specOf(hooks('post-rollout'))
    const end = acted(
      decide(observed({ spec, status: { phase: 'Finalising', canaryWeight: 0 }, primaryRunsTarget: true })),
    )
    assert.equal(end.status.pendingHooks, 'Succeeded')
    const after = observed({ spec, status: end.status, target: { desiredReplicas: 0 }, primaryRunsTarget: true })
    const done = acted(decideWith(after))
    assert.deepEqual(news(done.announce), ['Post-rollout check post-rollout passed'])
    assert.equal(done.status.pendingHooks, undefined)
  })

  it('post-rollout hooks that fail are not called again', () => {
    const spec = specOf(hooks('post-rollout'))
    const after = observed({ spec, status: { phase: 'Failed', canaryWeight: 0, pendingHooks: 'Failed' } })
    assert.deepEqual(news(acted(decideWith(after, { failing: ['post-rollout'] })).announce), [
      'Post-rollout hook post-rollout failed no',
    ])
  })
})

describe('decide: gates', () => {
  it('a closed gate before a rollout is told once, and asked again without a new status', () => {
    const spec = specOf(hooks('confirm-rollout'))
    const o = observed({ spec, status: { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' } })
    const closed = acted(decideWith(o, { failing: ['confirm-rollout'] }))
    assert.equal(closed.status.phase, 'Waiting')
    assert.deepEqual(news(closed.announce), [
      'Halt podinfo.test advancement waiting for approval confirm-rollout',
      'warn: Canary is waiting for approval.',
    ])
    const still = decideWith({ ...o, status: closed.status }, { failing: ['confirm-rollout'] })
    assert.equal(summary(still), 'wait confirm-rollout')
    assert.deepEqual(still.kind === 'wait' && still.announce, [])
    assert.equal(acted(decideWith({ ...o, status: closed.status })).status.phase, 'Progressing')
  })

  it('a gate that is muted is told without an alert', () => {
    const spec = specOf({ webhooks: [{ name: 'gate', url: 'http://hook', type: 'confirm-rollout', muteAlert: true }] })
    const o = observed({ spec, status: { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: 'A' } })
    assert.deepEqual(news(acted(decideWith(o, { failing: ['gate'] })).announce), [
      'Halt podinfo.test advancement waiting for approval gate',
    ])
  })

  it('a gate that was open once is asked again for the next step', () => {
    const spec = specOf(hooks('confirm-traffic-increase'))
    const decision = acted(decideWith(observed({ spec })))
    const next = decide(observed({ spec, status: { ...decision.status, checkDueAt: earlier } }))
    assert.equal(next.kind, 'ask')
  })

  it('a closed gate before more traffic is no failed check', () => {
    const spec = specOf(hooks('confirm-traffic-increase'))
    const decision = decideWith(observed({ spec }), { failing: ['confirm-traffic-increase'] })
    assert.equal(summary(decision), 'wait confirm-traffic-increase')
  })

  it('a closed gate before the promotion shows the weight that is in force', () => {
    const spec = specOf(hooks('confirm-promotion'))
    const decision = acted(
      decideWith(observed({ spec, status: { canaryWeight: 50 } }), { failing: ['confirm-promotion'] }),
    )
    assert.equal(summary(decision), 'confirm-promotion WaitingPromotion 50 []')
    assert.equal(decision.status.iterations, 0)
  })

  it("a promotion that waits with Flagger's status, weight 0 and iterations -1, goes on from the routes", () => {
    const routes = { primaryWeight: 50, canaryWeight: 50, mirrored: false }
    const status = { phase: 'WaitingPromotion', canaryWeight: 0, iterations: -1 } as const
    assert.equal(summary(decide(observed({ status, routes }))), 'promote Promoting 50 [promote B]')
  })

  it('a promotion that waits with weights edited by hand goes up to the last step, not beyond', () => {
    const spec = specOf({ stepWeight: 3, maxWeight: 5 })
    const routes = { primaryWeight: 96, canaryWeight: 4, mirrored: false }
    const status = { phase: 'WaitingPromotion', canaryWeight: 6 } as const
    assert.equal(
      summary(decide(observed({ spec, status, routes }))),
      'raise-weight WaitingPromotion 6 [setRoutes 94/6]',
    )
  })

  it('rollback hooks are asked while a rollout waits for its approval', () => {
    const spec = specOf(hooks('confirm-rollout', 'rollback'))
    const o = observed({
      spec,
      status: { phase: 'Waiting', canaryWeight: 0, lastAppliedSpec: 'A' },
      target: { desiredReplicas: 0 },
    })
    const decision = acted(decideWith(o, { failing: ['confirm-rollout'] }))
    assert.equal(summary(decision), 'rollback-by-hand Failed 0 []')
    assert.equal(decision.status.lastAppliedSpec, 'B')
  })

  it('a revision that is taken back while it waits for approval leaves things as they were', () => {
    const status = { phase: 'Waiting', canaryWeight: 0, lastAppliedSpec: 'B', lastPromotedSpec: 'A' } as const
    assert.equal(summary(decide(observed({ status }))), 'withdrawn Failed 0 []')
    assert.equal(summary(decide(observed({ status, primaryRunsTarget: true }))), 'withdrawn Succeeded 0 []')
  })
})

describe('decide: bootstrap and end of life', () => {
  const initialising = { phase: 'Initializing', canaryWeight: 0, lastAppliedSpec: '', lastPromotedSpec: '' } as const

  it('the target goes on serving while the primary cannot start', () => {
    const decision = decide(observed({ status: initialising, primary: { ...up, ...down }, primaryRunsTarget: true }))
    assert.equal(summary(decision), 'wait primary-starts')
  })

  it('also without analysis the target serves until the primary is ready', () => {
    const spec = specOf({}, { skipAnalysis: true })
    assert.equal(
      summary(decide(observed({ spec, status: initialising, primary: { ...up, ...down }, primaryRunsTarget: true }))),
      'wait primary-starts',
    )
  })

  it('a revision that comes during the bootstrap reaches the primary', () => {
    assert.equal(summary(decide(observed({ status: initialising }))), 'follow-target Initializing 0 [promote B]')
  })

  it('the services are switched before the target goes', () => {
    const decision = decide(observed({ status: initialising, primaryRunsTarget: true }))
    assert.equal(
      summary(decision),
      'initialised Initialized 0 [ensure apexService, ensure routes, awaitDrain canary, scaleTarget 0]',
    )
  })

  it("the target's autoscaler is held only when the target has no traffic any more", () => {
    const spec = specOf({}, { autoscalerRef: { kind: 'ScaledObject', name: 'podinfo' } })
    const decision = decide(observed({ spec, status: initialising, primaryRunsTarget: true }))
    assert.equal(
      summary(decision),
      'initialised Initialized 0 [ensure primaryScaler, ensure apexService, ensure routes, awaitDrain canary, pauseTargetScaler, scaleTarget 0]',
    )
  })

  it('a deletion lets go of an autoscaler that was held when the target had its pods still', () => {
    const spec = specOf({}, { revertOnDeletion: true, autoscalerRef: { kind: 'ScaledObject', name: 'podinfo' } })
    const deletion = { isRequested: true, hasFinalizer: true }
    assert.equal(
      summary(decide(observed({ spec, deletion, status: { phase: 'Terminating', canaryWeight: 0 } }))),
      'revert-routing Terminating 0 [resumeTargetScaler, revertRouting, awaitDrain primary, removeFinalizer]',
    )
  })

  it('a target that something else scales up between rollouts goes back to zero', () => {
    const status = { phase: 'Succeeded', canaryWeight: 0 } as const
    assert.equal(summary(decide(observed({ status }))), 'idle-target Succeeded 0 [scaleTarget 0]')
  })

  it('routes and services that somebody deletes come back', () => {
    const o = observed({ status: { phase: 'Succeeded', canaryWeight: 0 }, target: { desiredReplicas: 0 } })
    const decision = decide({ ...o, parts: { ...o.parts, routes: 'absent' } })
    assert.equal(summary(decision), 'repair Succeeded 0 [ensure routes]')
  })

  it('suspended, nothing is done', () => {
    assert.equal(summary(decide(observed({ spec: specOf({}, { suspend: true }) }))), 'wait suspended')
  })

  it('a config that changes and changes back while nothing is done is tried in pods that have read it', () => {
    const look = (checksum: string) => ({ configs: { 'configmap/look': { checksum } } })
    const status = { trackedConfigs: { 'configmap/look': '1' } }
    const suspended = specOf({}, { suspend: true })
    const between = acted(decide(observed({ spec: suspended, status, target: look('2') })))
    assert.equal(summary(between), 'suspension-noted Progressing 20 []')
    for (const checksum of ['1', '2']) {
      const o = observed({ status: between.status, target: look(checksum) })
      assert.equal(summary(decide({ ...o, spec: suspended })), 'wait suspended')
      const resumed = acted(decide(o))
      assert.equal(summary(resumed), 'restart Progressing 0 [setRoutes 100/0, awaitDrain canary, scaleTarget 0]')
      assert.deepEqual(resumed.status.trackedConfigs, { 'configmap/look': checksum })
    }
    const added = { configs: { ...look('1').configs, 'configmap/new': { checksum: '1' } } }
    const gone = acted(decide(observed({ spec: suspended, status, target: added })))
    assert.equal(decide(observed({ status: gone.status, target: look('1') })).because.rule, 'restart')
    const resting = { ...status, phase: 'Succeeded', canaryWeight: 0 } as const
    assert.equal(summary(decide(observed({ spec: suspended, status: resting, target: look('2') }))), 'wait suspended')
  })

  it('a deletion does nothing but revert: pods, traffic, a pause, and then the object goes', () => {
    const spec = specOf({}, { revertOnDeletion: true })
    const deletion = { isRequested: true, hasFinalizer: true }
    const o = observed({
      spec,
      deletion,
      status: { phase: 'Terminating', canaryWeight: 0 },
      target: { desiredReplicas: 0 },
    })
    assert.equal(summary(decide(o)), 'revert-replicas Terminating 0 [scaleTarget 3]')
    assert.equal(
      summary(decide({ ...o, target: canary })),
      'revert-routing Terminating 0 [revertRouting, awaitDrain primary, removeFinalizer]',
    )
  })

  it('a deletion waits for a target that cannot take its traffic', () => {
    const spec = specOf({}, { revertOnDeletion: true })
    const deletion = { isRequested: true, hasFinalizer: true }
    const o = observed({ spec, deletion, status: { phase: 'Terminating', canaryWeight: 0 }, target: rolling })
    assert.equal(summary(decide(o)), 'wait revert-waits')
  })

  it('a deletion does not wait for endpoints of a Service that goes with it', () => {
    const spec = specOf({}, { revertOnDeletion: true })
    const deletion = { isRequested: true, hasFinalizer: true }
    const status = { phase: 'Terminating', canaryWeight: 0 } as const
    const o = observed({ spec, deletion, status, endpoints: { primary: 3, canary: 0 } })
    assert.equal(decide(o).because.rule, 'revert-routing')
  })

  it('a deletion whose target cannot be read lets go and says so', () => {
    const spec = specOf({}, { revertOnDeletion: true })
    const deletion = { isRequested: true, hasFinalizer: true }
    const o = { ...observed({ spec, deletion }), target: { problem: 'deployment podinfo.test not found' } }
    const decision = acted(decide(o))
    assert.deepEqual(decision.actions, [{ kind: 'removeFinalizer' }])
    assert.deepEqual(news(decision.announce), ['Could not be restored: deployment podinfo.test not found'])
  })

  const withoutEndpoints: readonly { side: string; o: Given; want: string }[] = [
    {
      side: 'a canary',
      o: { endpoints: { primary: 3, canary: 0 }, status: { canaryWeight: 0 } },
      want: 'wait canary-unready',
    },
    {
      side: 'a primary that was promoted',
      o: { endpoints: { primary: 0, canary: 3 }, primaryRunsTarget: true, status: { phase: 'Promoting' } },
      want: 'wait primary-rolls',
    },
  ]
  for (const { side, o, want } of withoutEndpoints) {
    it(`${side} whose Service has no endpoints yet gets no traffic, ready as its pods are`, () => {
      assert.equal(summary(decideNoted(observed(o))), want)
      const known = decide(observed({ ...o, endpoints: { primary: 1, canary: 1 } }))
      assert.notEqual(summary(known), want)
      assert.equal(summary(decide(observed({ ...o, endpoints: {} }))), summary(known))
    })
  }

  it('without analysis a ready canary is promoted in one step', () => {
    const spec = specOf({}, { skipAnalysis: true })
    const decision = acted(decide(observed({ spec, status: { canaryWeight: 0 } })))
    assert.equal(summary(decision), 'skip-analysis Succeeded 0 [promote B, scaleTarget 0]')
    assert.deepEqual(news(decision.announce), [
      'Copying podinfo.test template spec to podinfo-primary.test',
      'Promotion completed! Canary analysis was skipped for podinfo.test',
      'info: Canary analysis was skipped, promotion finished.',
    ])
  })

  it('skipping the analysis in the middle of one takes the traffic back and promotes', () => {
    const spec = specOf({}, { skipAnalysis: true })
    const decision = decide(observed({ spec }))
    assert.equal(
      summary(decision),
      'skip-analysis Succeeded 0 [setRoutes 100/0, awaitDrain canary, promote B, scaleTarget 0]',
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MetricReading } from '../analysis/check.ts'
import { decide } from './decide.ts'
import type { Act, Action, Decision, Question } from './decision.ts'
import { type AnalysisManifest, normalise } from './normalise.ts'
import type { Answer } from './observed.ts'
import type { RolloutSpec } from './spec.ts'
import { isAnalysing, isSteady } from './status.ts'
import { highestWeight, isFirstStep } from './weights.ts'
import { applyAction, newWorld, observe, readyPods, settled, type World, withRevision } from './world.ts'

const intervalMs = 10_000

const strategies: fc.Arbitrary<AnalysisManifest> = fc.oneof(
  fc.record({ stepWeight: fc.integer({ min: 1, max: 60 }), maxWeight: fc.integer({ min: 1, max: 100 }) }),
  fc
    .uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })
    .map(weights => ({ stepWeights: weights.sort((a, b) => a - b) })),
  fc.record({ iterations: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ iterations: fc.integer({ min: 1, max: 4 }), match: fc.constant([{}]) }),
)

const hookTypes = [
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
  'rollback',
] as const

const specs: fc.Arbitrary<RolloutSpec> = fc
  .record({
    strategy: strategies,
    provider: fc.constantFrom('istio', 'istio', 'nginx', 'kubernetes'),
    threshold: fc.integer({ min: 1, max: 3 }),
    mirror: fc.boolean(),
    stepWeightPromotion: fc.constantFrom(0, 0, 25),
    hooks: fc.subarray([...hookTypes]),
    autoscaler: fc.boolean(),
    skipAnalysis: fc.constantFrom(false, false, false, true),
    revertOnDeletion: fc.boolean(),
  })
  .map(given => {
    const result = normalise(
      {
        metadata: { name: 'podinfo', namespace: 'test', uid: 'uid' },
        spec: {
          provider: given.provider,
          targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
          ...(given.autoscaler ? { autoscalerRef: { kind: 'HorizontalPodAutoscaler', name: 'podinfo' } } : {}),
          skipAnalysis: given.skipAnalysis,
          revertOnDeletion: given.revertOnDeletion,
          analysis: {
            ...given.strategy,
            interval: '10s',
            threshold: given.threshold,
            mirror: given.mirror,
            stepWeightPromotion: given.stepWeightPromotion,
            metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
            webhooks: given.hooks.map(type => ({ name: type, url: 'http://hook', type })),
          },
        },
      },
      { provider: 'istio' },
    )
    assert.ok('spec' in result)
    return result.spec
  })

/** One thing that happens. `crashAfter`: the engine dies after so many of a step's effects. */
type Event =
  | {
      readonly kind: 'turn'
      readonly crashAfter: number
      readonly answer: 'well' | 'badly' | 'unreachable' | 'noData' | 'never'
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'revision'; readonly name: string }
  | { readonly kind: 'scaleTarget'; readonly replicas: number }
  | { readonly kind: 'editRoutes'; readonly canaryWeight: number }
  | { readonly kind: 'suspend'; readonly isSuspended: boolean }
  | { readonly kind: 'losePods'; readonly side: 'primary' | 'target' }
  | { readonly kind: 'delete' }

const neverCrash = 1000

const turn: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('turn'),
  crashAfter: fc.oneof(
    { weight: 4, arbitrary: fc.constant(neverCrash) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 }) },
  ),
  answer: fc.constantFrom('well', 'well', 'well', 'well', 'well', 'badly', 'unreachable', 'noData', 'never'),
})

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: turn },
    {
      weight: 12,
      arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(1_000, 5_000, 10_000, 700_000) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('revision'), name: fc.constantFrom('A', 'B', 'C', 'bad') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('scaleTarget'), replicas: fc.integer({ min: 0, max: 4 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('editRoutes'), canaryWeight: fc.integer({ min: 0, max: 100 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend'), isSuspended: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('losePods'), side: fc.constantFrom('primary', 'target') }),
    },
    { weight: 0, arbitrary: fc.record({ kind: fc.constant('delete') }) },
  ),
  { minLength: 20, maxLength: 120 },
)

interface Run {
  world: World
  nowMs: number
  /** The last step forward; one that was taken back may be taken again. */
  lastRaise: { readonly atMs: number; readonly canaryWeight: number }
  /** Revisions that passed an analysis, or need none. */
  readonly approved: Set<string>
}

function begin(spec: RolloutSpec): Run {
  const router = { splitsTraffic: spec.provider !== 'kubernetes', mirrors: spec.provider === 'istio' }
  const readyAfterMs = (revision: string) => (revision === 'bad' ? Number.POSITIVE_INFINITY : 2_000)
  return {
    world: newWorld({ spec, router, revision: 'A', replicas: 2, readyAfterMs }),
    nowMs: 1_000_000,
    lastRaise: { atMs: Number.NEGATIVE_INFINITY, canaryWeight: 0 },
    approved: new Set(['A']),
  }
}

function happen(run: Run, event: Event): void {
  const { world } = run
  switch (event.kind) {
    case 'turn':
      return takeTurn(run, event)
    case 'pass':
      run.nowMs += event.ms
      run.world = settled(world, run.nowMs)
      return
    case 'revision':
      run.world = withRevision(world, event.name, run.nowMs)
      return
    case 'scaleTarget':
      run.world = applyAction(world, { kind: 'scaleTarget', replicas: event.replicas }, run.nowMs)
      return
    case 'editRoutes': {
      const { canaryWeight } = event
      if (!world.router.splitsTraffic || !isSteadyTraffic(run)) return
      run.world = { ...world, routes: { primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false } }
      return
    }
    case 'suspend':
      run.world = { ...world, spec: { ...world.spec, suspend: event.isSuspended } }
      return
    case 'losePods': {
      const workload = world[event.side]
      if (!workload) return
      const pods = workload.pods.map(pod => ({ ...pod, readyAtMs: Math.max(pod.readyAtMs, run.nowMs + 30_000) }))
      run.world = { ...world, [event.side]: { ...workload, pods, changedAtMs: run.nowMs } }
      return
    }
    case 'delete':
      run.world = { ...world, deletion: { ...world.deletion, isRequested: true } }
  }
}

/** People edit routes by hand only where both sides have pods; elsewhere they break what nobody can hold. */
function isSteadyTraffic({ world, nowMs }: Run): boolean {
  return readyPods(world.primary, nowMs) > 0 && readyPods(world.target, nowMs) > 0
}

function takeTurn(run: Run, { crashAfter, answer }: Event & { kind: 'turn' }): void {
  const decision = decide(observe(run.world, run.nowMs))
  checkDecision(run, decision)
  if (decision.kind === 'ask' && answer !== 'never') {
    const answers = decision.questions.map((q): [string, Answer] => [q.key, answerOf(q, answer, run.nowMs)])
    run.world = { ...run.world, answers: { ...run.world.answers, ...Object.fromEntries(answers) } }
  }
  if (decision.kind === 'act') carryOut(run, decision, crashAfter)
}

function answerOf(question: Question, how: 'well' | 'badly' | 'unreachable' | 'noData', nowMs: number): Answer {
  const at = new Date(nowMs)
  if (question.kind === 'hooks') {
    const passed = (how === 'well') === (question.type !== 'rollback')
    const [first] = question.hooks
    const failed = [{ hook: first?.name ?? '', passed, message: 'no' }]
    return {
      kind: 'hooks',
      at,
      results: passed ? question.hooks.map(h => ({ hook: h.name, passed, message: '' })) : failed,
    }
  }
  const readings: Readonly<Record<typeof how, MetricReading>> = {
    well: { kind: 'value', value: 100 },
    badly: { kind: 'value', value: 50 },
    unreachable: { kind: 'unreachable', message: 'refused' },
    noData: { kind: 'noData', reason: 'noTraffic', detail: '' },
  }
  return { kind: 'metrics', at, readings: question.measurements.map(() => readings[how]) }
}

function carryOut(run: Run, step: Act, crashAfter: number): void {
  for (const action of step.actions.slice(0, crashAfter)) {
    checkAction(run, action, step)
    if (action.kind === 'awaitDrain') run.nowMs += 500
    run.world = applyAction(run.world, action, run.nowMs)
  }
  // A crash loses the status, and the answers that were only in memory.
  if (crashAfter < neverCrash) {
    run.world = { ...run.world, answers: {} }
    return
  }
  const before = run.world.status
  run.world = { ...run.world, status: step.status }
  if (step.status.phase === 'Failed' && before.phase !== 'Failed') checkFailure(run)
}

function checkDecision({ world, nowMs }: Run, decision: Decision): void {
  assert.ok(decision.because.text.length > 0)
  if (decision.kind === 'act') {
    const { phase } = decision.status
    if (world.status.phase !== 'Progressing' && phase === 'Progressing') {
      assert.equal(
        decision.status.lastAppliedSpec,
        world.target.template,
        'a rollout is about the revision that is there',
      )
    }
    const isOther = world.status.lastAppliedSpec !== world.target.template
    if (isAnalysing(world.status.phase) && isOther && !world.spec.suspend && world.status.phase !== phase) {
      assert.ok(
        phase === 'Progressing' || phase === 'Succeeded',
        `another revision restarts or ends the analysis, not ${phase}`,
      )
    }
  }
  if (decision.kind !== 'wait') return
  if (decision.requeueAt)
    assert.ok(decision.requeueAt.getTime() > nowMs, `${decision.because.rule} ends before it begins`)
  const { routes, router, spec, target, primary, status } = world
  if (spec.suspend || !isUnderWay(status.phase) || !router.splitsTraffic || readyPods(primary, nowMs) === 0) return
  assert.ok(
    routes.canaryWeight === 0 || readyPods(target, nowMs) > 0,
    `${decision.because.rule}: weight stays on a canary without pods`,
  )
}

/** The phases in which the canary may have traffic. */
function isUnderWay(phase: World['status']['phase']): boolean {
  return isAnalysing(phase) || phase === 'Promoting' || phase === 'Finalising'
}

/** What holds for every effect on traffic, wherever the engine dies after it. */
function checkAction(run: Run, action: Action, step: Act): void {
  const { world, nowMs } = run
  if (action.kind === 'scaleTarget' && action.replicas === 0) {
    assert.equal(world.routes.canaryWeight, 0, 'the canary loses its traffic before its pods')
  }
  if (action.kind === 'promote') {
    const { phase } = world.status
    const isFree = phase === 'Initializing' || world.spec.skipAnalysis
    if (isFree || (isAnalysing(phase) && hasPassed(run))) run.approved.add(action.revision)
    assert.ok(run.approved.has(action.revision), `${step.because.rule}: ${action.revision} was never approved`)
  }
  if (action.kind !== 'setRoutes') return
  const { routes, status, spec } = world
  assert.equal(action.primaryWeight + action.canaryWeight, 100, 'weights add up')
  const canServe = readyPods(world.target, nowMs) > 0
  const primaryCanServe = readyPods(world.primary, nowMs) > 0
  if (action.canaryWeight > routes.canaryWeight)
    assert.ok(canServe, `${step.because.rule}: weight on a canary without pods`)
  if (action.primaryWeight > routes.primaryWeight) {
    assert.ok(primaryCanServe || !canServe, `${step.because.rule}: weight on a primary without pods`)
  }
  if (!isAnalysing(status.phase) || action.canaryWeight <= routes.canaryWeight) return
  assert.ok(action.canaryWeight <= highestWeight(spec.strategy), 'the canary gets more than the last step')
  if (step.because.rule === 'reset-routes') return
  assert.ok(hasPassed(run), `${step.because.rule}: a step forward without a check`)
  if (spec.strategy.kind === 'canary' && action.canaryWeight > status.canaryWeight && status.canaryWeight > 0) {
    const isAgain = action.canaryWeight === run.lastRaise.canaryWeight
    assert.ok(isAgain || nowMs - run.lastRaise.atMs >= intervalMs, 'two steps within one interval')
  }
  run.lastRaise = { atMs: nowMs, canaryWeight: action.canaryWeight }
}

function hasPassed({ world, nowMs }: Run): boolean {
  if (isFirstStep(world.spec, world.status, world.routes)) return true
  const dueAt = Date.parse(world.status.checkDueAt ?? '')
  return Object.values(world.answers).some(
    answer =>
      answer.kind === 'metrics' &&
      answer.at.getTime() >= dueAt &&
      nowMs - answer.at.getTime() <= intervalMs &&
      answer.readings.every(reading => reading.kind === 'value' && reading.value >= 99),
  )
}

/** A failure ends with everything on the primary, but for a promotion whose canary is all that answers. */
function checkFailure({ world, nowMs }: Run): void {
  if (world.status.canaryWeight > 0) {
    assert.ok(readyPods(world.target, nowMs) > 0, 'traffic stays with a canary that answers')
    return
  }
  assert.equal(world.routes.canaryWeight, 0)
  assert.equal(world.target.desired, 0)
}

/** After how many effects the agent dies in a step that is taken with this status. */
type CrashAfter = (step: Act, before: World['status'], world: World) => number

/** A good version, from the bootstrap to its end. A crash loses what was answered, as in `carryOut`. */
function rollOut(spec: RolloutSpec, crashAfter: CrashAfter): Run {
  const run = begin(spec)
  /** Whoever follows one that died begins at once. */
  const step = (): boolean => {
    const decision = decide(observe(run.world, run.nowMs))
    if (decision.kind === 'wait') return false
    const after = decision.kind === 'act' ? crashAfter(decision, run.world.status, run.world) : neverCrash
    takeTurn(run, { kind: 'turn', crashAfter: after, answer: 'well' })
    return decision.kind === 'ask' || after < neverCrash || decision.requeueAt.getTime() <= run.nowMs
  }
  const goOn = (): void => {
    for (let turns = 0; turns < 2_000 && !isAtRest(run); turns++) {
      for (let steps = 0; steps < 100 && step(); steps++);
      run.nowMs += 1_000
      run.world = settled(run.world, run.nowMs)
    }
  }
  goOn()
  run.world = withRevision(run.world, 'B', run.nowMs)
  goOn()
  return run
}

function hasRoutes({ routes }: World, wanted: Action & { kind: 'setRoutes' }): boolean {
  return (
    routes.canaryWeight === wanted.canaryWeight &&
    routes.primaryWeight === wanted.primaryWeight &&
    routes.mirrored === wanted.mirrored
  )
}

/** From here on everything goes well: gates are open, pods come up, metrics are fine. */
function goWell(run: Run): void {
  const { world } = run
  const heal = <T extends NonNullable<World['primary']>>(workload: T): T => ({
    ...workload,
    changedAtMs: run.nowMs,
    pods: workload.pods.map(pod => ({ ...pod, readyAtMs: Math.min(pod.readyAtMs, run.nowMs + 1000) })),
  })
  run.world = {
    ...world,
    spec: { ...world.spec, suspend: false },
    target: heal(world.target),
    ...(world.primary ? { primary: heal(world.primary) } : {}),
    pods: { readyAfterMs: () => 1_000, deadlineMs: 600_000 },
  }
  for (let turns = 0; turns < 600 && !isAtRest(run); turns++) {
    for (let i = 0; i < 12; i++) takeTurn(run, { kind: 'turn', crashAfter: neverCrash, answer: 'well' })
    run.nowMs += 2_500
    run.world = settled(run.world, run.nowMs)
  }
}

function isAtRest({ world, nowMs }: Run): boolean {
  if (world.isGone) return true
  if (readyPods(world.primary, nowMs) === 0) return false
  const decision = decide(observe(world, nowMs))
  return isSteady(world.status.phase) && decision.kind === 'wait' && decision.waitingOn === 'newRevision'
}

describe('decide, over random specs, observations and crashes', () => {
  it('holds what has to hold for traffic, and always comes to rest', () => {
    fc.assert(
      fc.property(specs, events, (spec, sequence) => {
        const run = begin(spec)
        for (const event of sequence) happen(run, event)
        goWell(run)
        const { world } = run
        assert.ok(
          isAtRest(run),
          `stuck in ${world.status.phase}: ${JSON.stringify(decide(observe(world, run.nowMs)).because)}`,
        )
        assert.equal(world.routes.canaryWeight, 0, 'all traffic is on the primary')
        assert.equal(world.target.desired, 0, 'the canary is at zero')
        // A revision that was refused stays in the target; any other one is what the primary runs.
        if (world.status.phase !== 'Failed') {
          assert.equal(world.primary?.template, world.target.template)
          assert.equal(world.status.lastPromotedSpec, world.target.template)
        }
        assert.equal(world.status.lastAppliedSpec, world.target.template, 'no revision is lost')
      }),
      { seed: 20_261_123, numRuns: Number(process.env['SERIN_PROPERTY_RUNS'] ?? 400) },
    )
  })

  it('a crash in each step, after any of its effects, costs a rollout no interval', () => {
    fc.assert(
      fc.property(specs, fc.infiniteStream(fc.integer({ min: 0, max: 6 })), (spec, crashes) => {
        const calm = rollOut(spec, () => neverCrash)
        const died = new Set<string>()
        const crashed = rollOut(spec, (step, before) => {
          const name = JSON.stringify([step.because.rule, before])
          if (died.has(name)) return neverCrash
          died.add(name)
          return crashes.next().value
        })
        assert.ok(died.size >= 4, 'every step died once')
        assert.equal(crashed.world.status.phase, 'Succeeded')
        assert.equal(crashed.world.primary?.template, 'B')
        // Drains are repeated, which takes half a second each.
        assert.ok(
          crashed.nowMs - calm.nowMs < intervalMs,
          `took ${crashed.nowMs - calm.nowMs} ms longer than without crashes`,
        )
      }),
      { seed: 20_261_123, numRuns: Number(process.env['SERIN_PROPERTY_RUNS'] ?? 300) },
    )
  })

  it('an agent that dies after each write of routes gets a rollout to its end', () => {
    fc.assert(
      fc.property(specs, spec => {
        const run = rollOut(spec, (step, _, world) => {
          const at = step.actions.findIndex(action => action.kind === 'setRoutes' && !hasRoutes(world, action))
          return at < 0 ? neverCrash : at + 1
        })
        assert.equal(run.world.status.phase, 'Succeeded')
      }),
      { seed: 20_261_123, numRuns: 100 },
    )
  })

  it('answers every observation, whatever the status says', () => {
    const phases = [
      '',
      'Initializing',
      'Initialized',
      'Waiting',
      'Progressing',
      'WaitingPromotion',
      'Promoting',
      'Finalising',
      'Succeeded',
      'Failed',
      'Terminating',
      'Terminated',
    ] as const
    const status = fc.record({
      phase: fc.constantFrom(...phases),
      canaryWeight: fc.integer({ min: 0, max: 100 }),
      failedChecks: fc.integer({ min: 0, max: 4 }),
      iterations: fc.integer({ min: -1, max: 5 }),
      lastAppliedSpec: fc.constantFrom('', 'A', 'B'),
      lastPromotedSpec: fc.constantFrom('', 'A', 'B'),
    })
    fc.assert(
      fc.property(specs, status, events, (spec, given, sequence) => {
        const run = begin(spec)
        run.world = { ...run.world, status: given }
        for (const event of sequence) {
          if (event.kind === 'turn') assert.doesNotThrow(() => decide(observe(run.world, run.nowMs)))
          else happen(run, event)
        }
      }),
      { seed: 20_261_123, numRuns: 200 },
    )
  })

  it('lets a deleted Canary go, with its target serving', () => {
    fc.assert(
      fc.property(specs, events, (spec, sequence) => {
        const run = begin({ ...spec, revertOnDeletion: true })
        for (const event of sequence) happen(run, event)
        goWell(run)
        run.world = { ...run.world, deletion: { ...run.world.deletion, isRequested: true } }
        goWell(run)
        assert.ok(run.world.isGone, `still there in ${run.world.status.phase}`)
        assert.ok(readyPods(run.world.target, run.nowMs) > 0)
      }),
      { seed: 20_261_123, numRuns: 100 },
    )
  })
})

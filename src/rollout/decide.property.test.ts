import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hookTypes } from '../../test/support/hook-types.ts'
import { checkAction, checkDecision, checkWritten, copyOf, type Run } from '../../test/support/rollout-invariants.ts'
import type { MetricReading } from '../analysis/check.ts'
import { canaryPhases } from '../api/flagger/v1beta1.ts'
import { decide } from './decide.ts'
import type { Act, Action, Question } from './decision.ts'
import { type AnalysisManifest, normalise } from './normalise.ts'
import type { Answer, Side } from './observed.ts'
import type { HookType, RolloutSpec } from './spec.ts'
import { isAnalysing, isSteady } from './status.ts'
import { applyAction, newWorld, observe, readyPods, settled, type World, withConfig, withRevision } from './world.ts'

const intervalMs = 10_000

const strategies: fc.Arbitrary<AnalysisManifest> = fc.oneof(
  fc.record({ stepWeight: fc.integer({ min: 1, max: 60 }), maxWeight: fc.integer({ min: 1, max: 100 }) }),
  fc
    .uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })
    .map(weights => ({ stepWeights: weights.sort((a, b) => a - b) })),
  fc.record({ iterations: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ iterations: fc.integer({ min: 1, max: 4 }), match: fc.constant([{}]) }),
)

const specs: fc.Arbitrary<RolloutSpec> = fc
  .record({
    strategy: strategies,
    provider: fc.constantFrom('istio', 'istio', 'nginx', 'kubernetes'),
    threshold: fc.integer({ min: 1, max: 3 }),
    mirror: fc.boolean(),
    stepWeightPromotion: fc.constantFrom(0, 0, 25),
    hooks: fc.subarray(hookTypes),
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
      readonly kind: 'turns'
      /** Looks, one after the other; the engine may die in the first step. */
      readonly times: number
      readonly crashAfter: number
      readonly answer: 'well' | 'badly' | 'closed' | 'unreachable' | 'noData' | 'never'
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'revision'; readonly name: string }
  | { readonly kind: 'config' }
  | { readonly kind: 'configInSuspension' }
  | { readonly kind: 'scaleTarget'; readonly replicas: number }
  | { readonly kind: 'editRoutes'; readonly canaryWeight: number }
  | { readonly kind: 'suspend'; readonly isSuspended: boolean }
  | { readonly kind: 'losePods'; readonly side: 'primary' | 'target' }
  | { readonly kind: 'endpoints'; readonly missing: readonly Side[] }

const neverCrash = 1000

const turns: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('turns'),
  times: fc.integer({ min: 1, max: 12 }),
  crashAfter: fc.oneof(
    { weight: 4, arbitrary: fc.constant(neverCrash) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 }) },
  ),
  answer: fc.oneof(
    { weight: 12, arbitrary: fc.constant('well') },
    { weight: 4, arbitrary: fc.constantFrom('badly', 'closed', 'unreachable', 'noData', 'never') },
  ),
})

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: turns },
    {
      weight: 20,
      arbitrary: fc.record({
        kind: fc.constant('pass'),
        ms: fc.oneof(
          { weight: 12, arbitrary: fc.constantFrom(1_000, 2_000, 5_000, 10_000, 10_000, 10_000) },
          { weight: 1, arbitrary: fc.constant(700_000) },
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('revision'),
        name: fc.constantFrom('A', 'B', 'C', 'bad', 'bad as primary'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('config') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('configInSuspension') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('scaleTarget'), replicas: fc.integer({ min: 0, max: 4 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('editRoutes'), canaryWeight: fc.integer({ min: 0, max: 100 }) }),
    },
    // Mostly for a short while, or nothing else would happen.
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('suspend'), isSuspended: fc.constantFrom(true, false, false, false) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('losePods'), side: fc.constantFrom('primary', 'target') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('endpoints'), missing: fc.subarray<Side>(['primary', 'canary']) }),
    },
  ),
  { minLength: 20, maxLength: 120 },
)

/** Of the rollout that a run begins with; undefined: it begins with the bootstrap. */
const firstRevisions = fc.constantFrom(undefined, 'B', 'B', 'bad as primary')

function begin(spec: RolloutSpec): Run {
  const router = { splitsTraffic: spec.provider !== 'kubernetes', mirrors: spec.provider === 'istio' }
  const isBroken = (revision: string, side: 'target' | 'primary') =>
    revision === 'bad' || (revision === 'bad as primary' && side === 'primary')
  const readyAfterMs: World['pods']['readyAfterMs'] = (revision, side) =>
    isBroken(revision, side) ? Number.POSITIVE_INFINITY : 2_000
  return {
    world: newWorld({ spec, router, revision: 'A', replicas: 2, readyAfterMs }),
    nowMs: 1_000_000,
    lastRaise: { atMs: Number.NEGATIVE_INFINITY, canaryWeight: 0 },
    approved: new Set<string>(),
  }
}

/** A run whose bootstrap is over and whose first rollout has begun: what is looked for happens in rollouts. */
function beginRollout(spec: RolloutSpec, revision: string): Run {
  const run = begin(spec)
  for (let looks = 0; looks < 60 && !isAtRest(run); looks++) {
    takeTurn(run, neverCrash, 'well')
    run.nowMs += 1_000
    run.world = settled(run.world, run.nowMs)
  }
  assert.ok(isAtRest(run))
  run.world = withRevision(run.world, revision, run.nowMs)
  return run
}

function happen(run: Run, event: Event): void {
  const { world } = run
  switch (event.kind) {
    case 'turns':
      for (let i = 0; i < event.times; i++) takeTurn(run, i === 0 ? event.crashAfter : neverCrash, event.answer)
      return
    case 'pass':
      run.nowMs += event.ms
      run.world = settled(world, run.nowMs)
      return
    case 'revision':
      run.world = withRevision(world, event.name, run.nowMs)
      return
    case 'config':
      // Never one of before: pods that were made between two changes that cancel out, unseen, tell nobody.
      run.world = withConfig(world, nextConfig(world))
      return
    case 'configInSuspension':
      return changeConfigForAWhile(run)
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
    case 'endpoints':
      run.world = { ...world, withoutEndpoints: event.missing }
      return
    case 'losePods': {
      const workload = world[event.side]
      if (!workload) return
      const pods = workload.pods.map(pod => ({ ...pod, readyAtMs: Math.max(pod.readyAtMs, run.nowMs + 30_000) }))
      run.world = { ...world, [event.side]: { ...workload, pods, changedAtMs: run.nowMs } }
      return
    }
  }
}

function nextConfig({ target }: World): string {
  return String(Number(target.config) + 1)
}

/** In a suspension of an analysis a config changes, pods are made that read it, and it changes back. */
function changeConfigForAWhile(run: Run): void {
  const { target, spec, status } = run.world
  if (!isAnalysing(status.phase)) return
  const config = nextConfig(run.world)
  const pods = target.pods.map(pod => ({ ...pod, config }))
  run.world = { ...run.world, spec: { ...spec, suspend: true }, target: { ...target, config, pods } }
  takeTurn(run, neverCrash, 'well')
  run.world = { ...withConfig(run.world, target.config), spec }
}

/** People edit routes by hand only where both sides have pods; elsewhere they break what nobody can hold. */
function isSteadyTraffic({ world, nowMs }: Run): boolean {
  return readyPods(world.primary, nowMs) > 0 && readyPods(world.target, nowMs) > 0
}

type How = (Event & { kind: 'turns' })['answer']

function takeTurn(run: Run, crashAfter: number, answer: How): void {
  const decision = decide(observe(run.world, run.nowMs))
  checkDecision(run, decision)
  if (decision.kind === 'ask' && answer !== 'never') {
    const answers = decision.questions.map((q): [string, Answer] => [q.key, answerOf(q, answer, run.nowMs)])
    run.world = { ...run.world, answers: { ...run.world.answers, ...Object.fromEntries(answers) } }
  }
  if (decision.kind === 'act') carryOut(run, decision, crashAfter)
}

function answerOf(question: Question, how: Exclude<How, 'never'>, nowMs: number): Answer {
  const at = new Date(nowMs)
  if (question.kind === 'hooks') {
    const passed = passes(question.type, how)
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
    closed: { kind: 'value', value: 100 },
    unreachable: { kind: 'unreachable', message: 'refused' },
    noData: { kind: 'noData', reason: 'noTraffic', detail: '' },
  }
  return { kind: 'metrics', at, readings: question.measurements.map(() => readings[how]) }
}

/** Hooks say what metrics say; gates have a mind of their own, and nobody asks for a rollback but of a bad version. */
function passes(type: HookType, how: Exclude<How, 'never'>): boolean {
  if (type === 'rollback') return how === 'badly'
  return type.startsWith('confirm-') ? how !== 'closed' : how !== 'badly'
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
  checkWritten(run, before)
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
    takeTurn(run, after, 'well')
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
    withoutEndpoints: [],
    target: heal(world.target),
    ...(world.primary ? { primary: heal(world.primary) } : {}),
    pods: { readyAfterMs: () => 1_000, deadlineMs: 600_000 },
  }
  for (let turns = 0; turns < 600 && !isAtRest(run); turns++) {
    for (let i = 0; i < 12; i++) takeTurn(run, neverCrash, 'well')
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
      fc.property(specs, events, firstRevisions, (spec, sequence, revision) => {
        const run = revision === undefined ? begin(spec) : beginRollout(spec, revision)
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
          assert.ok(world.primary)
          assert.equal(copyOf(world.primary), copyOf(world.target))
          assert.equal(world.status.lastPromotedSpec, world.target.template)
        }
        assert.equal(world.status.lastAppliedSpec, world.target.template, 'no revision is lost')
      }),
      { seed: 20_261_123, numRuns: Number(process.env['SERIN_PROPERTY_RUNS'] ?? 1_000) },
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
    const status = fc.record({
      phase: fc.constantFrom(...canaryPhases),
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
          if (event.kind === 'turns') assert.doesNotThrow(() => decide(observe(run.world, run.nowMs)))
          else happen(run, event)
        }
      }),
      { seed: 20_261_123, numRuns: 200 },
    )
  })

  it('lets a deleted Canary go, with its target serving', () => {
    fc.assert(
      fc.property(specs, events, (spec, sequence) => {
        const run = beginRollout({ ...spec, revertOnDeletion: true }, 'B')
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

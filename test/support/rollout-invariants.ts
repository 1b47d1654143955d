/** What holds of every decision and every effect of the rollout engine, whatever happens around it. */
import assert from 'node:assert/strict'
import type { Act, Action, Decision } from '../../src/rollout/decision.ts'
import type { Answer, Routes, Side } from '../../src/rollout/observed.ts'
import type { HookType, RolloutSpec } from '../../src/rollout/spec.ts'
import { isAnalysing, isSteady, type RolloutStatus } from '../../src/rollout/status.ts'
import { isFirstStep } from '../../src/rollout/weights.ts'
import { type ModelWorkload, readyPods, type World } from '../../src/rollout/world.ts'

/** A model world in time, with what has to be remembered to judge the next step. */
export interface Run {
  world: World
  nowMs: number
  /** The last step forward; one that was taken back may be taken again. */
  lastRaise: { readonly atMs: number; readonly canaryWeight: number }
  /** Revisions, with their configs, that passed an analysis or need none. */
  readonly approved: Set<string>
}

/** What a promotion of the target would bring: its revision with its config. */
export function copyOf({ template, config }: Pick<ModelWorkload, 'template' | 'config'>): string {
  return `${template} with ${config || 'no config'}`
}

/** What holds of a decision before it is carried out. */
export function checkDecision(run: Run, decision: Decision): void {
  const { world } = run
  assert.ok(decision.because.text.length > 0)
  if (world.spec.suspend && !world.deletion.isRequested)
    assert.ok(isIdle(world.status, decision), 'suspended, nothing is done')
  switch (decision.kind) {
    case 'act':
      return checkStep(run, decision)
    case 'wait':
      return checkWait(run, decision)
    case 'ask':
      return checkThreshold(run, decision)
  }
}

/** Whether a decision does nothing but wait, or note what it waits for. */
function isIdle({ phase, canaryWeight }: RolloutStatus, decision: Decision): boolean {
  if (decision.kind !== 'act') return decision.kind === 'wait'
  const { actions, status } = decision
  return actions.length === 0 && status.phase === phase && status.canaryWeight === canaryWeight
}

function checkStep({ world, nowMs }: Run, { status, because }: Act): void {
  const { phase } = status
  const before = world.status
  if (before.phase !== 'Progressing' && phase === 'Progressing') {
    assert.equal(status.lastAppliedSpec, world.target.template, 'a rollout is about the revision that is there')
  }
  if (phase === 'Progressing' && isSteady(before.phase)) {
    assert.ok(isApproved(world, nowMs, 'confirm-rollout'), `${because.rule}: nobody approved the rollout`)
  }
  const isOther = before.lastAppliedSpec !== world.target.template
  if (isAnalysing(before.phase) && isOther && before.phase !== phase) {
    assert.ok(
      phase === 'Progressing' || phase === 'Succeeded',
      `another revision restarts or ends the analysis, not ${phase}`,
    )
  }
  if (isAnalysing(before.phase) && phase === 'Failed') {
    assert.ok(mayFail(world, nowMs), `${because.rule}: a rollout fails for no reason`)
  }
  if (before.phase === 'Waiting' && phase === 'Failed') {
    assert.equal(status.lastAppliedSpec, world.target.template, 'what was refused is known, or it would come again')
  }
  if (before.phase === 'Finalising' && phase === 'Succeeded') {
    assert.ok(isUp(world.primary, nowMs), 'a promotion ends with a primary that is up')
  }
}

/** Too many failed checks, pods that do not come, metrics that do not come, or somebody who wants it. */
function mayFail(world: World, nowMs: number): boolean {
  const { status, spec, answers } = world
  const isShort = isNotedLate(world, 'CanaryReady', nowMs)
  const isBlind = isNotedLate(world, 'MetricsAvailable', nowMs)
  const isWanted = hookAnswers(answers, 'rollback').some(({ results }) => results.some(({ passed }) => passed))
  return status.failedChecks >= spec.failedChecksThreshold || isLate(world, nowMs) || isShort || isBlind || isWanted
}

function isLate({ target, pods }: World, nowMs: number): boolean {
  return target.desired > 0 && nowMs >= target.changedAtMs + pods.deadlineMs
}

/** Whether the status says for longer than the deadline that pods are missing; nobody may have looked since. */
function isNotedLate({ status, spec }: World, type: string, nowMs: number): boolean {
  const since = status.conditions?.find(condition => condition.type === type)?.lastTransitionTime
  return since !== undefined && nowMs >= Date.parse(since) + spec.progressDeadlineMs
}

function checkWait(run: Run, { because, requeueAt }: Extract<Decision, { kind: 'wait' }>): void {
  const { world, nowMs } = run
  if (requeueAt) assert.ok(requeueAt.getTime() > nowMs, `${because.rule} ends before it begins`)
  const { routes, router, spec, target, status } = world
  if (spec.suspend || world.deletion.isRequested) return
  checkThreshold(run, { because })
  if (isAnalysing(status.phase) && isReachable(world, 'primary', nowMs)) {
    assert.ok(
      isUp(target, nowMs) || !isLate(world, nowMs),
      `${because.rule}: a canary that cannot come up is waited for`,
    )
  }
  const mayHaveTraffic = isAnalysing(status.phase) || status.phase === 'Promoting' || status.phase === 'Finalising'
  if (!mayHaveTraffic || !router.splitsTraffic || !isReachable(world, 'primary', nowMs)) return
  assert.ok(
    routes.canaryWeight === 0 || isReachable(world, 'canary', nowMs),
    `${because.rule}: weight stays on a canary that does not answer`,
  )
}

/** Nobody goes on with a rollout that has failed often enough, once the primary can take its traffic. */
function checkThreshold({ world, nowMs }: Run, { because }: Pick<Decision, 'because'>): void {
  const { status, spec, primary } = world
  if (!isAnalysing(status.phase) || spec.skipAnalysis) return
  if (!isUp(primary, nowMs) || !isReachable(world, 'primary', nowMs)) return
  assert.ok(status.failedChecks < spec.failedChecksThreshold, `${because.rule}: too many checks failed`)
}

/** What holds for every effect, wherever the engine dies after it. */
export function checkAction(run: Run, action: Action, step: Act): void {
  const { world, nowMs } = run
  const { rule } = step.because
  switch (action.kind) {
    case 'scaleTarget':
      return checkScale(run, action, rule)
    case 'revertRouting':
      return assert.ok(readyPods(world.target, nowMs) > 0, 'traffic returns to a target that answers')
    case 'createPrimary':
      assert.equal(world.status.phase, 'Initializing', 'a primary is made once')
      run.approved.add(copyOf(world.target))
      return
    case 'promote':
      return checkPromotion(run, action, rule)
    case 'setRoutes':
      return checkRoutes(run, action, rule)
  }
}

function checkScale({ world, nowMs }: Run, { replicas }: Action & { kind: 'scaleTarget' }, rule: string): void {
  const { status, spec, primary, routes } = world
  if (replicas > 0) {
    assert.ok(spec.autoscaler || replicas >= (primary?.desired ?? 0), `${rule}: the canary is smaller than the primary`)
    return
  }
  assert.equal(routes.canaryWeight, 0, `${rule}: the canary loses its traffic before its pods`)
  if (status.phase === 'Initializing') {
    assert.ok(readyPods(primary, nowMs) > 0 || readyPods(world.target, nowMs) === 0, `${rule}: nobody answers any more`)
  }
}

function checkPromotion(run: Run, { minReplicas }: Action & { kind: 'promote' }, rule: string): void {
  const { world, nowMs, approved } = run
  const { status, spec, target, primary, routes } = world
  const copy = copyOf(target)
  if (spec.autoscaler && isAnalysing(status.phase))
    assert.ok(minReplicas >= (primary?.desired ?? 0), `${rule}: the primary shrinks`)
  if (approved.has(copy)) return
  // What was promoted before and comes again after a promotion that failed or was cut off is known by its revision alone.
  const isBack = ['reverted', 'already-promoted', 'promote-again'].includes(rule)
  if (isBack && [...approved].some(known => known.startsWith(`${target.template} with `))) return
  const isFree = status.phase === 'Initializing' || spec.skipAnalysis
  if (isAnalysing(status.phase)) assert.ok(isUp(target, nowMs), `${rule}: a canary without its pods is promoted`)
  if (!isFree) {
    assert.ok(isAnalysing(status.phase), `${rule}: ${copy} was never analysed`)
    assert.ok(hasPassed(run), `${rule}: ${copy} did not pass its last check`)
    assert.ok(isComplete(spec, status, routes), `${rule}: steps are left out`)
    assert.ok(isApproved(world, nowMs, 'confirm-promotion'), `${rule}: nobody approved the promotion`)
    assert.ok(
      target.pods.every(pod => pod.config === target.config),
      `${rule}: pods with another config were analysed`,
    )
  }
  approved.add(copy)
}

/** Whether all steps before the promotion have been taken; routes may have been edited since the last one. */
function isComplete({ strategy }: RolloutSpec, status: RolloutStatus, { canaryWeight }: Routes): boolean {
  switch (strategy.kind) {
    case 'canary':
      return Math.max(canaryWeight, status.canaryWeight) >= strategy.maxWeightPercent
    case 'ab-testing':
      return status.iterations >= strategy.iterations
    case 'blue-green':
      return status.iterations > strategy.iterations
  }
}

function checkRoutes(run: Run, action: Action & { kind: 'setRoutes' }, rule: string): void {
  const { world, nowMs } = run
  const { routes, status, spec, target, primary } = world
  assert.equal(action.primaryWeight + action.canaryWeight, 100, 'weights add up')
  const canServe = isReachable(world, 'canary', nowMs)
  if (action.canaryWeight > routes.canaryWeight) assert.ok(canServe, `${rule}: weight on a canary that does not answer`)
  if (action.primaryWeight > routes.primaryWeight) {
    assert.ok(isReachable(world, 'primary', nowMs) || !canServe, `${rule}: weight on a primary that does not answer`)
    // One that nobody has analysed, as far as the status remembers, loses the traffic at once.
    const isKnown = [status.lastAppliedSpec, status.lastPromotedSpec].includes(target.template)
    if (status.phase === 'Promoting' && canServe && isKnown && run.approved.has(copyOf(target))) {
      assert.ok(isUp(primary, nowMs), `${rule}: traffic returns to a primary that is not up`)
      assert.equal(primary?.template, status.lastAppliedSpec, `${rule}: traffic returns to another revision`)
    }
  }
  if (!isAnalysing(status.phase) || action.canaryWeight <= routes.canaryWeight) return
  assert.ok(isUp(target, nowMs), `${rule}: a step with a canary that is not up`)
  const isBroken =
    (primary && nowMs >= primary.changedAtMs + world.pods.deadlineMs) || isNotedLate(world, 'PrimaryReady', nowMs)
  assert.ok(isUp(primary, nowMs) || isBroken || primary?.desired === 0, `${rule}: a step while the primary is not up`)
  assert.ok(action.canaryWeight <= lastStepOf(spec), 'the canary gets more than the last step')
  if (rule === 'reset-routes') return
  assert.ok(hasPassed(run), `${rule}: a step forward without a check`)
  if (spec.strategy.kind === 'canary') {
    const isFreeOfGate = status.phase === 'WaitingPromotion' || routes.mirrored
    assert.ok(
      isFreeOfGate || isApproved(world, nowMs, 'confirm-traffic-increase'),
      `${rule}: nobody approved more traffic`,
    )
    if (action.canaryWeight > status.canaryWeight && status.canaryWeight > 0) {
      const isAgain = action.canaryWeight === run.lastRaise.canaryWeight
      assert.ok(isAgain || nowMs - run.lastRaise.atMs >= spec.intervalMs, 'two steps within one interval')
    }
  }
  run.lastRaise = { atMs: nowMs, canaryWeight: action.canaryWeight }
}

/** The weight that Flagger's own arithmetic ends at: the last even step may go beyond the maximum. */
function lastStepOf({ strategy }: RolloutSpec): number {
  if (strategy.kind !== 'canary') return 100
  const { steps, maxWeightPercent } = strategy
  if (steps.kind === 'listed') return Math.max(...steps.percents)
  return Math.min(100, Math.ceil(maxWeightPercent / steps.byPercent) * steps.byPercent)
}

/** Whether the check of the step in hand was made when it was due, and found nothing. */
function hasPassed({ world, nowMs }: Run): boolean {
  const { spec, status, answers } = world
  if (isFirstStep(spec, status, world.routes)) return isApproved(world, nowMs, 'pre-rollout')
  const dueAt = Date.parse(status.checkDueAt ?? '')
  const isCurrent = (at: Date) => at.getTime() >= dueAt && nowMs - at.getTime() <= spec.intervalMs
  const haveMetrics = Object.values(answers).some(
    answer =>
      answer.kind === 'metrics' &&
      isCurrent(answer.at) &&
      answer.readings.every(reading => reading.kind === 'value' && reading.value >= 99),
  )
  return haveMetrics && isApproved(world, nowMs, 'rollout')
}

/** Whether all hooks of the type said yes within the last interval; true without any. */
function isApproved({ spec, answers }: World, nowMs: number, type: HookType): boolean {
  if (!spec.hooks.some(hook => hook.type === type)) return true
  return hookAnswers(answers, type).some(
    ({ at, results }) => nowMs - at.getTime() < spec.intervalMs && results.every(({ passed }) => passed),
  )
}

function hookAnswers(answers: World['answers'], type: HookType): readonly (Answer & { kind: 'hooks' })[] {
  return Object.entries(answers).flatMap(([key, answer]) =>
    key.startsWith(`${type}/`) && answer.kind === 'hooks' ? [answer] : [],
  )
}

/** Whether requests to a side find a pod by its Service. */
function isReachable({ primary, target, withoutEndpoints }: World, side: Side, nowMs: number): boolean {
  return !withoutEndpoints?.includes(side) && readyPods(side === 'primary' ? primary : target, nowMs) > 0
}

/** Whether all pods that are wanted are there, of the template in force, and answer. */
function isUp(workload: ModelWorkload | undefined, nowMs: number): boolean {
  if (!workload) return false
  const ready = workload.pods.filter(pod => pod.generation === workload.generation && pod.readyAtMs <= nowMs)
  return workload.desired > 0 && ready.length >= workload.desired
}

/** What holds when a step is complete and its status is written. */
export function checkWritten(run: Run, before: RolloutStatus): void {
  const { world } = run
  const { status } = world
  if (status.phase === 'Failed' && before.phase !== 'Failed') checkFailure(run)
  if (status.phase === 'Succeeded' && before.phase !== 'Succeeded' && !isSteady(before.phase)) {
    checkNoTraffic(world, 'a rollout that has ended')
  }
  const isNew = status.lastAppliedSpec !== before.lastAppliedSpec || hasOtherConfigs(status, before)
  // Nothing begins in a suspension, which notes that configs have changed.
  if (world.spec.suspend) return
  if (status.phase === 'Progressing' && (isNew || !isAnalysing(before.phase))) {
    checkNoTraffic(world, 'a revision that begins')
    const { canaryWeight, failedChecks, iterations } = status
    assert.deepEqual([canaryWeight, failedChecks, iterations], [0, 0, 0], 'a revision begins from nothing')
  }
}

function hasOtherConfigs(a: RolloutStatus, b: RolloutStatus): boolean {
  return JSON.stringify(a.trackedConfigs ?? {}) !== JSON.stringify(b.trackedConfigs ?? {})
}

function checkNoTraffic({ routes, router }: World, who: string): void {
  if (!router.splitsTraffic) return
  assert.deepEqual(routes, { primaryWeight: 100, canaryWeight: 0, mirrored: false }, `${who} has no traffic`)
}

/** A failure ends with everything on the primary, but for a promotion whose canary is all that answers. */
function checkFailure({ world, nowMs }: Run): void {
  if (world.status.canaryWeight > 0) {
    assert.equal(world.routes.canaryWeight, 100)
    assert.ok(readyPods(world.target, nowMs) > 0, 'traffic stays with a canary that answers')
    return
  }
  checkNoTraffic(world, 'a refused revision')
  assert.equal(world.target.desired, 0, 'a refused revision has no pods')
}

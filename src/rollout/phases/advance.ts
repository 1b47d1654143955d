/** The step that a passed check earns, by strategy; the last one leads to the promotion. */
import { routeTo } from '../affinity.ts'
import type { Action, Announcement, Decision } from '../decision.ts'
import { advance, alert, copying, normal, warning } from '../events.ts'
import { consult, gateEvent } from '../hooks.ts'
import type { Live } from '../live.ts'
import { act, ask, pollMs, type Rule, wait } from '../reply.ts'
import type { Strategy } from '../spec.ts'
import { changed, later, stepFrom, toPhase } from '../transition.ts'
import { allToCanary, allToPrimary, highestWeight, isFirstStep, nextWeight, routesAt } from '../weights.ts'
import { awaitWayBack } from './end.ts'
import { resetRoutes } from './reset-routes.ts'

/** Takes the step. `news` is what the check has to say. */
export function advanceStep(o: Live, news: readonly Announcement[]): Decision {
  const isTold = o.pace === 'upstream' || isFirstStep(o.spec, o.status, o.routes)
  const all = [...news, ...(isTold ? o.spec.overrides.map(text => warning(text)) : [])]
  const { strategy } = o.spec
  switch (strategy.kind) {
    case 'canary':
      return raiseWeight(o, strategy, all)
    case 'ab-testing':
      return iterateAbTest(o, strategy, all)
    case 'blue-green':
      return iterateBlueGreen(o, strategy, all)
  }
}

function raiseWeight(o: Live, strategy: Strategy & { kind: 'canary' }, news: readonly Announcement[]): Decision {
  // Mirroring that was begun and not written down begins with this step.
  const mirrored = o.routes.mirrored && !isFirstStep(o.spec, o.status, o.routes)
  // Flagger shows 0 while it waits for a promotion; the routes know better.
  const weight = o.status.phase === 'WaitingPromotion' ? o.routes.canaryWeight : o.status.canaryWeight
  const gate =
    mirrored || o.status.phase === 'WaitingPromotion'
      ? ({ kind: 'passed', announce: [] } as const)
      : consult(o, 'confirm-traffic-increase', 'Progressing', `${o.status.lastAppliedSpec ?? ''}/${weight}`)
  const rule = { rule: 'confirm-traffic-increase', text: 'The check passed: more traffic waits for approval.' }
  if (gate.kind === 'ask') return ask(o, rule, [gate.question])
  if (gate.kind === 'failed') {
    const reset = resetRoutes(o)
    if (reset) return reset
    const muted = gate.hook.muteAlert ? [] : [alert('warn', 'Canary traffic increase is waiting for approval.')]
    return wait(o, rule, 'approval', {
      waitsFor: `approval by ${gate.hook.name}`,
      announce: [...news, ...gate.announce, gateEvent(o, 'traffic increase approval', gate.hook), ...muted],
      until: gate.askAgainAt,
    })
  }
  const announce = [...news, ...gate.announce]
  if (weight >= strategy.maxWeightPercent) return confirmPromotion(o, announce)
  if (strategy.mirror && o.router.mirrors && isFirstStep(o.spec, o.status, o.routes))
    return toWeight(o, 0, true, announce)
  // From a weight that was edited by hand a step may lead beyond all of them.
  const next = nextWeight(strategy.steps, weight) ?? strategy.maxWeightPercent
  return toWeight(o, Math.min(next, highestWeight(strategy)), false, announce)
}

function toWeight(o: Live, percent: number, mirrored: boolean, news: readonly Announcement[]): Decision {
  // Somebody may have given the canary more by hand.
  const stuck = percent < o.routes.canaryWeight ? awaitWayBack(o) : undefined
  if (stuck) return stuck
  const { action, status } = routeTo(o, { ...routesAt(percent), mirrored })
  return act(
    o,
    { rule: 'raise-weight', text: `The check passed: the canary gets ${percent}% of the traffic.` },
    {
      actions: [action],
      status: changed(o, { ...status, canaryWeight: percent, ...stepFrom(o, o.spec.intervalMs) }),
      announce: [...news, advance(o.spec, `canary weight ${percent}`)],
    },
  )
}

function iterateAbTest(o: Live, strategy: Strategy & { kind: 'ab-testing' }, news: readonly Announcement[]): Decision {
  const done = iterationsDone(o, strategy.iterations)
  if (done >= strategy.iterations) return confirmPromotion(o, news)
  const { action, status } = routeTo(o, allToCanary)
  return iterate(o, done + 1, [action], status, [
    ...news,
    advance(o.spec, `canary iteration ${done + 1}/${strategy.iterations}`),
  ])
}

/** Iterations without live traffic first, then one interval with all of it, and a gate before each of the two moves. */
function iterateBlueGreen(
  o: Live,
  strategy: Strategy & { kind: 'blue-green' },
  news: readonly Announcement[],
): Decision {
  const done = iterationsDone(o, strategy.iterations)
  const mirrors = strategy.mirror && o.router.mirrors
  if (done < strategy.iterations) {
    const stuck = mirrors && !o.routes.mirrored ? awaitWayBack(o) : undefined
    if (stuck) return stuck
    const mirror: Action[] =
      mirrors && !o.routes.mirrored ? [routeTo(o, { ...allToPrimary, mirrored: true }).action] : []
    const event = advance(o.spec, `canary iteration ${done + 1}/${strategy.iterations}`)
    return iterate(o, done + 1, mirror, {}, [...news, event])
  }
  if (done > strategy.iterations) return confirmPromotion(o, news)
  const gate = awaitPromotionGate(o, news)
  if ('decision' in gate) return gate.decision
  if (!o.router.splitsTraffic) return iterate(o, done + 1, [], {}, gate.news)
  const message = mirrors ? 'Stop traffic mirroring and route all traffic to canary' : 'Routing all traffic to canary'
  return iterate(o, done + 1, [routeTo(o, allToCanary).action], {}, [...gate.news, normal(message)])
}

/** Flagger takes one off, or even goes to -1, while it waits for a promotion. */
function iterationsDone(o: Live, iterations: number): number {
  return o.status.phase === 'WaitingPromotion' ? Math.max(o.status.iterations, iterations) : o.status.iterations
}

function iterate(
  o: Live,
  iterations: number,
  actions: readonly Action[],
  status: Partial<Live['status']>,
  announce: readonly Announcement[],
): Decision {
  return act(
    o,
    { rule: 'iterate', text: `The check passed: iteration ${iterations} begins.` },
    { actions, status: changed(o, { ...status, iterations, ...stepFrom(o, o.spec.intervalMs) }), announce },
  )
}

function confirmPromotion(o: Live, news: readonly Announcement[]): Decision {
  const gate = awaitPromotionGate(o, news)
  if ('decision' in gate) return gate.decision
  const rule = { rule: 'promote', text: 'The analysis is complete: the primary gets the new revision.' }
  return toPromoting(o, rule, gate.news)
}

/** The step to phase Promoting. */
export function toPromoting(o: Live, rule: Rule, news: readonly Announcement[]): Decision {
  const minReplicas = promotedReplicas(o)
  // The floor is there before the primary rolls, so that it has its full size when traffic returns.
  const floor: Action[] = o.spec.autoscaler ? [{ kind: 'syncPrimaryScaler', minReplicas }] : []
  const canaryWeight = o.router.splitsTraffic ? shownWeight(o) : 0
  return act(o, rule, {
    actions: [...floor, { kind: 'promote', revision: o.target.revision, minReplicas }],
    status: toPhase(o, 'Promoting', { ...stepFrom(o, 0), canaryWeight }),
    announce: [...news, copying(o.spec)],
  })
}

/** The status shows the weight only where the strategy is about weights. */
function shownWeight(o: Live): number {
  return o.spec.strategy.kind === 'canary' ? o.routes.canaryWeight : o.status.canaryWeight
}

/** Full size: what the autoscaler had given the primary before the rollout, or what the user asks for. */
export function promotedReplicas({ spec, primary, target, status }: Live): number {
  const now = primary?.desiredReplicas ?? 1
  return Math.max(1, spec.autoscaler ? Math.max(now, status.primaryReplicas ?? 0) : target.desiredReplicas || now)
}

function awaitPromotionGate(
  o: Live,
  news: readonly Announcement[],
): { readonly decision: Decision } | { readonly news: readonly Announcement[] } {
  const gate = consult(
    o,
    'confirm-promotion',
    'Progressing',
    `${o.status.lastAppliedSpec ?? ''}/${o.status.iterations}`,
  )
  const rule = { rule: 'confirm-promotion', text: 'The analysis is complete: the promotion waits for approval.' }
  if (gate.kind === 'passed') return { news: [...news, ...gate.announce] }
  if (gate.kind === 'ask') return { decision: ask(o, rule, [gate.question]) }
  if (o.status.phase === 'WaitingPromotion') {
    const waitsFor = `approval by ${gate.hook.name}`
    return { decision: wait(o, rule, 'approval', { waitsFor, announce: news, until: gate.askAgainAt }) }
  }
  const reset = resetRoutes(o)
  if (reset) return { decision: reset }
  const muted = gate.hook.muteAlert ? [] : [alert('warn', 'Canary promotion is waiting for approval.')]
  return {
    decision: act(o, rule, {
      // The check that led here counts until the next interval is over.
      status: toPhase(o, 'WaitingPromotion', { checkDueAt: o.status.checkDueAt ?? o.now.toISOString() }),
      announce: [...news, ...gate.announce, gateEvent(o, 'promotion approval', gate.hook), ...muted],
      ...(o.pace === 'event' ? { requeueAt: later(o.now, pollMs(o)) } : {}),
    }),
  }
}

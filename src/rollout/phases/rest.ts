/** Between rollouts: a new revision is looked for, everything else is left alone. */
import { type Change, changeOf, isSameRevision } from '../change.ts'
import type { Action, Announcement, Decision } from '../decision.ts'
import { alert, normal, targetName, warning } from '../events.ts'
import { answerTo, consult, consultRollback, gateEvent, postRolloutEvents } from '../hooks.ts'
import {
  canReturnToPrimary,
  hasTraffic,
  isReachable,
  isScalable,
  type Live,
  noWayBack,
  startReplicas,
} from '../live.ts'
import { awaited, primaryReadiness } from '../readiness.ts'
import { wakePrimary } from '../repair.ts'
import { act, afterCorrection, ask, earliest, wait } from '../reply.ts'
import { later, stepFrom, toPhase, toPhaseOf } from '../transition.ts'
import { dropOldPods, idle, restorePrimary, rollBackByHand, takeTrafficBack } from './end.ts'
import { notePrimaryUnready, noteReady } from './note-readiness.ts'
import { resumePromotion } from './promote.ts'

/** The next step of a Canary that is Initialized, Succeeded, Failed or Waiting for its approval. */
export function rest(o: Live): Decision {
  return finishHooks(o) ?? resumePromotion(o) ?? byChange(o, changeOf(o, o.target))
}

function byChange(o: Live, change: Change): Decision {
  switch (change) {
    case 'new':
      // Its pods may be there already, where those of the revision before it were left with the traffic.
      return (canReturnToPrimary(o) ? takeBack(o) : undefined) ?? awaitPrimary(o) ?? awaitTraffic(o) ?? awaitApproval(o)
    case 'promoted':
      return adopt(o)
    case 'none':
      return o.status.phase === 'Waiting'
        ? withdraw(o)
        : (takeBack(o) ?? scaleDownIdle(o) ?? noteReady(o, 'primary') ?? newRevision(o))
  }
}

/** Hooks that follow the end are called until they answered, over a restart of the engine too. */
function finishHooks(o: Live): Decision | undefined {
  const { pendingHooks, ...status } = o.status
  if (!pendingHooks) return undefined
  const about = `${status.lastAppliedSpec ?? ''}/${status.lastTransitionTime ?? ''}`
  const hooks = consult(o, 'post-rollout', pendingHooks, about)
  const rule = { rule: 'post-rollout', text: 'The rollout has ended: its post-rollout hooks are called.' }
  const results = answerTo(o, `post-rollout/${about}`)?.results ?? []
  // Their answer changes nothing, so one that failed is not asked again.
  if (hooks.kind === 'ask' && results.length === 0) return ask(o, rule, [hooks.question])
  return act(o, rule, { status, announce: postRolloutEvents(results), requeueAt: o.now })
}

/** The target is at what the primary runs: the status says so, and there is nothing to analyse. */
function adopt(o: Live): Decision {
  const { phase } = o.status
  const about = { lastAppliedSpec: o.target.revision, lastPromotedSpec: o.target.revision }
  const counters = { failedChecks: o.status.failedChecks }
  const restore = isSameRevision(o.status.lastAppliedSpec, o.target) ? [] : restorePrimary(o)
  return act(
    o,
    {
      rule: 'already-promoted',
      text: 'The target is at the revision that the primary runs: there is nothing to analyse.',
    },
    {
      actions: restore,
      status: toPhaseOf(o, o.target, phase === 'Waiting' ? 'Succeeded' : phase, { ...counters, ...about }),
    },
  )
}

/** The revision that waited for approval is gone again: what the target has now was promoted, or refused, before. */
function withdraw(o: Live): Decision {
  const isPromoted = o.primaryRunsTarget || isSameRevision(o.status.lastPromotedSpec, o.target)
  return act(
    o,
    { rule: 'withdrawn', text: 'The target went back to the revision before the one that waits for approval.' },
    { status: toPhase(o, isPromoted ? 'Succeeded' : 'Failed') },
  )
}

/** Nobody may have traffic between rollouts but the primary. */
function takeBack(o: Live): Decision | undefined {
  if (!hasTraffic(o)) return undefined
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  const status = { ...o.status, ...back.status, canaryWeight: 0 }
  return act(
    o,
    {
      rule: 'take-back',
      text: 'The canary has traffic although nothing is rolled out: it goes back to the primary.',
    },
    { actions: back.actions, status, requeueAt: afterCorrection(o) },
  )
}

/** Something other than a rollout scaled the target up; it has no traffic to answer. */
function scaleDownIdle(o: Live): Decision | undefined {
  if (!isScalable(o.spec) || o.target.desiredReplicas === 0) return undefined
  // Whoever scaled it up because the primary is down has a reason.
  if (hasTraffic(o) || !isReachable(o, 'primary')) return undefined
  return act(
    o,
    { rule: 'idle-target', text: 'The target was scaled up although nothing is rolled out: it goes back to zero.' },
    { actions: idle(o), requeueAt: afterCorrection(o) },
  )
}

function newRevision(o: Live): Decision {
  return wait(o, { rule: 'idle', text: 'Nothing has changed.' }, 'newRevision', {
    waitsFor: 'a new revision of the target',
  })
}

/** A primary that may still come up is waited for; one that cannot is what the new revision may have to repair. */
function awaitPrimary(o: Live): Decision | undefined {
  const readiness = primaryReadiness(o.primary, o)
  if (readiness.ready) return noteReady(o, 'primary')
  if (o.spec.skipAnalysis || !readiness.retriable) return undefined
  const noted = notePrimaryUnready(o, readiness)
  if (noted) return noted
  return wait(
    o,
    { rule: 'primary-unready', text: `A new revision waits for the primary: ${readiness.message}.` },
    'primary',
    {
      waitsFor: awaited('primary', readiness),
      announce: [warning(readiness.message)],
      until: later(o.now, o.spec.intervalMs),
    },
  )
}

/** After a failed promotion the canary answers all requests; the new revision begins without them, or not at all. */
function awaitTraffic(o: Live): Decision | undefined {
  if (canReturnToPrimary(o)) return undefined
  const message = noWayBack(o)
  return (
    wakePrimary(o) ??
    wait(o, { rule: 'no-way-back', text: `A new revision waits: ${message}.` }, 'primary', {
      waitsFor: 'the primary to answer, or the promoted revision in the target',
      announce: [warning(message)],
    })
  )
}

function awaitApproval(o: Live): Decision {
  const { phase } = o.status
  const rollback = phase === 'Waiting' ? consultRollback(o) : undefined
  const gate = consult(o, 'confirm-rollout', phase, o.target.revision)
  const rule = { rule: 'confirm-rollout', text: 'A new revision waits for the approval of its rollout.' }
  if (rollback?.kind === 'answered' && rollback.isWanted) return rollBackByHand(o, rollback.announce, o.target)
  if (gate.kind === 'ask' || rollback?.kind === 'ask') {
    const asked = ask(o, rule, [
      ...(rollback?.kind === 'ask' ? [rollback.question] : []),
      ...(gate.kind === 'ask' ? [gate.question] : []),
    ])
    // A gate that takes its time does not keep people from a rollback.
    return rollback?.kind === 'answered' && rollback.askAgainAt ? { ...asked, requeueAt: rollback.askAgainAt } : asked
  }
  if (gate.kind === 'passed') return start(o, gate.announce)
  const until = earliest(gate.askAgainAt, rollback?.askAgainAt)
  if (phase === 'Waiting') {
    return wait(o, { ...rule, text: `The gate ${gate.hook.name} is closed.` }, 'approval', {
      waitsFor: `approval by ${gate.hook.name}`,
      ...(until ? { until } : {}),
    })
  }
  const news = gate.hook.muteAlert ? [] : [alert('warn', 'Canary is waiting for approval.')]
  return act(o, rule, {
    status: toPhase(o, 'Waiting'),
    announce: [...gate.announce, gateEvent(o, 'approval', gate.hook), ...news],
  })
}

/** All traffic is on the primary: what had it before was taken back. */
function start(o: Live, gates: readonly Announcement[]): Decision {
  // Less traffic would shrink the primary, which has to take it all back at any moment.
  const hold: Action[] = o.primary ? [{ kind: 'holdPrimaryFloor', minReplicas: o.primary.desiredReplicas }] : []
  const resume: Action[] = o.spec.autoscaler ? [...hold, { kind: 'resumeTargetScaler' }] : []
  const scale: Action[] =
    isScalable(o.spec) && o.target.desiredReplicas === 0 ? [{ kind: 'scaleTarget', replicas: startReplicas(o) }] : []
  const replicas = o.primary?.desiredReplicas
  const overrides = o.pace === 'event' ? o.spec.overrides.map(text => warning(text)) : []
  return act(
    o,
    { rule: 'start', text: 'The target has a new revision: the canary is scaled up.' },
    {
      actions: [...resume, ...dropOldPods(o), ...scale],
      status: toPhaseOf(o, o.target, 'Progressing', {
        ...stepFrom(o, 0),
        ...(replicas ? { primaryReplicas: replicas } : {}),
      }),
      announce: [
        ...gates,
        normal(`New revision detected! Scaling up ${targetName(o.spec)}`, 'Progressing'),
        alert('info', 'New revision detected, progressing canary analysis.', true),
        ...overrides,
      ],
    },
  )
}

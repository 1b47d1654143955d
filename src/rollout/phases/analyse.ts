/** The analysis: one check an interval, and a step forward for each that passes. */

import { routeTo } from '../affinity.ts'
import { changeOf } from '../change.ts'
import type { Announcement, Decision } from '../decision.ts'
import { alert, canaryName, halt, normal, targetName, warning } from '../events.ts'
import { type Evidence, evidenceOf } from '../evidence.ts'
import { consultRollback } from '../hooks.ts'
import { hasTraffic, isReachable, isScalable, type Live, startReplicas } from '../live.ts'
import type { Side } from '../observed.ts'
import { awaited, canaryReadiness, primaryReadiness, type Readiness, type Unready } from '../readiness.ts'
import { act, afterCorrection, ask, earliest, wait } from '../reply.ts'
import {
  changed,
  isOutdated,
  later,
  metricsUnavailableSince,
  precise,
  stepFrom,
  toPhase,
  whatFollows,
  withMetricsUnavailable,
} from '../transition.ts'
import { allToPrimary, isFirstStep } from '../weights.ts'
import { advanceStep, toPromoting } from './advance.ts'
import { endReverted, restart, rollBack, rollBackByHand } from './end.ts'
import { noteCanaryUnready, notePrimaryUnready, noteReady } from './note-readiness.ts'
import { correctionOf, isStepUnwritten, resetRoutes } from './reset-routes.ts'
import { skip } from './skip.ts'

/** The next step in phase Progressing or WaitingPromotion. What ends the rollout comes before what advances it. */
export function analyse(o: Live): Decision {
  return (
    byRevision(o) ??
    byPromotion(o) ??
    byPods(o) ??
    (o.spec.skipAnalysis ? skip(o) : (byFailedChecks(o) ?? askingRollback(o, check(o))))
  )
}

function byRevision(o: Live): Decision | undefined {
  switch (changeOf(o, o.target)) {
    case 'promoted':
      return endReverted(o)
    case 'new':
      return restart(o, stepFrom(o, 0))
    case 'none':
      return undefined
  }
}

/**
 * Only a promotion gives the primary this revision: one that died before it was written down goes on. It copies once
 * more, because it may have died between the configs and the pods that read them.
 */
function byPromotion(o: Live): Decision | undefined {
  if (o.spec.skipAnalysis || !o.primaryRunsTarget) return undefined
  const text = 'The primary has the new revision: the promotion that began goes on.'
  return toPromoting(o, { rule: 'promotion-begun', text }, [])
}

/** A canary that cannot come up ends the rollout; anything else that lacks pods is waited for. */
function byPods(o: Live): Decision | undefined {
  const canary = canaryReadiness(o.target, o)
  const isScaledDown = isScalable(o.spec) && o.target.desiredReplicas === 0
  if (!isScaledDown && !canary.ready && !canary.retriable) return canaryIsBroken(o, canary.message)
  const isLost = isScaledDown || !isReachable(o, 'canary')
  const hasShare = hasTraffic(o) && o.routes.canaryWeight > 0
  if (isLost && hasShare && isReachable(o, 'primary')) return leaveLost(o, canary)
  const byChecks = () => (o.spec.skipAnalysis ? undefined : byFailedChecks(o))
  if (isScaledDown) return byChecks() ?? scaleUpAgain(o)
  const primary = primaryReadiness(o.primary, o)
  const noted = (canary.ready && noteReady(o, 'canary')) || (primary.ready && noteReady(o, 'primary'))
  if (noted) return noted
  // A primary that is broken for good does not hold up the revision that may repair it.
  if (!o.spec.skipAnalysis && !primary.ready && primary.retriable) {
    return notePrimaryUnready(o, primary) ?? awaitReady(o, 'primary', primary)
  }
  return canary.ready ? undefined : (byChecks() ?? noteCanaryUnready(o, canary) ?? awaitReady(o, 'canary', canary))
}

/** Pods of before go first: they may have read configs that have changed since. */
function scaleUpAgain(o: Live): Decision {
  if (!o.target.isGenerationObserved || o.target.replicas > 0) {
    return wait(o, { rule: 'canary-leaves', text: 'The pods that the canary had are going.' }, 'canary', {
      waitsFor: 'the end of the pods of before',
      until: later(o.now, o.spec.intervalMs),
    })
  }
  return act(
    o,
    { rule: 'scale-up-again', text: 'The canary has no pods in the middle of its rollout: it gets some.' },
    { actions: [{ kind: 'scaleTarget', replicas: startReplicas(o) }], requeueAt: afterCorrection(o) },
  )
}

/** Nobody answers the canary's share: the primary takes it, and what was earned has to be earned again. */
function leaveLost(o: Live, readiness: Readiness): Decision {
  const { action, status } = routeTo(o, allToPrimary)
  const why = readiness.ready ? `${targetName(o.spec)} has no pods` : readiness.message
  return act(
    o,
    {
      rule: 'canary-lost',
      text: 'Nothing answers for the canary: its traffic goes back and its analysis begins again.',
    },
    {
      actions: [action],
      status: toPhase(o, 'Progressing', {
        ...status,
        canaryWeight: 0,
        iterations: 0,
        failedChecks: o.status.failedChecks + 1,
        ...stepFrom(o, 0),
      }),
      announce: [halt(o.spec, why), normal('Routing all traffic to primary')],
    },
  )
}

function canaryIsBroken(o: Live, message: string): Decision {
  return rollBack(o, { rule: 'canary-broken', text: `The canary cannot become ready: ${message}.` }, [
    warning(message),
    alert('error', `Progress deadline exceeded ${message}`),
  ])
}

function awaitReady(o: Live, who: Side, readiness: Unready): Decision {
  return wait(o, { rule: `${who}-unready`, text: `The ${who} is not ready: ${readiness.message}.` }, who, {
    waitsFor: awaited(who, readiness),
    announce: [warning(readiness.message)],
    until: later(o.now, o.spec.intervalMs),
  })
}

function byFailedChecks(o: Live): Decision | undefined {
  const { failedChecks } = o.status
  if (failedChecks < o.spec.failedChecksThreshold) return undefined
  return rollBack(o, { rule: 'too-many-failed-checks', text: `${failedChecks} checks failed.` }, [
    warning(`Rolling back ${canaryName(o.spec)} failed checks threshold reached ${failedChecks}`),
    alert('error', `Failed checks threshold reached ${failedChecks}`),
  ])
}

/** A hook that takes its time does not keep people from a rollback: theirs are asked again meanwhile. */
function askingRollback(o: Live, decision: Decision): Decision {
  if (decision.kind !== 'ask') return decision
  const rollback = consultRollback(o)
  if (rollback.kind === 'ask' || !rollback.askAgainAt) return decision
  return { ...decision, requeueAt: rollback.askAgainAt }
}

/** Without metrics a rollout holds, but not for ever. */
function byMetricsDeadline(o: Live): Decision | undefined {
  const since = metricsUnavailableSince(o.status)
  if (!since || o.now.getTime() < since.getTime() + o.spec.progressDeadlineMs) return undefined
  const message = `no metrics for ${o.spec.progressDeadlineMs / 1000}s`
  return rollBack(o, { rule: 'no-metrics', text: `The metric provider could not be asked within the deadline.` }, [
    warning(`Rolling back ${canaryName(o.spec)} progress deadline exceeded ${message}`),
    alert('error', `Progress deadline exceeded ${message}`),
  ])
}

function check(o: Live): Decision {
  const rollback = consultRollback(o)
  if (rollback.kind === 'answered' && rollback.isWanted) return rollBackByHand(o, rollback.announce)
  const questions = rollback.kind === 'ask' ? [rollback.question] : []
  const dueAt = checkDueAt(o)
  if (dueAt > o.now) {
    if (o.pace === 'event') {
      const reset = resetRoutes(o)
      if (reset) return reset
    }
    return questions.length > 0 ? askRollback(o, questions) : awaitEvidence(o, dueAt, rollback)
  }
  const evidence = evidenceOf(o)
  const isOpen = evidence.kind === 'ask' || evidence.kind === 'failed'
  if (evidence.kind !== 'passed' && !(isOpen && isStepUnwritten(o))) {
    const reset = resetRoutes(o)
    if (reset) return reset
  }
  const announced = rollback.kind === 'answered' ? rollback.announce : []
  switch (evidence.kind) {
    case 'ask':
      return ask(o, { rule: 'check', text: 'The interval of this step is over: its check is made.' }, [
        ...questions,
        ...evidence.questions,
      ])
    case 'unreachable':
      return questions.length > 0
        ? askRollback(o, questions)
        : (byMetricsDeadline(o) ?? holdWithoutMetrics(o, evidence.message, evidence.askAgainAt))
    case 'failed':
      return failCheck(o, evidence, announced)
    case 'passed':
      return questions.length > 0 ? askRollback(o, questions) : advanceStep(o, [...announced, ...evidence.announce])
  }
}

/** A step that was taken without having been earned is taken back with it. */
function failCheck(
  o: Live,
  { why, announce }: Evidence & { kind: 'failed' },
  announced: readonly Announcement[],
): Decision {
  const correction = correctionOf(o)
  const dueAt = later(o.now, o.spec.intervalMs)
  // The first step has not been taken: a check that is due when it begins says so.
  const isFirst = isFirstStep(o.spec, o.status, o.routes)
  const stepStartedAt = isFirst ? dueAt : correction ? o.now : undefined
  return act(
    o,
    { rule: 'check-failed', text: `The check failed: ${why}.` },
    {
      actions: correction ? [correction.action] : [],
      status: changed(o, {
        ...correction?.status,
        failedChecks: o.status.failedChecks + 1,
        checkDueAt: precise(dueAt),
        ...(stepStartedAt ? { stepStartedAt: precise(stepStartedAt) } : {}),
      }),
      announce: [...announced, ...announce, ...(correction?.announce ?? [])],
    },
  )
}

function askRollback(o: Live, questions: Parameters<typeof ask>[2]): Decision {
  return ask(o, { rule: 'rollback-hook', text: 'The rollback hooks are asked.' }, questions)
}

function awaitEvidence(o: Live, dueAt: Date, rollback: ReturnType<typeof consultRollback>): Decision {
  const until = earliest(dueAt, rollback.kind === 'answered' ? rollback.askAgainAt : undefined) ?? dueAt
  return wait(o, { rule: 'evidence', text: 'The interval of this step is not over yet.' }, 'evidence', {
    waitsFor: 'samples of a whole interval',
    until,
  })
}

/** Not knowing is no failed check: the weights stay, a condition says why. */
function holdWithoutMetrics(o: Live, message: string, askAgainAt: Date): Decision {
  const text = `The metric provider cannot be asked: ${message}; ${whatFollows(o)}.`
  const rule = { rule: 'no-metrics', text }
  if (isOutdated(o, message)) {
    return act(o, rule, { status: withMetricsUnavailable(o, message), announce: [warning(message)] })
  }
  return wait(o, rule, 'metrics', {
    waitsFor: 'the metric provider',
    announce: o.pace === 'upstream' ? [warning(message)] : [],
    until: askAgainAt,
  })
}

/** At upstream's pace each tick is due. Upstream's time of the last write has whole seconds: the rest is added. */
function checkDueAt(o: Live): Date {
  if (o.pace === 'upstream') return o.now
  const { checkDueAt: dueAt, lastTransitionTime } = o.status
  if (dueAt !== undefined) return new Date(dueAt)
  return lastTransitionTime === undefined ? o.now : later(new Date(lastTransitionTime), o.spec.intervalMs + 999)
}

/** Gates and hooks: whether they have answered, what they said, and when to ask them again. */
import type { Announcement, Question } from './decision.ts'
import { halt, normal, warning } from './events.ts'
import type { HookResult, Observed } from './observed.ts'
import { pollMs } from './reply.ts'
import type { Hook, HookType } from './spec.ts'
import type { Phase } from './status.ts'
import { later } from './transition.ts'

/** What the hooks of one type say together. Without hooks they pass. */
export type Consulted =
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'passed'; readonly announce: readonly Announcement[] }
  | {
      readonly kind: 'failed'
      readonly hook: Hook
      readonly result: HookResult
      /** The events of the hooks before it that passed. */
      readonly announce: readonly Announcement[]
      readonly askAgainAt: Date
    }

/** How events name a type that passed. Others pass without a word. */
const passedWords: Partial<Record<HookType, string>> = {
  'confirm-rollout': 'Confirm-rollout',
  'pre-rollout': 'Pre-rollout',
  'confirm-traffic-increase': 'Confirm-traffic-increase',
  'confirm-promotion': 'Confirm-promotion',
  'post-rollout': 'Post-rollout',
}

/**
 * Asks the hooks of a type until one fails. `about` names what the answers hold for: with another value they are asked
 * anew.
 */
export function consult(o: Observed, type: HookType, phase: Phase, about: string): Consulted {
  const hooks = o.spec.hooks.filter(hook => hook.type === type)
  if (hooks.length === 0) return { kind: 'passed', announce: [] }
  const key = `${type}/${about}`
  const question: Question = { kind: 'hooks', key, type, hooks, until: 'firstFailure', phase }
  const answer = answerTo(o, key)
  if (!answer) return { kind: 'ask', question }
  const failedAt = hooks.findIndex((hook, i) => !(answer.results[i]?.passed && answer.results[i].hook === hook.name))
  if (failedAt < 0) {
    return isFresh(o, answer.at, o.spec.intervalMs)
      ? { kind: 'passed', announce: passedEvents(type, hooks) }
      : { kind: 'ask', question }
  }
  const hook = hooks[failedAt]
  const result = answer.results[failedAt]
  // A list that does not fit belongs to a spec from before an edit.
  if (!hook || result?.hook !== hook.name || !isFresh(o, answer.at, pollMs(o))) return { kind: 'ask', question }
  const announce = passedEvents(type, hooks.slice(0, failedAt))
  return { kind: 'failed', hook, result, announce, askAgainAt: later(answer.at, pollMs(o)) }
}

/** Whether a person asks for a rollback, and the events of having asked. */
export function consultRollback(o: Observed):
  | { readonly kind: 'ask'; readonly question: Question }
  | {
      readonly kind: 'answered'
      readonly isWanted: boolean
      readonly announce: readonly Announcement[]
      readonly askAgainAt?: Date
    } {
  const hooks = o.spec.hooks.filter(hook => hook.type === 'rollback')
  if (hooks.length === 0) return { kind: 'answered', isWanted: false, announce: [] }
  const key = `rollback/${o.status.lastAppliedSpec ?? ''}`
  const answer = answerTo(o, key)
  if (!answer || !isFresh(o, answer.at, pollMs(o))) {
    return {
      kind: 'ask',
      question: { kind: 'hooks', key, type: 'rollback', hooks, until: 'firstPass', phase: o.status.phase },
    }
  }
  const announce = answer.results.map(({ hook, passed }) =>
    passed ? warning(`Rollback check ${hook} passed`) : normal(`Rollback hook ${hook} not signaling a rollback`),
  )
  const isWanted = answer.results.some(result => result.passed)
  return { kind: 'answered', isWanted, announce, askAgainAt: later(answer.at, pollMs(o)) }
}

/** The events of post-rollout hooks; one that failed ends the list. */
export function postRolloutEvents(results: readonly HookResult[]): readonly Announcement[] {
  return results.map(({ hook, passed, message }) =>
    passed ? normal(`Post-rollout check ${hook} passed`) : warning(`Post-rollout hook ${hook} failed ${message}`),
  )
}

/** The event of a gate that is closed. */
export function gateEvent(o: Observed, waitingFor: string, hook: Hook): Announcement {
  return halt(o.spec, `waiting for ${waitingFor} ${hook.name}`)
}

/** The answer to the hooks' question with this key. */
export function answerTo(o: Observed, key: string) {
  const answer = o.answers[key]
  return answer?.kind === 'hooks' ? answer : undefined
}

/**
 * Whether what was true at `at` still counts; what comes from the future is from before the clock was set back. At
 * upstream's pace each tick starts without answers.
 */
export function isFresh(o: Observed, at: Date, forMs: number): boolean {
  const ageMs = o.now.getTime() - at.getTime()
  return o.pace === 'upstream' || (ageMs >= 0 && ageMs < forMs)
}

function passedEvents(type: HookType, hooks: readonly Hook[]): readonly Announcement[] {
  const words = passedWords[type]
  return words === undefined ? [] : hooks.map(hook => normal(`${words} check ${hook.name} passed`))
}

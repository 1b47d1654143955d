/** Puts the engine's questions, in the background, and keeps the answers until it looks at them. */
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import type { Question } from '../../rollout/decision.ts'
import type { Answer, HookResult } from '../../rollout/observed.ts'
import type { Hook } from '../../rollout/spec.ts'
import type { RolloutStatus } from '../../rollout/status.ts'
import { statusOf } from '../../rollout/status.ts'
import { newLruMap } from '../../runtime/lru-map.ts'
import { callWebhook, type WebhookPayload } from '../../webhook/webhook.ts'
import { type MeasureDeps, measure } from './measure.ts'
import type { Subject } from './subject.ts'

/** Questions under way and their answers. */
export interface Questions {
  /** Puts a question unless it is being answered already; `answered` is called when the answer is there. */
  put(key: string, subject: Subject, question: Question, answered: () => void): void
  /** Answers to questions of one Canary. */
  answers(key: string): Readonly<Record<string, Answer>>
  /** Forgets the answers, but lets go on what is under way. */
  clear(key: string): void
  /** Ends what is under way for a Canary that is gone. */
  forget(key: string): void
  /** Ends everything; resolves when all has ended. */
  close(): Promise<void>
}

/** A state asks at most a handful of questions; more are of states that have passed. */
const maxAnswers = 16
/** An answer can fail only where something is wrong with the program or the API. */
const retryMs = 1_000

interface Asked {
  readonly answers: ReturnType<typeof newLruMap<string, Answer>>
  readonly keys: Set<string>
  readonly running: Map<string, AbortController>
}

/** No question yet. */
export function newQuestions(deps: MeasureDeps): Questions {
  const canaries = new Map<string, Asked>()
  const all = new Set<Promise<void>>()
  const askedOf = (key: string): Asked => {
    const existing = canaries.get(key)
    if (existing) return existing
    const made = { answers: newLruMap<string, Answer>(maxAnswers), keys: new Set<string>(), running: new Map() }
    canaries.set(key, made)
    return made
  }
  const end = (key: string) => {
    for (const running of canaries.get(key)?.running.values() ?? []) running.abort(new Error('the Canary has gone'))
    canaries.delete(key)
  }
  return {
    put(key, subject, question, answered) {
      const asked = askedOf(key)
      if (asked.running.has(question.key)) return
      const controller = new AbortController()
      asked.running.set(question.key, controller)
      const run = answerTo(deps, subject, question, controller.signal)
        .then(
          answer => {
            asked.answers.set(question.key, answer)
            asked.keys.add(question.key)
            return 0
          },
          error => {
            if (controller.signal.aborted) return 0
            deps.log.error('a question has no answer', { canary: key, question: question.key, error })
            return retryMs
          },
        )
        .then(afterMs => {
          asked.running.delete(question.key)
          all.delete(run)
          if (controller.signal.aborted) return
          if (afterMs > 0) deps.clock.setTimer(answered, afterMs)
          else answered()
        })
      all.add(run)
    },
    answers(key) {
      const asked = canaries.get(key)
      if (!asked) return {}
      const found: Record<string, Answer> = {}
      for (const question of asked.keys) {
        const answer = asked.answers.get(question)
        if (answer) found[question] = answer
        else asked.keys.delete(question)
      }
      return found
    },
    clear(key) {
      const asked = canaries.get(key)
      for (const question of asked?.keys ?? []) asked?.answers.delete(question)
      asked?.keys.clear()
    },
    forget: end,
    async close() {
      for (const key of [...canaries.keys()]) end(key)
      await Promise.all(all)
    },
  }
}

async function answerTo(deps: MeasureDeps, subject: Subject, question: Question, signal: AbortSignal): Promise<Answer> {
  if (question.kind === 'metrics') {
    const readings = await Promise.all(question.measurements.map(m => measure(deps, subject, m, signal)))
    return { kind: 'metrics', at: deps.clock.now(), readings }
  }
  const results: HookResult[] = []
  for (const hook of question.hooks) {
    const payload = hookPayload(subject, question.phase, hook)
    const { passed, message } = await callWebhook(hook, payload, deps, signal)
    results.push({ hook: hook.name, passed, message })
    if (passed === (question.until === 'firstPass')) break
  }
  return { kind: 'hooks', at: deps.clock.now(), results }
}

function hookPayload({ spec, canary }: Subject, phase: string, { metadata }: Hook): WebhookPayload {
  const { name, namespace } = spec.canary
  return { name, namespace, phase, checksum: checksumOf(statusOf(canary.status)), metadata }
}

/** Names the revision that a call is about. */
export function checksumOf({ trackedConfigs, lastAppliedSpec }: RolloutStatus): string {
  return sha256Hex(canonicalJson([trackedConfigs ?? {}, lastAppliedSpec ?? ''])).slice(0, 16)
}

/** Moves one rollout on: look, decide, act, until there is something to wait for. */
import { Canary, type CanaryStatus } from '../../api/flagger/v1beta1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import { type Json, parseKey } from '../../apimachinery/meta.ts'
import { decide } from '../../rollout/decide.ts'
import type { Act, Action, Decision } from '../../rollout/decision.ts'
import { isProblem } from '../../rollout/observed.ts'
import { isAnalysing, type RolloutStatus } from '../../rollout/status.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isConflict, isNotFound } from '../../runtime/client.ts'
import { CacheNotReadyError } from '../../runtime/cluster-view.ts'
import type { Reconciler, Request, Result } from '../../runtime/reconcile.ts'
import type { Questions } from './ask.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Dependents } from './dependents.ts'
import { type AnnounceDeps, announce, publishProblem } from './events.ts'
import { execute } from './execute.ts'
import { failureText } from './failure.ts'
import type { WaitNews } from './news.ts'
import { type Look, observe } from './observe.ts'
import { conflictOf, isSpecError, withAccepted, withRefused } from './refuse.ts'
import { type Subject, subjectOf } from './subject.ts'

/** What the reconciler remembers between two calls, all of it dispensable: the status holds the truth. */
export interface ReconcilerDeps extends AnnounceDeps {
  readonly questions: Questions
  readonly decisions: DecisionLog
  readonly dependents: Dependents
  readonly news: WaitNews
  /** Asks for another look at a Canary. */
  readonly enqueue: (key: string) => void
}

/** More steps at once mean that two who disagree change the same object; the next look comes a little later. */
const maxSteps = 30
const pauseMs = 1_000

/** Reconciles Canaries. */
export function newCanaryReconciler(deps: ReconcilerDeps): Reconciler {
  /** At upstream's pace a tick comes once an interval, whatever happens in between. */
  const nextTickMs = new Map<string, number>()
  async function reconcile(request: Request, signal: AbortSignal): Promise<Result> {
    const { key } = request
    if (deps.settings.pace === 'upstream') {
      const waitMs = (nextTickMs.get(key) ?? 0) - deps.clock.monotonicMs()
      if (waitMs > 0 && !isGone(deps, key)) return { requeueAfterMs: waitMs }
    }
    for (let step = 0; step < maxSteps && !signal.aborted; step++) {
      const next = await takeStep(deps, request, signal)
      if (next === 'again') continue
      if (next === 'gone') {
        nextTickMs.delete(key)
        forget(deps, key)
        return {}
      }
      if (deps.settings.pace === 'upstream' && next.requeueAfterMs !== undefined) {
        nextTickMs.set(key, deps.clock.monotonicMs() + next.requeueAfterMs)
      }
      return next
    }
    return { requeueAfterMs: pauseMs }
  }
  return {
    name: 'canary',
    reconcile: (request, signal) =>
      deps.dependents.during(
        request.key,
        () => reconcile(request, signal),
        () => deps.enqueue(request.key),
      ),
  }
}

function isGone({ view }: ReconcilerDeps, key: string): boolean {
  return view.get(Canary, parseKey(key)) === undefined
}

function forget(deps: ReconcilerDeps, key: string): void {
  const { questions, decisions, dependents, news, recall, recorder, absentProviders } = deps
  recorder.forget(key)
  recall.forget(key)
  questions.forget(key)
  decisions.forget(key)
  dependents.forget(key)
  news.reset(key)
  absentProviders.forget(key)
}

async function takeStep(
  deps: ReconcilerDeps,
  request: Request,
  signal: AbortSignal,
): Promise<Result | 'again' | 'gone'> {
  const { key } = request
  const startMs = deps.clock.monotonicMs()
  const seen = look(deps, key)
  if (!seen) return 'gone'
  if ('failed' in seen) throw seen.failed
  const { canary } = seen
  if ('waitsFor' in seen) return awaitCache(deps, key, canary, seen.waitsFor)
  if ('refused' in seen) return refuse(deps, canary, seen.refused, signal)
  const { subject, observed } = seen
  if (withAccepted(canary.status)) {
    await writeStatus(deps, key, withAccepted(canary.status) ?? {}, signal)
    return 'again'
  }
  const decision = decide(observed)
  deps.decisions.add(key, observed.now, decision)
  record(deps, subject, seen)
  const next = await carryOut(deps, request, subject, decision, signal)
  if (decision.kind === 'act' && isAnalysing(observed.status.phase)) {
    deps.recorder.observeDuration(subject.spec, deps.clock.monotonicMs() - startMs)
  }
  return next
}

type Seen = { readonly canary: Canary } & (
  | (Look & { readonly subject: Subject })
  | { readonly refused: Error }
  | { readonly waitsFor: CacheNotReadyError }
  | { readonly failed: unknown }
)

/** Looks, and remembers at what, so that a change of it brings the next look. Undefined where the Canary has gone. */
function look(deps: ReconcilerDeps, key: string): Seen | undefined {
  const { value, ...reads } = deps.view.tracked((): Seen | undefined => {
    const canary = deps.view.get(Canary, parseKey(key))
    return canary && { canary, ...lookAt(deps, key, canary) }
  })
  deps.dependents.replace(key, reads)
  return value
}

function lookAt(deps: ReconcilerDeps, key: string, canary: Canary) {
  try {
    const conflict = conflictOf(deps, canary)
    if (conflict) return { refused: conflict }
    const subject = subjectOf(deps, canary)
    return { subject, ...observe(deps, subject, deps.questions.answers(key)) }
  } catch (error) {
    if (error instanceof CacheNotReadyError) return { waitsFor: error }
    if (error instanceof Error && isSpecError(error)) return { refused: error }
    return { failed: error }
  }
}

/** The cache says when it is complete, or that it cannot be; a kind that nobody has installed is told, once. */
function awaitCache(
  deps: ReconcilerDeps,
  key: string,
  canary: Canary,
  { message, isUnserved }: CacheNotReadyError,
): Result {
  deps.decisions.addError(key, deps.clock.now(), 'cache', message)
  const isNew = deps.decisions.list(key).at(-1)?.times === 1
  if (isUnserved && isNew) publishProblem(deps, canary, message)
  return {}
}

/** Waits for the next change of a Canary that cannot be carried out; nobody else's rollout is held up. */
async function refuse(deps: ReconcilerDeps, canary: Canary, error: Error, signal: AbortSignal): Promise<Result> {
  const { namespace = '', name = '' } = canary.metadata
  const key = `${namespace}/${name}`
  deps.decisions.addError(key, deps.clock.now(), 'refused', error.message)
  const status = withRefused(canary.status, error, deps.clock.now())
  if (status) {
    await writeStatus(deps, key, status, signal)
    publishProblem(deps, canary, error.message)
    deps.log.warn('a canary is refused', { canary: key, error })
  }
  return {}
}

async function carryOut(
  deps: ReconcilerDeps,
  request: Request,
  subject: Subject,
  decision: Decision,
  signal: AbortSignal,
): Promise<Result | 'again'> {
  const { key } = request
  const { clock, questions, news, settings } = deps
  switch (decision.kind) {
    case 'ask':
      for (const question of decision.questions) questions.put(key, subject, question, () => deps.enqueue(key))
      return after(deps, decision.requeueAt)
    case 'wait': {
      const isTick = settings.pace === 'upstream'
      const fresh = isTick ? decision.announce : news.of(key, decision, clock.monotonicMs(), subject.spec.intervalMs)
      for (const item of fresh) announce(deps, subject, item)
      if (isTick) questions.clear(key)
      return after(deps, decision.requeueAt)
    }
    case 'act': {
      await act(deps, request, subject, decision, signal)
      news.reset(key)
      // What a rollback hook said of a rollout that has ended must not end the next one of the same revision.
      if (settings.pace === 'upstream' || hasEnded(subject, decision)) questions.clear(key)
      const next = after(deps, decision.requeueAt)
      return next.requeueAfterMs === 0 ? 'again' : next
    }
  }
}

function hasEnded({ canary }: Subject, { status: { phase } }: Act): boolean {
  return phase !== canary.status?.phase && (phase === 'Succeeded' || phase === 'Failed')
}

/** Effects first, then the status that says that they were done, then the news. */
async function act(deps: ReconcilerDeps, request: Request, subject: Subject, decision: Act, signal: AbortSignal) {
  const { key, resting } = request
  let step: Action | 'status' = 'status'
  let written: Canary | undefined
  try {
    for (step of decision.actions) await execute(deps, subject, step, { resting, signal })
    step = 'status'
    written = await writeStatus(deps, key, decision.status, signal)
  } catch (error) {
    // Somebody else wrote first: the next look sees what.
    if (!signal.aborted && !isConflict(error)) {
      const message = failureText(subject.spec, step, error)
      deps.decisions.addError(key, deps.clock.now(), decision.because.rule, message)
      publishProblem(deps, subject.canary, message)
    }
    throw error
  }
  const after = written ? { ...subject, canary: written } : subject
  for (const item of decision.announce) announce(deps, after, item)
}

/** Writes what differs, onto the newest Canary that is known; undefined where it has gone. */
async function writeStatus(
  deps: ReconcilerDeps,
  key: string,
  status: RolloutStatus | CanaryStatus,
  signal: AbortSignal,
): Promise<Canary | undefined> {
  const current = deps.view.get(Canary, parseKey(key))
  if (!current || jsonEqual(current.status as Json | undefined, status as unknown as Json)) return current // Both are JSON.
  // A status without a phase has not begun; the engine's own type allows all that the API's does.
  try {
    const written = await patchStatus(deps.view, Canary, current, status as CanaryStatus, { signal, ifUnchanged: true })
    return written.object
  } catch (error) {
    // It went with its last finalizer, before the cache knew.
    if (isNotFound(error)) return undefined
    throw error
  }
}

function after({ clock }: ReconcilerDeps, at: Date | undefined): Result {
  return at ? { requeueAfterMs: Math.max(0, at.getTime() - clock.now().getTime()) } : {}
}

function record({ recorder }: ReconcilerDeps, { spec }: Subject, { observed }: Look): void {
  recorder.setStatus(spec, observed.status.phase)
  if (isProblem(observed.routes)) return
  const { primaryWeight, canaryWeight } = observed.routes
  recorder.setWeight(spec, { primary: primaryWeight, canary: canaryWeight })
}

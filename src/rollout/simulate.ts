/** A rollout on a virtual clock: the engine against a model of the world, from a scenario to a timeline. */
import type { Measurement, MetricReading } from '../analysis/check.ts'
import { decide } from './decide.ts'
import type { Act, Announcement, Decision, Question } from './decision.ts'
import type { Answer, HookResult, Observed } from './observed.ts'
import type { Hook } from './spec.ts'
import type { Phase } from './status.ts'
import { applyAction, nextEventAtMs, observe, readyPods, settled, type World, withRevision } from './world.ts'

/** What happens in a simulation, beside what the engine does. Times count from its beginning. */
export interface Scenario {
  readonly world: World
  /** The simulation ends here at the latest; default one day. */
  readonly endMs?: number
  /** What people do to the world, and when. */
  readonly changes?: readonly { readonly atMs: number; readonly change: (world: World, nowMs: number) => World }[]
  /** What a metric shows. Absent: everything is well. */
  readonly metric?: (measurement: Measurement, world: World, nowMs: number) => MetricReading
  /** What a webhook answers. Absent: all pass, but no rollback is asked for. */
  readonly hook?: (hook: Hook, world: World, nowMs: number) => Omit<HookResult, 'hook'>
}

/** One decision that changed or announced something. */
export interface TimelineRow {
  readonly atMs: number
  readonly rule: string
  readonly events: readonly string[]
  readonly alerts: readonly string[]
  readonly actions: readonly string[]
  readonly phase: Phase
  readonly canaryWeight: number
  readonly iterations: number
  readonly failedChecks: number
  /** `90/10`, with ` mirrored` while requests are copied. */
  readonly routes: string
  readonly targetReplicas: number
  readonly primaryReplicas: number
}

/** What a simulation leaves behind. */
export interface Timeline {
  readonly rows: readonly TimelineRow[]
  readonly world: World
  readonly endedAtMs: number
}

/** A change for {@link Scenario}: the target gets another revision. */
export function revision(name: string, atMs: number): NonNullable<Scenario['changes']>[number] {
  return { atMs, change: (world, nowMs) => withRevision(world, name, nowMs) }
}

/** Decisions at one moment; more mean that the engine runs in circles. */
const maxDecisionsAtOnce = 100

/** Runs a scenario until nothing can happen any more, or its end. Throws when the engine runs in circles. */
export function simulate(scenario: Scenario): Timeline {
  const endMs = scenario.endMs ?? 86_400_000
  const changes = [...(scenario.changes ?? [])].sort((a, b) => a.atMs - b.atMs)
  const rows: TimelineRow[] = []
  let world = scenario.world
  let nowMs = 0
  let next = 0
  let lastNews = ''
  let lookAgainMs: number | undefined
  for (;;) {
    for (let change = changes[next]; change && change.atMs <= nowMs; change = changes[++next]) {
      world = change.change(world, nowMs)
    }
    world = settled(world, nowMs)
    // At upstream's pace the world is looked at by the tick alone.
    if (world.pace === 'event' || lookAgainMs === undefined || lookAgainMs <= nowMs) {
      const look = takeSteps(scenario, world, nowMs, lastNews)
      rows.push(...look.rows)
      world = look.world
      lastNews = look.news
      lookAgainMs = look.lookAgainMs
      if (world.isGone) break
    }
    const eventMs = world.pace === 'event' ? nextEventAtMs(world, nowMs) : undefined
    const nextMs = earliestAfter(nowMs, [lookAgainMs, changes[next]?.atMs, eventMs])
    if (nextMs === undefined || nextMs > endMs) break
    nowMs = nextMs
  }
  return { rows, world, endedAtMs: nowMs }
}

interface Look {
  readonly world: World
  readonly rows: readonly TimelineRow[]
  readonly lookAgainMs?: number
  readonly news: string
}

/** Decides until the engine waits, at one moment. */
function takeSteps(scenario: Scenario, before: World, nowMs: number, newsBefore: string): Look {
  let world: World = before.pace === 'upstream' ? { ...before, answers: {} } : before
  let news = newsBefore
  const rows: TimelineRow[] = []
  for (let i = 0; i < maxDecisionsAtOnce; i++) {
    const decision = decide(observe(world, nowMs))
    if (decision.kind === 'ask') {
      world = { ...world, answers: { ...world.answers, ...answersTo(scenario, decision.questions, world, nowMs) } }
      continue
    }
    if (decision.kind === 'act') {
      world = carryOut(world, decision, nowMs)
      rows.push(rowOf(decision, world, nowMs))
      news = ''
      if (world.isGone) return { world, rows, news }
      if (decision.requeueAt.getTime() <= nowMs) continue
      return { world, rows, news, lookAgainMs: decision.requeueAt.getTime() }
    }
    const isNew = JSON.stringify(decision.announce) !== news || world.pace === 'upstream'
    if (isNew && decision.announce.length > 0) rows.push(rowOf(decision, world, nowMs))
    news = JSON.stringify(decision.announce)
    return { world, rows, news, ...(decision.requeueAt ? { lookAgainMs: decision.requeueAt.getTime() } : {}) }
  }
  throw new Error(
    `the engine took ${maxDecisionsAtOnce} steps at ${nowMs} ms without waiting, the last: ${rows.at(-1)?.rule}`,
  )
}

/** The world after a whole step. */
export function carryOut(world: World, step: Act, nowMs: number): World {
  const after = step.actions.reduce((current, action) => applyAction(current, action, nowMs), world)
  return { ...after, status: step.status }
}

/** Answers of a scenario to some questions. */
export function answersTo(
  scenario: Pick<Scenario, 'metric' | 'hook'>,
  questions: readonly Question[],
  world: World,
  nowMs: number,
): Readonly<Record<string, Answer>> {
  const at = new Date(nowMs)
  return Object.fromEntries(
    questions.map((question): [string, Answer] => {
      if (question.kind === 'hooks')
        return [question.key, { kind: 'hooks', at, results: callHooks(scenario, question, world, nowMs) }]
      const readings = question.measurements.map(
        m => scenario.metric?.(m, world, nowMs) ?? ({ kind: 'value', value: wellValue(m) } as const),
      )
      return [question.key, { kind: 'metrics', at, readings }]
    }),
  )
}

function callHooks(
  scenario: Pick<Scenario, 'hook'>,
  question: Question & { kind: 'hooks' },
  world: World,
  nowMs: number,
): HookResult[] {
  const results: HookResult[] = []
  for (const hook of question.hooks) {
    const answer = scenario.hook?.(hook, world, nowMs) ?? { passed: hook.type !== 'rollback', message: '' }
    results.push({ hook: hook.name, ...answer })
    if (answer.passed === (question.until === 'firstPass')) break
  }
  return results
}

/** A value that satisfies the metric's bounds. */
function wellValue({ metric, kind }: Measurement): number {
  return metric.range?.min ?? metric.range?.max ?? (kind === 'success-rate' ? 100 : 0)
}

function rowOf(decision: Exclude<Decision, { kind: 'ask' }>, world: World, nowMs: number): TimelineRow {
  const { status, target, primary } = world
  const { routes } = observe(world, nowMs) as Observed & { routes: World['routes'] }
  return {
    atMs: nowMs,
    rule: decision.because.rule,
    events: decision.announce.flatMap(eventText),
    alerts: decision.announce.flatMap(a => (a.kind === 'alert' ? [`${a.severity}: ${a.message}`] : [])),
    actions: decision.kind === 'act' ? decision.actions.map(actionText) : [],
    phase: status.phase,
    canaryWeight: status.canaryWeight,
    iterations: status.iterations,
    failedChecks: status.failedChecks,
    routes: `${routes.primaryWeight}/${routes.canaryWeight}${routes.mirrored ? ' mirrored' : ''}`,
    targetReplicas: target.desired,
    primaryReplicas: primary?.desired ?? 0,
  }
}

function eventText(announcement: Announcement): string[] {
  switch (announcement.kind) {
    case 'event':
      return [`${announcement.type === 'Normal' ? 'N' : 'W'} ${announcement.message}`]
    case 'probeProviders':
      return ['N all the metrics providers are available!']
    case 'alert':
    case 'ended':
      return []
  }
}

/** An action in a few words, such as `setRoutes 90/10` or `scaleTarget 3`. */
export function actionText(action: Act['actions'][number]): string {
  switch (action.kind) {
    case 'setRoutes':
      return `setRoutes ${action.primaryWeight}/${action.canaryWeight}${action.mirrored ? ' mirrored' : ''}`
    case 'scaleTarget':
    case 'scalePrimary':
    case 'createPrimary':
      return `${action.kind} ${action.replicas}`
    case 'ensurePart':
      return `ensure ${action.part}`
    case 'promote':
      return `promote ${action.revision}`
    case 'awaitDrain':
      return `awaitDrain ${action.side}`
    case 'syncPrimaryScaler':
    case 'holdPrimaryFloor':
    case 'releasePrimaryFloor':
    case 'pauseTargetScaler':
    case 'resumeTargetScaler':
    case 'addFinalizer':
    case 'removeFinalizer':
    case 'revertRouting':
      return action.kind
  }
}

function earliestAfter(nowMs: number, times: readonly (number | undefined)[]): number | undefined {
  const future = times.filter((time): time is number => time !== undefined && time > nowMs)
  return future.length > 0 ? Math.min(...future) : undefined
}

/** Whether pods of the side that has traffic answer; for checks on a finished timeline. */
export function servingPods(world: World, nowMs: number): { readonly primary: number; readonly canary: number } {
  return { primary: readyPods(world.primary, nowMs), canary: readyPods(world.target, nowMs) }
}

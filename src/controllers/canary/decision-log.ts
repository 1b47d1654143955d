/** Why rollouts are where they are: the last decisions of each Canary. */
import type { Action, Because, Decision } from '../../rollout/decision.ts'
import { newInterner } from '../../runtime/intern.ts'

/** One decision, or the same one several times in a row, with what was asked or tried in between. */
export interface DecisionEntry {
  /** RFC 3339 with milliseconds: when it was taken first, and last. */
  readonly at: string
  readonly lastAt: string
  readonly times: number
  readonly kind: Decision['kind'] | 'error'
  readonly rule: string
  readonly text: string
  readonly observed: Because['observed']
  readonly actions?: readonly string[]
  readonly waitsFor?: string
  /** RFC 3339. */
  readonly until?: string
}

/** Remembers decisions, in memory. */
export interface DecisionLog {
  add(key: string, now: Date, decision: Decision): void
  /** What kept a decision from being taken or carried out. */
  addError(key: string, now: Date, rule: string, text: string): void
  /** Oldest first; empty for a Canary that is not known. */
  list(key: string): readonly DecisionEntry[]
  forget(key: string): void
}

const maxEntries = 50

/** An empty log. */
export function newDecisionLog(): DecisionLog {
  const logs = new Map<string, DecisionEntry[]>()
  // What is said of a thousand Canaries are the same few texts, each of them just put together.
  const interner = newInterner()
  const put = (key: string, entry: DecisionEntry) => {
    interner.internIn(entry)
    const entries = logs.get(key) ?? []
    logs.set(key, entries)
    const [before, between] = entries.slice(-2)
    if (before && between && isSame(before, entry) && isRepeated(between, entry)) entries.pop()
    const last = entries.at(-1)
    if (last && isSame(last, entry)) entries.pop()
    entries.push(last && isSame(last, entry) ? { ...entry, at: last.at, times: last.times + 1 } : entry)
    if (entries.length > maxEntries) entries.shift()
  }
  return {
    add(key, now, decision) {
      const { because } = decision
      const at = now.toISOString()
      put(key, {
        at,
        lastAt: at,
        times: 1,
        kind: decision.kind,
        rule: because.rule,
        text: because.text,
        observed: because.observed,
        ...(decision.kind === 'act' ? { actions: decision.actions.map(actionText) } : {}),
        ...(because.waitsFor ? { waitsFor: because.waitsFor } : {}),
        ...(because.until ? { until: because.until.toISOString() } : {}),
      })
    },
    addError(key, now, rule, text) {
      const at = now.toISOString()
      put(key, { at, lastAt: at, times: 1, kind: 'error', rule, text, observed: {} })
    },
    list: key => logs.get(key) ?? [],
    forget: key => void logs.delete(key),
  }
}

/** A wait that was put off is the same one, and so is one that was only written down. */
function isSame(a: DecisionEntry, b: DecisionEntry): boolean {
  const isHold = ({ kind, actions }: DecisionEntry) => kind === 'wait' || (kind === 'act' && actions?.length === 0)
  const isKept = a.kind === b.kind ? a.kind !== 'act' : isHold(a) && isHold(b)
  return isKept && a.rule === b.rule && a.text === b.text
}

/** Whether what came before an entry only led to the same result again: a question, or the step that failed. */
function isRepeated(before: DecisionEntry, { kind, rule }: DecisionEntry): boolean {
  return before.kind === 'ask' || (before.kind === 'act' && kind === 'error' && before.rule === rule)
}

/** `setRoutes 90/10`: an action in one line. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'ensurePart':
      return `ensure ${action.part}`
    case 'setRoutes':
      return `setRoutes ${action.primaryWeight}/${action.canaryWeight}${action.mirrored ? ' mirrored' : ''}`
    case 'createPrimary':
    case 'scaleTarget':
    case 'scalePrimary':
      return `${action.kind} ${action.replicas}`
    case 'promote':
      return `promote ${action.revision}`
    case 'awaitDrain':
      return `awaitDrain ${action.side}`
    case 'syncPrimaryScaler':
    case 'holdPrimaryFloor':
      return `${action.kind} ${action.minReplicas}`
    default:
      return action.kind
  }
}

/** What a rollout's engine says of it, as text. */
import type { DecisionEntry } from '../manager/agent-decisions.ts'

/** Whom to ask, about what. */
export interface ExplainedRollout {
  /** Base URL of the engine. Absent: it is not known. */
  readonly engine?: string
  readonly namespace: string
  readonly name: string
  /** What the hub says that the rollout waits for. */
  readonly message?: string
}

/** What there is to say: one sentence, and the engine's answer where there is one. */
export interface Explanation {
  readonly about: string
  readonly answer?: EngineAnswer
}

/** The answer as it comes over the wire. */
export interface EngineAnswer {
  readonly phase: string
  readonly canaryWeight: number
  /** Oldest first. */
  readonly decisions: readonly DecisionEntry[]
}

/** Asks the engine. Never throws but what `signal` aborts with. */
export async function fetchExplanation(
  { engine, namespace, name, message }: ExplainedRollout,
  signal: AbortSignal,
): Promise<Explanation> {
  if (!engine) return { about: 'its engine is not known' }
  const url = `${engine}/api/v1/canaries/${namespace}/${name}/decisions`
  try {
    const response = await fetch(url, { signal })
    if (response.status === 404) return { about: `there is no Canary yet${message ? `: ${message}` : ''}` }
    if (!response.ok) return { about: `its engine at ${engine} answers ${response.status}` }
    const answer = (await response.json()) as EngineAnswer // the agent's own API
    return { about: `${answer.phase || 'not started'}, weight ${answer.canaryWeight}%`, answer }
  } catch (error) {
    if (signal.aborted) throw error
    return { about: `its engine at ${engine} does not answer` }
  }
}

/** One decision in one line. */
export function lineOf({ at, lastAt, times, text, actions, waitsFor, until }: DecisionEntry): string {
  const parts = [`${at.slice(11, 19)} ${text}`]
  if (times > 1) parts.push(`(${times} times, last at ${lastAt.slice(11, 19)})`)
  if (actions && actions.length > 0) parts.push(`-> ${actions.join(', ')}`)
  if (waitsFor) parts.push(`; waits for ${waitsFor}`)
  if (until) parts.push(`until ${until.slice(11, 19)}`)
  return parts.join(' ').replace(' ;', ';')
}

/** `serin explain`: why a rollout stands where it does, from its engine's log of decisions. */
import type { DecisionEntry } from '../../manager/agent-decisions.ts'
import type { Io } from '../io.ts'
import { type RolloutOptions, withRollouts } from '../rollouts.ts'

const shown = 10

/** Prints the last decisions on each member, oldest first. */
export function explain(io: Io, application: string, options: RolloutOptions & { json?: boolean }): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    for (const { cluster, namespace, name } of rollouts) {
      const answer = cluster.engine ? await fetchDecisions(cluster.engine, namespace, name, io.signal) : undefined
      if (options.json) {
        io.out(`${JSON.stringify({ cluster: cluster.name, ...answer })}\n`)
        continue
      }
      const about = answer
        ? `${answer.phase || 'not started'}, weight ${answer.canaryWeight}%`
        : 'its engine does not answer'
      io.out(`${cluster.name} ${namespace}/${name}: ${about}\n`)
      for (const entry of (answer?.decisions ?? []).slice(-shown)) io.out(`  ${lineOf(entry)}\n`)
    }
  })
}

interface Answer {
  readonly phase: string
  readonly canaryWeight: number
  readonly decisions: readonly DecisionEntry[]
}

async function fetchDecisions(engine: string, namespace: string, name: string, signal: AbortSignal) {
  const url = `${engine}/api/v1/canaries/${namespace}/${name}/decisions`
  const response = await fetch(url, { signal }).catch(() => undefined)
  return response?.ok ? ((await response.json()) as Answer) : undefined // the agent's own API
}

function lineOf({ at, lastAt, times, text, actions, waitsFor, until }: DecisionEntry): string {
  const parts = [`${at.slice(11, 19)} ${text}`]
  if (times > 1) parts.push(`(${times} times, last at ${lastAt.slice(11, 19)})`)
  if (actions && actions.length > 0) parts.push(`-> ${actions.join(', ')}`)
  if (waitsFor) parts.push(`; waits for ${waitsFor}`)
  if (until) parts.push(`until ${until.slice(11, 19)}`)
  return parts.join(' ').replace(' ;', ';')
}

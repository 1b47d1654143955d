/** `serin explain`: why a rollout stands where it does, from its engine's log of decisions. */
import { fetchExplanation, lineOf } from '../explanation.ts'
import type { Io } from '../io.ts'
import { type RolloutOptions, withRollouts } from '../rollouts.ts'

const shown = 10

/** Prints the last decisions on each member, oldest first. */
export function explain(io: Io, application: string, options: RolloutOptions & { json?: boolean }): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    for (const { cluster, namespace, name, message } of rollouts) {
      const { engine } = cluster
      const asked = { namespace, name, ...(engine ? { engine } : {}), ...(message ? { message } : {}) }
      const { about, answer } = await fetchExplanation(asked, io.signal)
      if (options.json) {
        io.out(`${JSON.stringify({ cluster: cluster.name, ...(answer ?? { problem: about }) })}\n`)
        continue
      }
      io.out(`${cluster.name} ${namespace}/${name}: ${about}\n`)
      for (const entry of (answer?.decisions ?? []).slice(-shown)) io.out(`  ${lineOf(entry)}\n`)
    }
  })
}

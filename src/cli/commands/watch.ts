/** `serin watch`: the rollouts of an Application as they go. */
import type { Io } from '../io.ts'
import { watchRollouts } from '../rollout-view/live-rows.ts'
import { isNews, type RolloutRow } from '../rollout-view/row.ts'
import { newScreen } from '../rollout-view/screen.ts'
import { logLineOf, tableOf } from '../rollout-view/table.ts'
import { type RolloutOptions, withRollouts } from '../rollouts.ts'

/** Shows them until Ctrl-C. */
export function watch(io: Io, application: string, options: RolloutOptions): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    const screen = newScreen(io)
    const known = new Map<string, RolloutRow>()
    const show = (rows: readonly RolloutRow[]) => {
      if (io.isTerminal) return screen.draw(tableOf(rows, { width: io.width(), colour: io.hasColour }))
      for (const row of rows) {
        if (isNews(row, known.get(row.cluster))) screen.say(logLineOf(row))
        known.set(row.cluster, row)
      }
    }
    // One table shows one workload; an Application with several shows that of its first policy.
    const { namespace, name } = rollouts[0] ?? { namespace: '', name: '' }
    const live = await watchRollouts({
      clusters: rollouts
        .filter(rollout => rollout.namespace === namespace && rollout.name === name)
        .map(({ cluster, client }) => ({ name: cluster.name, client, prometheus: cluster.prometheus })),
      namespace,
      name,
      clock: io.clock,
      onChange: () => show(live?.rows() ?? []),
      signal: io.signal,
    })
    show(live.rows())
    try {
      await new Promise<never>((_, reject) => {
        io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true })
      })
    } finally {
      await live.close()
    }
  })
}

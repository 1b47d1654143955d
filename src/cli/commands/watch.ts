/** `serin watch`: the rollouts of an Application as they go. */
import { aborted } from '../../runtime/abort.ts'
import type { Io } from '../io.ts'
import { type LiveRows, watchRollouts } from '../rollout-view/live-rows.ts'
import { newNews, type RolloutRow } from '../rollout-view/row.ts'
import { newScreen } from '../rollout-view/screen.ts'
import { logLineOf, tableOf } from '../rollout-view/table.ts'
import { type RolloutOptions, withRollouts } from '../rollouts.ts'

/** Shows those of all its workloads until Ctrl-C. */
export function watch(io: Io, application: string, options: RolloutOptions): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    const screen = newScreen(io)
    const newsOf = newNews()
    const show = (rows: readonly RolloutRow[]) => {
      if (io.isTerminal) return screen.draw(tableOf(rows, { width: io.width(), colour: io.hasColour }))
      for (const row of newsOf(rows)) screen.say(logLineOf(row, rows))
    }
    let live: LiveRows | undefined
    live = await watchRollouts({
      rollouts: rollouts.map(({ cluster: { name, prometheus }, client, ...of }) => ({
        cluster: { name, client, prometheus },
        namespace: of.namespace,
        name: of.name,
      })),
      clock: io.clock,
      onChange: () => live && show(live.rows()),
      signal: io.signal,
    })
    try {
      show(live.rows())
      await aborted(io.signal)
      io.signal.throwIfAborted()
    } finally {
      await live.close()
    }
  })
}

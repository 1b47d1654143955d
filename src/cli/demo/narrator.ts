/** Tells the demo: for people on a terminal, for logs line by line, for machines as JSON lines. */
import type { Io } from '../io.ts'
import { newNews, type RolloutRow } from '../rollout-view/row.ts'
import { newScreen } from '../rollout-view/screen.ts'
import { logLineOf, tableOf } from '../rollout-view/table.ts'

/** What happens, told as it happens. */
export interface Narrator {
  /** A step of the story, in words; `facts` are for machines. */
  say(event: string, text: string, facts?: Readonly<Record<string, unknown>>): void
  /** The rollouts as they are now. */
  show(rows: readonly RolloutRow[]): void
  /** The rollouts have come to rest: what is shown stays. */
  settle(): void
}

/** Makes one; times are counted from now. */
export function newNarrator(io: Io, json: boolean): Narrator {
  const startMs = io.clock.monotonicMs()
  const seconds = () => (io.clock.monotonicMs() - startMs) / 1000
  const newsOf = newNews()
  if (json) {
    const tell = (event: string, facts: object) =>
      io.out(`${JSON.stringify({ event, seconds: Math.round(seconds() * 100) / 100, ...facts })}\n`)
    return {
      say: (event, text, facts) => tell(event, { text, ...facts }),
      show(rows) {
        for (const row of newsOf(rows)) tell('rollout', row)
      },
      settle: () => {},
    }
  }
  const screen = newScreen(io)
  const stamp = () => `${seconds().toFixed(1).padStart(5)}s`
  return {
    say: (_event, text) => screen.say(`${stamp()}  ${text}`),
    show(rows) {
      const changed = newsOf(rows)
      if (io.isTerminal) screen.draw(tableOf(rows, { width: io.width(), colour: io.hasColour }))
      else for (const row of changed) screen.say(`${stamp()}    ${logLineOf(row, rows)}`)
    },
    settle: () => screen.settle(),
  }
}

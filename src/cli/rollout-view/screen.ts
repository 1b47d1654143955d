/** A block of lines that is redrawn in place, below lines that stay. */
import type { Io } from '../io.ts'

/** Where a command shows its progress. */
export interface Screen {
  /** A line that stays. */
  say(line: string): void
  /** Replaces the block, or as much of it as the terminal has lines for; on anything but a terminal nothing is drawn. */
  draw(lines: readonly string[]): void
  /** Leaves the block as it is; the next one begins below. */
  settle(): void
}

const cursorUp = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : '')
const clearBelow = '\u001b[0J'

/** The screen of a command. */
export function newScreen(io: Pick<Io, 'out' | 'isTerminal' | 'height'>): Screen {
  let drawn: readonly string[] = []
  const erase = () => (drawn.length > 0 ? `\r${cursorUp(drawn.length)}${clearBelow}` : '')
  const text = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')
  return {
    say(line) {
      io.out(`${erase()}${line}\n${text(drawn)}`)
    },
    draw(whole) {
      if (!io.isTerminal) return
      const lines = fitting(whole, io.height())
      // Nothing flickers while nothing changes.
      if (lines.join('\n') === drawn.join('\n')) return
      io.out(`${erase()}${text(lines)}`)
      drawn = lines
    },
    settle() {
      drawn = []
    },
  }
}

/** What has scrolled off the terminal cannot be redrawn. */
function fitting(lines: readonly string[], height: number): readonly string[] {
  const room = Math.max(2, height - 1) // the cursor stands below
  if (lines.length <= room) return lines
  const shown = lines.slice(0, room - 1)
  return [...shown, `and ${lines.length - shown.length} lines more`]
}

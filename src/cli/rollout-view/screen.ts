/** A block of lines that is redrawn in place, below lines that stay. */
import type { Io } from '../io.ts'

/** Where a command shows its progress. */
export interface Screen {
  /** A line that stays. */
  say(line: string): void
  /** Replaces the block; on anything but a terminal nothing is drawn. */
  draw(lines: readonly string[]): void
  /** Leaves the block as it is; the next one begins below. */
  settle(): void
}

const cursorUp = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : '')
const clearBelow = '\u001b[0J'

/** The screen of a command. */
export function newScreen(io: Pick<Io, 'out' | 'isTerminal'>): Screen {
  let drawn: readonly string[] = []
  const erase = () => (drawn.length > 0 ? `\r${cursorUp(drawn.length)}${clearBelow}` : '')
  const text = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')
  return {
    say(line) {
      io.out(`${erase()}${line}\n${text(drawn)}`)
    },
    draw(lines) {
      if (!io.isTerminal) return
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

/** What a terminal shows of what a program wrote: as much of one as the programs here make use of. */

/** The end state. */
export interface Shown {
  /** From the first line ever written to the last, what has scrolled off included; no spaces or empty lines at the end. */
  readonly lines: readonly string[]
  /** Where the next character goes; `line` counts as those of `lines` do. */
  readonly cursor: { readonly line: number; readonly column: number }
  readonly isCursorShown: boolean
}

/**
 * Shows `text` on an empty terminal, as its driver passes it on: `\r\n` ends a line. Throws on a control sequence that
 * it does not know (ECMA-48 numbers them).
 */
export function shownOf(text: string, { columns, rows }: { readonly columns: number; readonly rows: number }): Shown {
  const lines: string[] = ['']
  let line = 0
  let column = 0
  let isCursorShown = true
  // What is above the window has scrolled off: the cursor never gets there again.
  const top = () => Math.max(0, lines.length - rows)
  const feed = () => {
    line += 1
    if (line === lines.length) lines.push('')
  }
  const put = (character: string) => {
    if (column === columns) {
      column = 0
      feed()
    }
    const before = lines[line] ?? ''
    lines[line] = before.slice(0, column).padEnd(column) + character + before.slice(column + 1)
    column += 1
  }
  const control = (parameters: string, final: string) => {
    const sequence = `${parameters}${final}`
    if (final === 'm') return
    if (final === 'A') line = Math.max(top(), line - Number(parameters || 1))
    else if (sequence === 'K') lines[line] = (lines[line] ?? '').slice(0, column)
    else if (sequence === 'J' || sequence === '0J') {
      lines[line] = (lines[line] ?? '').slice(0, column)
      for (let below = line + 1; below < lines.length; below += 1) lines[below] = ''
    } else if (sequence === '?25h' || sequence === '?25l') isCursorShown = final === 'h'
    else throw new Error(`CSI ${sequence} is not known`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  for (const [all, parameters, final] of text.matchAll(/\u001b\[([\d;?]*)([A-Za-z])|./gsu)) {
    if (final !== undefined) control(parameters ?? '', final)
    else if (all === '\r') column = 0
    else if (all === '\n') feed()
    else if (all >= ' ') put(all)
    else throw new Error(`the character ${JSON.stringify(all)} is not known`)
  }
  const shown = lines.map(each => each.trimEnd())
  return {
    lines: shown.slice(0, shown.findLastIndex(each => each !== '') + 1),
    cursor: { line, column },
    isCursorShown,
  }
}

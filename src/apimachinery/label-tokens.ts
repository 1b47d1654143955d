/** The tokens of label selector text. */

const keywords = [')', ',', '!', '==', '=', '>', '<', '!=', '(', 'in', 'notin'] as const
type Keyword = (typeof keywords)[number]

/** One token. `text` is the text as it stands there, or a message for `error`. */
export interface Token {
  readonly kind: Keyword | 'word' | 'error' | 'end'
  readonly text: string
}

const isKeyword = (text: string): text is Keyword => (keywords as readonly string[]).includes(text)

/** Divides selector text into tokens; the last one is `end`. */
export function scanSelector(text: string): Token[] {
  const tokens: Token[] = []
  // Runs of symbols, words, or blanks; a symbol run is divided further by the longest known symbols.
  for (const [run] of text.matchAll(/[=!(),><]+|[^=!(),><\s]+/g)) {
    if (/^[=!(),><]/.test(run)) tokens.push(...scanSymbols(run))
    else tokens.push({ kind: isKeyword(run) ? run : 'word', text: run })
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

function scanSymbols(run: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < run.length; ) {
    const pair = run.slice(at, at + 2)
    const symbol = isKeyword(pair) ? pair : run.slice(at, at + 1)
    tokens.push(isKeyword(symbol) ? { kind: symbol, text: symbol } : { kind: 'error', text: symbol })
    at += symbol.length
  }
  return tokens
}

/** Splits a command line into words as a shell would, without being one. */

/** The command needs a shell: it holds an operator, a variable, a glob or an open quote. */
export class NeedsShellError extends Error {
  override readonly name = 'NeedsShellError'
  readonly reason = 'NeedsShell'
}

/**
 * The words of `line`: quotes and backslashes as in POSIX sh (2.2), nothing else. Throws {@link NeedsShellError} where
 * a shell would do more than split.
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === "'") {
      const end = closing(line, at, "'")
      word = (word ?? '') + line.slice(at + 1, end)
      at = end
    } else if (char === '"') {
      const end = closing(line, at, '"')
      word = (word ?? '') + unquote(line.slice(at + 1, end))
      at = end
    } else if (char === '\\') {
      word = (word ?? '') + (line[++at] ?? '')
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if ('|&;<>()$`*?[]#~{}!\n'.includes(char) && !isPlainInWord(char, word)) {
      throw new NeedsShellError(`${JSON.stringify(char)} at character ${at + 1} needs a shell`)
    } else {
      word = (word ?? '') + char
    }
  }
  if (word !== undefined) words.push(word)
  return words
}

/** These mean something to a shell at the start of a word only, or nothing inside a URL that no file matches. */
function isPlainInWord(char: string, word: string | undefined): boolean {
  return word !== undefined && '?*[]#~{}!'.includes(char)
}

function closing(line: string, from: number, quote: string): number {
  for (let at = from + 1; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at++
    else if (line[at] === quote) return at
  }
  throw new NeedsShellError(`the quote at character ${from + 1} is never closed`)
}

function unquote(text: string): string {
  if (/(^|[^\\])[$`]/.test(text)) throw new NeedsShellError('a variable or command inside quotes needs a shell')
  return text.replaceAll(/\\([$`"\\])/g, '$1')
}

/** What Go's JSON decoder says about a text that is no JSON. */

/** The message for `text`, which JSON.parse has refused. */
export function jsonSyntaxProblem(text: string): string {
  const scanner = new Scanner(text)
  return scanner.problem() ?? 'unexpected end of JSON input'
}

// Thrown to leave the recursion; the message is the result.
class Problem extends Error {}

/** Follows the states of encoding/json's scanner just far enough to name the first fault. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  problem(): string | undefined {
    try {
      this.#value('looking for beginning of value')
      this.#space()
      if (this.#at < this.#text.length) this.#fail('after top-level value')
      return undefined
    } catch (error) {
      if (error instanceof Problem) return error.message
      throw error
    }
  }

  #value(context: string): void {
    this.#space()
    const character = this.#peek()
    if (character === '{') return this.#object()
    if (character === '[') return this.#array()
    if (character === '"') return this.#string()
    if (/[-0-9]/.test(character)) return this.#number()
    for (const word of ['true', 'false', 'null']) if (word.startsWith(character)) return this.#word(word)
    this.#fail(context)
  }

  #object(): void {
    this.#at += 1
    this.#space()
    if (this.#peek() === '}') return this.#skip()
    for (;;) {
      this.#space()
      if (this.#peek() !== '"') this.#fail('looking for beginning of object key string')
      this.#string()
      this.#space()
      if (this.#peek() !== ':') this.#fail('after object key')
      this.#skip()
      this.#value('looking for beginning of value')
      this.#space()
      const next = this.#peek()
      if (next !== ',' && next !== '}') this.#fail('after object key:value pair')
      this.#skip()
      if (next === '}') return
    }
  }

  #array(): void {
    this.#at += 1
    this.#space()
    if (this.#peek() === ']') return this.#skip()
    for (;;) {
      this.#value('looking for beginning of value')
      this.#space()
      const next = this.#peek()
      if (next !== ',' && next !== ']') this.#fail('after array element')
      this.#skip()
      if (next === ']') return
    }
  }

  #string(): void {
    this.#skip()
    for (;;) {
      const character = this.#peek()
      if (character === '"') return this.#skip()
      if (character < ' ') this.#fail('in string literal')
      this.#skip()
      if (character !== '\\') continue
      const code = this.#peek()
      if (!/["\\/bfnrtu]/.test(code)) this.#fail('in string escape code')
      this.#skip()
      for (let i = 0; code === 'u' && i < 4; i++) {
        if (!/[0-9a-fA-F]/.test(this.#peek())) this.#fail('in \\u hexadecimal character escape')
        this.#skip()
      }
    }
  }

  #number(): void {
    if (this.#peek() === '-') this.#skip()
    if (!/[0-9]/.test(this.#peek())) this.#fail('in numeric literal')
    const rest = /^(?:0|[1-9][0-9]*)/.exec(this.#text.slice(this.#at))
    this.#at += rest?.[0].length ?? 0
    if (this.#text[this.#at] === '.') {
      this.#skip()
      this.#digits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#skip()
      if (/[-+]/.test(this.#peek())) this.#skip()
      this.#digits('in exponent of numeric literal')
    }
  }

  #digits(context: string): void {
    if (!/[0-9]/.test(this.#peek())) this.#fail(context)
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#skip()
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      const expected = word[i]
      if (this.#peek() !== expected) this.#fail(`in literal ${word} (expecting '${expected}')`)
      this.#skip()
    }
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #skip(): void {
    this.#at += 1
  }

  #peek(): string {
    const character = this.#text[this.#at]
    if (character === undefined) throw new Problem('unexpected end of JSON input')
    return character
  }

  #fail(context: string): never {
    const character = this.#peek()
    const shown = character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${character}'`
    throw new Problem(`invalid character ${shown} ${context}`)
  }
}

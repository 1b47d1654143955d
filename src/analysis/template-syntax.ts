/** The syntax of Go's text/template, as far as queries use it. */

/** A piece of a template. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | { readonly kind: 'declare'; readonly name: string; readonly pipe: Pipe; readonly isNew: boolean }
  | { readonly kind: 'if'; readonly pipe: Pipe; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | {
      readonly kind: 'range'
      readonly key?: string
      readonly value?: string
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }

/** Commands joined by `|`: each result becomes the last argument of the next. */
export type Pipe = readonly Command[]

/** A function or value, and its arguments. */
export type Command = readonly Operand[]

/** A value in a command, and the fields that are read from it. */
export interface Operand {
  readonly value:
    | { readonly kind: 'literal'; readonly value: string | number | boolean | undefined }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'dot' }
    | { readonly kind: 'pipe'; readonly pipe: Pipe }
  readonly fields: readonly string[]
}

/** The template cannot be read. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly reason: string = 'InvalidTemplate'
}

/** Parses a template. @throws TemplateError */
export function parseTemplate(template: string): readonly Node[] {
  const parts = split(template)
  checkDepth(parts)
  const [nodes, rest] = parseNodes(parts, 0)
  if (rest < parts.length) throw new TemplateError(`unexpected {{${parts[rest]?.text ?? ''}}}`)
  return nodes
}

/** Deeper templates are not written by people, and would use up the stack. */
const maxDepth = 100

function checkDepth(parts: readonly Part[]): void {
  let blocks = 0
  for (const { isAction, text } of parts) {
    if (!isAction) continue
    if (/^(if|range|else\s+if)\b/.test(text)) blocks += 1
    // An `else if` ends together with its `if`; counting it until then errs on the safe side.
    else if (text === 'end') blocks = Math.max(0, blocks - 1)
    let parentheses = 0
    for (const character of text) {
      if (character === '(') parentheses += 1
      if (character === ')') parentheses -= 1
      if (blocks > maxDepth || parentheses > maxDepth) {
        throw new TemplateError(`the template is nested more than ${maxDepth} deep`)
      }
    }
  }
}

interface Part {
  readonly isAction: boolean
  readonly text: string
}

/** Text and actions in turn, with the white space taken off that trim markers ask for. */
function split(template: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  let trimNext = false
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    const text = template.slice(at, open < 0 ? undefined : open)
    const trimsLeft = open >= 0 && /^-\s/.test(template.slice(open + 2, open + 4))
    const left = trimNext ? text.trimStart() : text
    parts.push({ isAction: false, text: trimsLeft ? left.trimEnd() : left })
    if (open < 0) break
    const close = closeOf(template, open + 2)
    const inner = template.slice(open + 2, close)
    trimNext = /\s-$/.test(inner)
    parts.push({ isAction: true, text: inner.replace(/^-\s/, '').replace(/\s-$/, '').trim() })
    at = close + 2
  }
  return parts.filter(part => (part.isAction ? !part.text.startsWith('/*') : part.text !== ''))
}

/** Where `}}` ends an action that begins at `from`; braces in strings do not count. */
function closeOf(template: string, from: number): number {
  const pattern = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|\}\}/g
  pattern.lastIndex = from
  for (let match = pattern.exec(template); match; match = pattern.exec(template)) {
    if (match[0] === '}}') return match.index
  }
  throw new TemplateError('unclosed action')
}

function parseNodes(parts: readonly Part[], from: number): [readonly Node[], number] {
  const nodes: Node[] = []
  let at = from
  for (let part = parts[at]; part; part = parts[at]) {
    if (!part.isAction) {
      nodes.push({ kind: 'text', text: part.text })
      at++
      continue
    }
    const keyword = /^(if|range|else|end)\b/.exec(part.text)?.[1]
    if (keyword === 'else' || keyword === 'end') break
    if (keyword === undefined) {
      nodes.push(parseAction(part.text))
      at++
      continue
    }
    const [body, afterBody] = parseNodes(parts, at + 1)
    const [otherwise, end] = parseElse(parts, afterBody)
    nodes.push(parseBlock(keyword === 'if' ? 'if' : 'range', part.text.slice(keyword.length).trim(), body, otherwise))
    at = end
  }
  return [nodes, at]
}

/** What stands between `else` and `end`; `else if` is a block of its own that shares the `end`. */
function parseElse(parts: readonly Part[], at: number): [readonly Node[], number] {
  const text = parts[at]?.text
  if (text === 'end') return [[], at + 1]
  if (text === 'else') {
    const [nodes, end] = parseNodes(parts, at + 1)
    if (parts[end]?.text !== 'end') throw new TemplateError('expected {{end}}')
    return [nodes, end + 1]
  }
  const condition = /^else\s+if\b(.*)$/s.exec(text ?? '')?.[1]
  if (condition === undefined) throw new TemplateError('unexpected end of template: {{end}} is missing')
  const [body, afterBody] = parseNodes(parts, at + 1)
  const [otherwise, end] = parseElse(parts, afterBody)
  return [[parseBlock('if', condition.trim(), body, otherwise)], end]
}

function parseBlock(kind: 'if' | 'range', head: string, body: readonly Node[], otherwise: readonly Node[]): Node {
  if (kind === 'if') return { kind, pipe: parsePipe(head), body, otherwise }
  const match = /^\$(\w+)(?:\s*,\s*\$(\w+))?\s*:=(.*)$/s.exec(head)
  if (!match) return { kind, pipe: parsePipe(head), body, otherwise }
  const [, first = '', second, source = ''] = match
  const names = second === undefined ? { value: first } : { key: first, value: second }
  return { kind, ...names, pipe: parsePipe(source), body, otherwise }
}

function parseAction(text: string): Node {
  const match = /^\$(\w+)\s*(:?=)(.*)$/s.exec(text)
  if (!match) return { kind: 'print', pipe: parsePipe(text) }
  return { kind: 'declare', name: match[1] ?? '', isNew: match[2] === ':=', pipe: parsePipe(match[3] ?? '') }
}

function parsePipe(text: string): Pipe {
  const tokens = new Tokens(text)
  const pipe = tokens.pipe()
  tokens.expectEnd()
  return pipe
}

/** Reads the operands of one action, left to right. */
class Tokens {
  readonly #text: string
  readonly #token =
    /\s*(?:("(?:[^"\\\n]|\\.)*")|`([^`]*)`|([()|])|([+-]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))|\$(\w*)|((?:\.\w+)+)|(\.)|(\w+))/y
  #at = 0

  constructor(text: string) {
    this.#text = text.trim()
  }

  pipe(): Pipe {
    const commands = [this.#command()]
    while (this.#take('|')) commands.push(this.#command())
    return commands
  }

  expectEnd(): void {
    if (this.#at < this.#text.length)
      throw new TemplateError(`unexpected ${JSON.stringify(this.#text.slice(this.#at))}`)
  }

  #command(): Command {
    const operands: Operand[] = []
    for (let operand = this.#operand(); operand; operand = this.#operand()) operands.push(operand)
    if (operands.length === 0) throw new TemplateError(`missing value for command in ${JSON.stringify(this.#text)}`)
    return operands
  }

  #operand(): Operand | undefined {
    if (this.#take('(')) {
      const pipe = this.pipe()
      if (!this.#take(')')) throw new TemplateError('unclosed left paren')
      return { value: { kind: 'pipe', pipe }, fields: this.#fields() }
    }
    this.#token.lastIndex = this.#at
    const match = this.#token.exec(this.#text)
    if (!match || match[3] !== undefined) return undefined
    this.#at = this.#token.lastIndex
    return this.#valueOf(match)
  }

  #valueOf([, quoted, raw, , number, variable, path, dot, word]: RegExpExecArray): Operand {
    if (quoted !== undefined) return literal(unquote(quoted))
    if (raw !== undefined) return literal(raw)
    if (number !== undefined) return literal(Number(number))
    if (variable !== undefined) return { value: { kind: 'variable', name: variable }, fields: this.#fields() }
    if (path !== undefined) return { value: { kind: 'dot' }, fields: path.slice(1).split('.') }
    if (dot !== undefined) return { value: { kind: 'dot' }, fields: [] }
    if (word === 'true' || word === 'false') return literal(word === 'true')
    if (word === 'nil') return literal(undefined)
    return { value: { kind: 'name', name: word ?? '' }, fields: this.#fields() }
  }

  /** Fields directly behind a value, without a blank. */
  #fields(): readonly string[] {
    const match = /^(?:\.\w+)+/.exec(this.#text.slice(this.#at))
    this.#at += match?.[0].length ?? 0
    return match ? match[0].slice(1).split('.') : []
  }

  #take(char: string): boolean {
    const match = /^\s*/.exec(this.#text.slice(this.#at))
    const at = this.#at + (match?.[0].length ?? 0)
    if (this.#text[at] !== char) return false
    this.#at = at + 1
    return true
  }
}

function literal(value: string | number | boolean | undefined): Operand {
  return { value: { kind: 'literal', value }, fields: [] }
}

function unquote(quoted: string): string {
  try {
    const value: unknown = JSON.parse(quoted)
    return String(value)
  } catch {
    throw new TemplateError(`unterminated or unknown escape in ${quoted}`)
  }
}

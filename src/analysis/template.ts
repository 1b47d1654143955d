/** Renders queries: Go's text/template with the variables that upstream gives to MetricTemplates. */
import { goNumber } from '../apimachinery/go-text.ts'
import { type Command, type Node, type Operand, type Pipe, parseTemplate, TemplateError } from './template-syntax.ts'

/** Values of a template's functions: texts, and maps of texts. */
export type TemplateVariables = Readonly<Record<string, string | Readonly<Record<string, string>>>>

type Value = string | number | boolean | undefined | readonly Value[] | { readonly [key: string]: Value }

/** The rendered text, or what is wrong with the template. */
export function renderTemplate(
  template: string,
  variables: TemplateVariables,
): { readonly text: string } | { readonly problem: string } {
  try {
    const scope: Scope = { dot: undefined, variables: new Map(), functions: variables, budget: { ...allowed } }
    return { text: renderNodes(parseTemplate(template), scope) }
  } catch (error) {
    if (error instanceof TemplateError) return { problem: error.message }
    throw error
  }
}

/**
 * What one rendering may cost, whoever wrote the template: nested ranges multiply, and a variable that is put together
 * from itself doubles.
 */
const allowed = { steps: 20_000, characters: 262_144 }
/** Beyond these, widths and precisions are no longer about how a number looks. */
const maxWidth = 1_000
const maxPrecision = 100

interface Scope {
  readonly dot: Value
  /** What is left; one for the whole rendering. */
  readonly budget: { steps: number; characters: number }
  /** Variables of this block; blocks inside get a copy of the map with the same cells. */
  readonly variables: Map<string, { value: Value }>
  readonly functions: TemplateVariables
}

function renderNodes(nodes: readonly Node[], scope: Scope): string {
  return nodes.map(node => renderNode(node, scope)).join('')
}

function renderNode(node: Node, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return spend(scope, node.text)
    case 'print':
      return spend(scope, print(evaluate(node.pipe, scope)))
    case 'declare':
      declare(node, scope)
      return ''
    case 'if':
      spend(scope, '')
      return renderNodes(isTrue(evaluate(node.pipe, scope)) ? node.body : node.otherwise, inner(scope))
    case 'range':
      return renderRange(node, scope)
  }
}

/** The text, and one step off the budget. @throws TemplateError where the budget is spent */
function spend({ budget }: Scope, text: string): string {
  budget.steps -= 1
  budget.characters -= text.length
  if (budget.steps < 0) throw new TemplateError(`the template takes more than ${allowed.steps} steps`)
  if (budget.characters < 0) throw new TemplateError(`the template makes more than ${allowed.characters} characters`)
  return text
}

function declare(node: Node & { kind: 'declare' }, scope: Scope): void {
  spend(scope, '')
  const value = evaluate(node.pipe, scope)
  const cell = scope.variables.get(node.name)
  if (node.isNew) scope.variables.set(node.name, { value })
  else if (cell) cell.value = value
  else throw new TemplateError(`undefined variable "$${node.name}"`)
}

function renderRange(node: Node & { kind: 'range' }, scope: Scope): string {
  const entries = entriesOf(evaluate(node.pipe, scope))
  if (entries.length === 0) return renderNodes(node.otherwise, inner(scope))
  return entries
    .map(([key, value]) => {
      spend(scope, '')
      const block = inner(scope, value)
      if (node.key !== undefined) block.variables.set(node.key, { value: key })
      if (node.value !== undefined) block.variables.set(node.value, { value })
      return renderNodes(node.body, block)
    })
    .join('')
}

function inner(scope: Scope, dot: Value = scope.dot): Scope {
  return { ...scope, dot, variables: new Map(scope.variables) }
}

function entriesOf(value: Value): readonly (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((item: Value, i) => [i, item] as const)
  if (isMap(value))
    return Object.keys(value)
      .sort()
      .map(key => [key, value[key]] as const)
  if (value === undefined) return []
  throw new TemplateError(`range can't iterate over ${print(value)}`)
}

function evaluate(pipe: Pipe, scope: Scope): Value {
  return pipe.reduce<readonly Value[]>((piped, command) => [call(command, piped, scope)], [])[0]
}

/** A name alone, or with arguments, is a function; anything else is a value, and takes none. */
function call(command: Command, piped: readonly Value[], scope: Scope): Value {
  const [head, ...rest] = command
  if (!head) throw new TemplateError('missing value for command')
  const args = [...rest.map(operand => operandValue(operand, scope)), ...piped]
  if (head.value.kind === 'name' && head.fields.length === 0) {
    const result = callFunction(head.value.name, args, scope)
    spend(scope, typeof result === 'string' ? result : '')
    return result
  }
  if (args.length > 0) throw new TemplateError("can't give argument to non-function")
  return operandValue(head, scope)
}

function operandValue({ value, fields }: Operand, scope: Scope): Value {
  return fields.reduce<Value>(field, base(value, scope))
}

function base(value: Operand['value'], scope: Scope): Value {
  switch (value.kind) {
    case 'literal':
      return value.value
    case 'dot':
      return scope.dot
    case 'name':
      return callFunction(value.name, [], scope)
    case 'pipe':
      return evaluate(value.pipe, scope)
    case 'variable': {
      // `$` is what the template was given, which is nothing.
      if (value.name === '') return undefined
      const cell = scope.variables.get(value.name)
      if (!cell) throw new TemplateError(`undefined variable "$${value.name}"`)
      return cell.value
    }
  }
}

/** Upstream renders with `missingkey=error`. */
function field(value: Value, name: string): Value {
  if (isMap(value) && Object.hasOwn(value, name)) return value[name]
  if (isMap(value)) throw new TemplateError(`map has no entry for key "${name}"`)
  throw new TemplateError(`can't evaluate field ${name} in ${print(value)}`)
}

type TemplateFunction = (args: readonly Value[]) => Value

/** Go's own functions. */
const builtins: Readonly<Record<string, TemplateFunction>> = {
  printf: ([format, ...args]) => printf(print(format), args),
  print: args => args.map(print).join(''),
  println: args => `${args.map(print).join(' ')}\n`,
  index: ([from, ...keys]) => keys.reduce<Value>(indexInto, from),
  len: ([value]) => (typeof value === 'string' ? Buffer.byteLength(value) : entriesOf(value).length),
  not: ([value]) => !isTrue(value),
  and: args => args.find(arg => !isTrue(arg)) ?? args.at(-1),
  or: args => args.find(isTrue) ?? args.at(-1),
  eq: ([first, ...others]) => others.some(other => first === other),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
}

function callFunction(name: string, args: readonly Value[], { functions }: Scope): Value {
  if (Object.hasOwn(functions, name)) {
    if (args.length > 0) throw new TemplateError(`wrong number of args for ${name}: want 0 got ${args.length}`)
    return functions[name]
  }
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined
  if (!builtin) throw new TemplateError(`function "${name}" not defined`)
  return builtin(args)
}

function indexInto(from: Value, key: Value): Value {
  if (isMap(from)) return Object.hasOwn(from, print(key)) ? from[print(key)] : ''
  if (Array.isArray(from) && typeof key === 'number' && key < from.length) return from[key]
  throw new TemplateError(`can't index ${print(from)} with ${print(key)}`)
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  throw new TemplateError('incompatible types for comparison')
}

/** The verbs that queries use: %s %v %q %d %f %t %%, with width and precision for numbers. */
function printf(format: string, args: readonly Value[]): string {
  let next = 0
  return format.replace(/%(-?\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (_, width?: string, precision?: string, verb?: string) => {
    if (verb === '%') return '%'
    if (next >= args.length) return `%!${verb}(MISSING)`
    const size = Math.abs(Number(width ?? 0))
    if (size > maxWidth || Number(precision ?? 0) > maxPrecision) {
      throw new TemplateError(`width or precision is too large: at most ${maxWidth} and ${maxPrecision}`)
    }
    const text = formatted(args[next++], verb ?? 'v', precision)
    return width?.startsWith('-') ? text.padEnd(size) : text.padStart(size)
  })
}

function formatted(value: Value, verb: string, precision: string | undefined): string {
  switch (verb) {
    case 'f':
      return Number(value).toFixed(Number(precision ?? 6))
    case 'q':
      return JSON.stringify(print(value))
    case 's':
      return precision === undefined ? print(value) : print(value).slice(0, Number(precision))
    default:
      return print(value)
  }
}

function print(value: Value): string {
  if (value === undefined) return '<no value>'
  if (typeof value === 'number') return goNumber(value)
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`
  if (isMap(value))
    return `map[${entriesOf(value)
      .map(([key, item]) => `${print(key)}:${print(item)}`)
      .join(' ')}]`
  return String(value)
}

function isTrue(value: Value): boolean {
  if (value === undefined || value === false || value === 0 || value === '') return false
  return typeof value !== 'object' || entriesOf(value).length > 0
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

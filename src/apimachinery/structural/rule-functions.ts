/** CEL with the functions that Kubernetes adds for the rules of CRDs. */
import { Environment } from '@marcbachmann/cel-js'
import { compilePattern } from './patterns.ts'

/** A fresh environment with the variables `self` and `oldSelf`. Making one is slow: one per compiled schema. */
export function newRuleEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  environment.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn')
  registerHas(environment)
  registerRegex(environment)
  registerLists(environment)
  registerStrings(environment)
  registerUrls(environment)
  return environment
}

/**
 * A rule that calls our functions where the library's differ from the API's: its `matches` takes JavaScript's
 * expressions, not RE2, and its `has` refuses `has(a[0].b)`. Texts in quotes stay as they are.
 */
export function withOwnFunctions(rule: string): string {
  const quoted = /[rRbB]*(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/
  const calls = new RegExp(
    `(?<quoted>${quoted.source})|(?<matches>\\.\\s*matches\\s*\\()|(?<has>(?<![\\w.])has\\s*\\()`,
    'g',
  )
  return rule.replaceAll(calls, (found, ...rest) => {
    const groups = rest.at(-1) as { readonly matches?: string; readonly has?: string }
    return groups.matches ? '.matchesRe2(' : groups.has ? 'hasField(' : found
  })
}

/** What the library hands to a macro; its own types leave it open. */
interface MacroCall {
  readonly args: readonly { readonly op: string; readonly args: readonly unknown[] }[]
}

interface Checker {
  check(node: unknown, context: unknown): unknown
  getType(name: string): unknown
}

interface Evaluator {
  run(node: unknown, context: unknown): unknown
}

function registerHas(environment: Environment): void {
  environment.registerFunction('hasField(ast): bool', ({ args }: MacroCall) => {
    const field = args[0]
    if (field?.op !== '.') throw new Error('invalid argument to has() macro')
    const [owner, name] = field.args
    return {
      typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
        checker.check(owner, context)
        return checker.getType('bool')
      },
      evaluate: (evaluator: Evaluator, _macro: unknown, context: unknown) => {
        const value = evaluator.run(owner, context)
        if (typeof value !== 'object' || value === null) throw new Error('no such overload')
        return Object.hasOwn(value, String(name))
      },
    }
  })
}

function registerRegex(environment: Environment): void {
  environment
    .registerFunction('string.matchesRe2(string): bool', (text: string, pattern: string) => re2(pattern).test(text))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => {
      return re2(pattern).findAll(text, 1)[0] ?? ''
    })
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => {
      return re2(pattern).findAll(text)
    })
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) => {
      return re2(pattern).findAll(text, limit < 0n ? undefined : Number(limit))
    })
}

function re2(pattern: string) {
  const compiled = compilePattern(pattern)
  if (compiled.kind === 'invalid') throw new Error(`error parsing regexp: ${compiled.problem}`)
  return compiled
}

type Comparable = bigint | number | string | boolean

function registerLists(environment: Environment): void {
  environment.registerFunction('list<dyn>.isSorted(): bool', (list: readonly Comparable[]) =>
    list.every((item, i) => i === 0 || (list[i - 1] as Comparable) <= item),
  )
  environment.registerFunction('list<dyn>.sum(): dyn', (list: readonly (bigint | number)[]) => {
    // CEL lists are of one type; an empty one sums to the integer zero.
    return list.reduce<bigint | number>((total, item) => add(total, item), typeof list[0] === 'number' ? 0 : 0n)
  })
  for (const [name, isBetter] of [
    ['min', (a: Comparable, b: Comparable) => a < b],
    ['max', (a: Comparable, b: Comparable) => a > b],
  ] as const) {
    environment.registerFunction(`list<dyn>.${name}(): dyn`, (list: readonly Comparable[]) => {
      if (list.length === 0) throw new Error(`${name} called on empty list`)
      return list.reduce((best, item) => (isBetter(item, best) ? item : best))
    })
  }
  environment.registerFunction('list<dyn>.indexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
    BigInt(list.indexOf(item)),
  )
  environment.registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
    BigInt(list.lastIndexOf(item)),
  )
}

function add(a: bigint | number, b: bigint | number): bigint | number {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b)
}

function registerStrings(environment: Environment): void {
  environment.registerFunction('string.charAt(int): string', (text: string, at: bigint) => {
    const characters = [...text]
    if (at < 0n || at > BigInt(characters.length)) throw new Error(`index out of range: ${at}`)
    return characters[Number(at)] ?? ''
  })
  environment.registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
    text.replaceAll(old, () => by),
  )
  environment.registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
}

class CelUrl {
  readonly url: URL
  readonly isAbsolute: boolean

  constructor(text: string) {
    this.isAbsolute = !text.startsWith('/')
    this.url = new URL(text, 'relative://')
  }
}

function registerUrls(environment: Environment): void {
  const part = (read: (url: URL) => string) => (value: CelUrl) => (value.isAbsolute ? read(value.url) : '')
  environment
    .registerType('kubernetes.URL', CelUrl)
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('url(string): kubernetes.URL', (text: string) => {
      if (!isUrl(text)) throw new Error(`URL parse error during conversion from string: ${JSON.stringify(text)}`)
      return new CelUrl(text)
    })
    .registerFunction(
      'kubernetes.URL.getScheme(): string',
      part(url => url.protocol.replace(/:$/, '')),
    )
    .registerFunction(
      'kubernetes.URL.getHost(): string',
      part(url => url.host),
    )
    .registerFunction(
      'kubernetes.URL.getHostname(): string',
      part(url => url.hostname),
    )
    .registerFunction(
      'kubernetes.URL.getPort(): string',
      part(url => url.port),
    )
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (value: CelUrl) => value.url.pathname)
}

function isUrl(text: string): boolean {
  return (text.startsWith('/') || /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/]/.test(text)) && URL.canParse(text, 'relative://')
}

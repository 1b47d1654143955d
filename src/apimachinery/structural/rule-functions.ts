/** CEL with the functions that Kubernetes adds for the rules of CRDs. */
import { Environment } from '@marcbachmann/cel-js'
import { compilePattern } from './patterns.ts'

/** A fresh environment with the variables `self` and `oldSelf`. Making one is slow: one per compiled schema. */
export function newRuleEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  environment.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn')
  registerRegex(environment)
  registerLists(environment)
  registerStrings(environment)
  registerUrls(environment)
  return environment
}

/**
 * A rule with `.matches(` under the name of our own function: the library's uses JavaScript's expressions, the API's
 * are RE2. Texts in quotes stay as they are.
 */
export function withRe2(rule: string): string {
  const texts = /[rRbB]*("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\.\s*matches\s*\(/g
  return rule.replaceAll(texts, (found, text: string | undefined) => (text === undefined ? '.matchesRe2(' : found))
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

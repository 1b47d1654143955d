/** YAML as kubectl reads and prints it: the scalars of YAML 1.1 as Go's library resolves them, values as JSON. */
import { dump, FAILSAFE_SCHEMA, loadAll, Type, YAMLException } from 'js-yaml'
import type { Json } from './meta.ts'

/** The text is not YAML, or not YAML that JSON can express. The message is one line with line and column. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
  readonly reason = 'InvalidYaml'
}

/**
 * Parses exactly one document. An empty text is null. Integers beyond 2^53 lose precision, as in all JSON here.
 * @throws YamlError
 */
export function parseYaml(text: string): Json {
  const documents = load(text)
  if (documents.length > 1) throw new YamlError(`expected one YAML document but found ${documents.length}`)
  return documents[0] ?? null
}

/**
 * Parses a stream of documents divided by `---`. Empty documents are left out.
 * @throws YamlError
 */
export function parseYamlDocuments(text: string): Json[] {
  return load(text).filter(document => document !== null && document !== undefined)
}

/** Prints one document: keys in the given order, or sorted as kubectl does; lists at the level of their key. */
export function toYaml(value: Json, options: { readonly sortKeys?: boolean } = {}): string {
  return dump(value, {
    schema,
    noRefs: true,
    noArrayIndent: true,
    lineWidth: -1,
    quotingType: '"',
    sortKeys: options.sortKeys ?? false,
  })
}

const trueWords = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const boolWords = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const integerPattern = /^[-+]?(?:0|[1-9][0-9_]*|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+)$/
const floatPattern = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/
const notFinitePattern = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

const timestampPattern =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?$/

const schema = FAILSAFE_SCHEMA.extend({
  implicit: [
    new Type('tag:yaml.org,2002:null', {
      kind: 'scalar',
      resolve: (data: string | null) => data === null || /^(?:~|null|Null|NULL|)$/.test(data),
      construct: () => null,
      predicate: (value: unknown) => value === null,
      represent: () => 'null',
    }),
    new Type('tag:yaml.org,2002:bool', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && boolWords.test(data),
      construct: (data: string) => trueWords.test(data),
      predicate: (value: unknown) => typeof value === 'boolean',
      represent: (value: unknown) => String(value),
    }),
    new Type('tag:yaml.org,2002:int', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && integerPattern.test(data),
      construct: toInteger,
      predicate: (value: unknown) => Number.isInteger(value),
      represent: (value: unknown) => String(value),
    }),
    new Type('tag:yaml.org,2002:float', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && (isFiniteFloat(data) || notFinitePattern.test(data)),
      construct: toFloat,
      predicate: (value: unknown) => typeof value === 'number' && !Number.isInteger(value),
      represent: (value: unknown) => String(value),
    }),
    // Stays a text; what looks like a time is quoted in print.
    new Type('tag:yaml.org,2002:timestamp', {
      kind: 'scalar',
      resolve: (data: string | null) => data !== null && timestampPattern.test(data),
      construct: (data: string) => data,
    }),
    mergeType(),
  ],
  explicit: [
    new Type('tag:yaml.org,2002:binary', {
      kind: 'scalar',
      construct: (data: string) => Buffer.from(data, 'base64').toString('utf8'),
    }),
    // Tags of an application's own say nothing to us.
    ...(['scalar', 'sequence', 'mapping'] as const).map(kind => new Type('!', { kind, multi: true })),
  ],
})

/** More nodes than any real manifest has; only aliases can get there from a bounded text. */
const maxNodes = 1_000_000

function load(text: string): Json[] {
  let documents: unknown[]
  try {
    documents = loadAll(text, null, { schema, json: true })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const { mark } = error
    throw new YamlError(mark ? `${error.reason} (line ${mark.line + 1}, column ${mark.column + 1})` : error.reason, {
      cause: error,
    })
  }
  // The schema constructs JSON values only; aliases may share or repeat them, so those get copied.
  const values = documents as Json[]
  return text.includes('*') ? copyWithinBounds(values) : values
}

function copyWithinBounds(values: readonly Json[]): Json[] {
  let nodes = 0
  const ancestors = new Set<object>()
  const copy = (value: Json): Json => {
    nodes += 1
    if (nodes > maxNodes) throw new YamlError('document contains excessive aliasing')
    if (typeof value !== 'object' || value === null) return value
    if (ancestors.has(value)) throw new YamlError('an anchor contains itself')
    ancestors.add(value)
    const result = Array.isArray(value)
      ? value.map(copy)
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
    ancestors.delete(value)
    return result
  }
  return values.map(copy)
}

function toInteger(data: string): number {
  const plain = data.replaceAll('_', '').toLowerCase()
  const digits = plain.replace(/^[-+]/, '')
  const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return plain.startsWith('-') ? 0 - magnitude : magnitude
}

// What no float64 holds stays text.
function isFiniteFloat(data: string): boolean {
  return floatPattern.test(data) && Number.isFinite(Number(data.replaceAll('_', '')))
}

function toFloat(data: string): number {
  if (notFinitePattern.test(data)) throw new YamlError(`${data} is not a number that JSON can carry`)
  return Number(data.replaceAll('_', ''))
}

function mergeType(): Type {
  return new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (data: string | null) => data === '<<' })
}

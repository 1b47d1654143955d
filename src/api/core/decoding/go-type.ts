/**
 * Types of the API's Go structs, read from the notation of go-types.ts:
 *
 *     NAME[?|~] TYPE; ...        ? leaves an empty value out, ~ a zero one
 *     TYPE = *TYPE | []TYPE | {}TYPE | {KEY}TYPE | bytes | any | KIND[:GO NAME] | !CUSTOM | STRUCT
 */

/** One type. `text` is how Go prints it, as texts of errors do. */
export type GoType =
  | { readonly kind: 'struct'; readonly text: string; readonly name: string; readonly struct: string }
  | { readonly kind: 'pointer' | 'slice' | 'map'; readonly text: string; readonly of: GoType }
  | { readonly kind: 'string' | 'bool' | 'bytes' | 'any' | 'float'; readonly text: string }
  | { readonly kind: 'integer'; readonly text: string; readonly bits: 8 | 32 | 64 }
  | { readonly kind: 'custom'; readonly text: string; readonly name: string }

/** One field of a struct. */
export interface GoField {
  readonly name: string
  readonly type: GoType
  /** What is left out of the JSON: nothing, what is empty (false, 0, nil, no items), or what is zero. */
  readonly omit: 'never' | 'empty' | 'zero'
}

/** Reads a struct's fields. */
export function parseFields(notation: string): Map<string, GoField> {
  const fields = new Map<string, GoField>()
  if (notation === '') return fields
  for (const part of notation.split('; ')) {
    const space = part.indexOf(' ')
    const mark = part[space - 1]
    const name = part.slice(0, mark === '?' || mark === '~' ? space - 1 : space)
    const omit = mark === '?' ? 'empty' : mark === '~' ? 'zero' : 'never'
    fields.set(name, { name, type: parseType(part.slice(space + 1)), omit })
  }
  return fields
}

/** Reads one type. */
export function parseType(notation: string): GoType {
  if (notation.startsWith('*')) return wrap('pointer', '*', notation.slice(1))
  if (notation.startsWith('[]')) return wrap('slice', '[]', notation.slice(2))
  if (notation.startsWith('{')) {
    const end = notation.indexOf('}')
    return wrap('map', `map[${notation.slice(1, end) || 'string'}]`, notation.slice(end + 1))
  }
  if (notation.startsWith('!')) {
    const name = notation.slice(1)
    return { kind: 'custom', name, text: `${customPackages[name] ?? 'v1'}.${name}` }
  }
  const [kind = '', goName = kind] = notation.split(':')
  const scalar = scalars[kind]
  if (scalar) return { ...scalar, text: goName === 'bytes' ? '[]uint8' : goName } as GoType
  const bare = notation.slice(notation.indexOf('/') + 1)
  const dot = bare.indexOf('.')
  return { kind: 'struct', struct: notation, name: bare.slice(dot + 1), text: dot < 0 ? `v1.${bare}` : bare }
}

const customPackages: Readonly<Record<string, string>> = {
  Quantity: 'resource',
  IntOrString: 'intstr',
  RawExtension: 'runtime',
}

const scalars: Readonly<Record<string, { readonly kind: string; readonly bits?: 8 | 32 | 64 }>> = {
  string: { kind: 'string' },
  bool: { kind: 'bool' },
  bytes: { kind: 'bytes' },
  any: { kind: 'any' },
  float64: { kind: 'float' },
  int: { kind: 'integer', bits: 64 },
  int64: { kind: 'integer', bits: 64 },
  int32: { kind: 'integer', bits: 32 },
  uint8: { kind: 'integer', bits: 8 },
}

function wrap(kind: 'pointer' | 'slice' | 'map', prefix: string, rest: string): GoType {
  const of = parseType(rest)
  return { kind, of, text: prefix + of.text }
}

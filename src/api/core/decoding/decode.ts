/** Reads JSON as a built-in kind the way the API server does: types checked, unknown fields dropped, empty values left out. */
import { isJsonArray, isJsonObject } from '../../../apimachinery/json.ts'
import type { GroupVersionKind, Json, JsonObject } from '../../../apimachinery/meta.ts'
import { customTypes } from './custom-types.ts'
import { base64Problem, DecodeError, typeError } from './decode-error.ts'
import { type GoField, type GoType, parseFields, parseType } from './go-type.ts'
import { structFields, structOfKind } from './go-types.ts'
import { jsonTypeOf } from './json-type.ts'

/** What was read. */
export interface Decoded {
  /** A new object; what it shares with the input is never changed. */
  readonly object: JsonObject
  /** Paths of fields that the kind does not have, in the order of the input, such as `spec.containers[0].nane`. */
  readonly unknownFields: readonly string[]
}

/** Reads JSON as built-in kinds. Keeps the types that it has parsed: make one and share it. */
export interface BuiltinDecoder {
  knows(gvk: GroupVersionKind): boolean
  /**
   * Throws {@link DecodeError} where a value does not fit its field, and for a kind that is not built in. A list that is
   * required and empty is written as null, as the real server does after storing it.
   *
   * `known` is an object of the kind as it was read and stored before; parts that `json` has in common with it, the very
   * same values, are taken as they are.
   */
  decode(gvk: GroupVersionKind, json: JsonObject, known?: JsonObject): Decoded
}

/** A new decoder over the table of Go types. */
export function newBuiltinDecoder(): BuiltinDecoder {
  const structs = new Map<string, Map<string, GoField>>()
  const fieldsOf = (struct: string) => {
    const known = structs.get(struct)
    if (known) return known
    const fields = parseFields(structFields[struct] ?? '')
    structs.set(struct, fields)
    return fields
  }
  const structFor = ({ group, version, kind }: GroupVersionKind) => structOfKind[`${group}/${version}/${kind}`]
  return {
    knows: gvk => structFor(gvk) !== undefined,
    decode(gvk, json, known) {
      const struct = structFor(gvk)
      if (struct === undefined) throw new DecodeError(`no built-in kind ${gvk.kind} in ${gvk.group}/${gvk.version}`)
      // Metadata is read again all the same: the server completes it in another order than the one it is written in.
      const before = known && { ...known, metadata: isJsonObject(known['metadata']) ? { ...known['metadata'] } : null }
      return new Reading(fieldsOf, keepsEmptyLists(gvk)).read(struct, json, before)
    },
  }
}

// These are stored as JSON; all others as protobuf, which does not tell an empty list from none.
function keepsEmptyLists({ group }: GroupVersionKind): boolean {
  return group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io'
}

/** One pass over one object. */
class Reading {
  readonly #fieldsOf: (struct: string) => Map<string, GoField>
  readonly #keepsEmptyLists: boolean
  readonly #unknown: string[] = []
  /** The first value of a wrong type. Reading goes on, since a later error of a custom type wins over it. */
  #error: DecodeError | undefined
  /** The innermost struct's name and the names of the fields down to here, as errors give them. */
  #struct = ''
  readonly #stack: string[] = []

  constructor(fieldsOf: (struct: string) => Map<string, GoField>, keepsEmptyLists: boolean) {
    this.#fieldsOf = fieldsOf
    this.#keepsEmptyLists = keepsEmptyLists
  }

  read(struct: string, json: JsonObject, known: JsonObject | undefined): Decoded {
    const object = this.#readStruct(parseType(struct), json, '', known)
    if (this.#error) throw this.#error
    return { object, unknownFields: [...new Set(this.#unknown)] }
  }

  #readStruct(type: GoType, json: JsonObject, path: string, known?: Json): JsonObject {
    if (type.kind !== 'struct') throw new Error(`${type.text} is not a struct`)
    const fields = this.#fieldsOf(type.struct)
    const values = new Map<string, Json | undefined>()
    const before = isJsonObject(known) ? known : undefined
    const struct = this.#struct
    for (const key in json) {
      const value = json[key]
      if (value === undefined) continue
      const field = fields.get(key)
      const fieldPath = path === '' ? key : `${path}.${key}`
      if (!field) {
        this.#unknown.push(fieldPath)
        continue
      }
      if (typeof value === 'object' && value !== null && value === before?.[key]) {
        values.set(key, value)
        continue
      }
      this.#struct = type.name
      this.#stack.push(key)
      values.set(key, this.#readValue(field.type, value, fieldPath, before?.[key]))
      this.#struct = struct
      this.#stack.pop()
    }
    const object: Record<string, Json> = {}
    for (const field of fields.values()) {
      const value = this.#written(field, values.get(field.name))
      if (value !== undefined) object[field.name] = value
    }
    return object
  }

  /** The value to write for a field; undefined leaves it out. */
  #written({ type, omit }: GoField, value: Json | undefined): Json | undefined {
    // Go's omitempty never leaves a struct out.
    if (value === undefined)
      return omit === 'never' || (omit === 'empty' && isStruct(type)) ? this.#zero(type) : undefined
    if (omit === 'never') return isEmptyList(value, type) && !this.#keepsEmptyLists ? null : value
    if (type.kind === 'pointer' || type.kind === 'any' || type.kind === 'custom') return value
    if (type.kind === 'struct') return omit === 'zero' && isEmptyObject(value) ? undefined : value
    return isEmpty(value) ? undefined : value
  }

  #zero(type: GoType): Json {
    switch (type.kind) {
      case 'struct':
        return this.#readStruct(type, {}, '')
      case 'string':
        return ''
      case 'bool':
        return false
      case 'integer':
      case 'float':
        return 0
      case 'custom':
        return zeroOfCustom[type.name] ?? null
      default:
        return null
    }
  }

  #readValue(type: GoType, value: Json, path: string, known?: Json): Json | undefined {
    if (value === null) return undefined
    switch (type.kind) {
      case 'pointer':
        return this.#readValue(type.of, value, path, known) ?? undefined
      case 'struct':
        return isJsonObject(value) ? this.#readStruct(type, value, path, known) : this.#mismatch(type, value)
      case 'slice':
        return isJsonArray(value) ? this.#readItems(type.of, value, path) : this.#mismatch(type, value)
      case 'map':
        return isJsonObject(value) ? this.#readEntries(type.of, value, path) : this.#mismatch(type, value)
      case 'string':
        return typeof value === 'string' ? value : this.#mismatch(type, value)
      case 'bool':
        return typeof value === 'boolean' ? value : this.#mismatch(type, value)
      case 'float':
        return typeof value === 'number' ? value : this.#mismatch(type, value)
      case 'integer':
        return this.#readInteger(type, type.bits, value)
      case 'bytes':
        return this.#readBytes(type, value)
      case 'any':
        return value
      case 'custom':
        return this.#readCustom(type.name, value)
    }
  }

  #readItems(type: GoType, items: readonly Json[], path: string): Json {
    return items.map((item, i) => this.#readValue(type, item, `${path}[${i}]`) ?? this.#zeroItem(type))
  }

  #readEntries(type: GoType, entries: JsonObject, path: string): Json {
    const read: Record<string, Json> = {}
    for (const key in entries) {
      const value = entries[key]
      if (value !== undefined) read[key] = this.#readValue(type, value, `${path}.${key}`) ?? this.#zeroItem(type)
    }
    return read
  }

  #zeroItem(type: GoType): Json {
    return type.kind === 'pointer' ? null : this.#zero(type)
  }

  #readInteger(type: GoType, bits: number, value: Json): Json | undefined {
    if (typeof value !== 'number') return this.#mismatch(type, value)
    const limit = bits === 8 ? 256 : 2 ** (bits - 1)
    const fits = Number.isInteger(value) && value < limit && value >= (bits === 8 ? 0 : -limit)
    return fits ? value : this.#mismatch(type, value, true)
  }

  #readBytes(type: GoType, value: Json): Json | undefined {
    if (typeof value !== 'string') return this.#mismatch(type, value)
    const problem = base64Problem(value)
    if (problem) this.#error ??= new DecodeError(problem)
    return problem ? undefined : Buffer.from(value, 'base64').toString('base64')
  }

  #readCustom(name: string, value: Json): Json | undefined {
    const read = customTypes[name]
    if (read) return read(value, this.#where())
    // JSONSchemaPropsOrBool and its like: a schema, a list of schemas or names, or a boolean. Strictness ends here.
    const unknown = this.#unknown.length
    const schema = parseType('JSONSchemaProps')
    const result = isJsonObject(value)
      ? this.#readStruct(schema, value, '')
      : isJsonArray(value)
        ? value.map(item => (isJsonObject(item) ? this.#readStruct(schema, item, '') : item))
        : value
    this.#unknown.length = unknown
    return result
  }

  #mismatch(type: GoType, value: Json, withNumber = false): undefined {
    this.#error ??= typeError(jsonTypeOf(value, withNumber), this.#where(), type.text)
    return undefined
  }

  #where(): string {
    return this.#stack.length === 0 ? '' : `${this.#struct}.${this.#stack.join('.')}`
  }
}

function isStruct(type: GoType): boolean {
  return type.kind === 'struct' || (type.kind === 'custom' && type.name !== 'FieldsV1')
}

const zeroOfCustom: Readonly<Record<string, Json>> = { Quantity: '0', IntOrString: 0 }

function isEmpty(value: Json): boolean {
  if (isJsonArray(value)) return value.length === 0
  if (isJsonObject(value)) return isEmptyObject(value)
  return value === '' || value === 0 || value === false
}

function isEmptyList(value: Json, type: GoType): boolean {
  return (type.kind === 'slice' || type.kind === 'map') && isEmpty(value)
}

function isEmptyObject(value: Json): boolean {
  for (const _ in value as JsonObject) return false
  return true
}

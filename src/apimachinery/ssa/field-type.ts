/**
 * How values of a schema are owned and merged: what is one field as a whole (scalars, atomic lists and maps) and what
 * is many. Compiled from a schema once and used for every write; parts of a schema are compiled when first met.
 */
import type { Json } from '../meta.ts'
import type { OpenApiSchema, ResolveSchema } from '../openapi-schema.ts'
import { fieldElement } from './path-element.ts'

/** The scalars that a field accepts; `untyped` accepts any. */
export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped'

/** What a value may be. A schema without a type allows all three. */
export interface FieldType {
  readonly scalar?: ScalarType
  readonly list?: ListType
  readonly map?: MapType
}

/** A list: one field as a whole, a set of scalars, or items that some of their properties identify. */
export interface ListType {
  readonly relationship: 'atomic' | 'set' | 'map'
  /** The identifying properties of a `map` list, sorted. */
  readonly keys: readonly string[]
  readonly items: FieldType
}

/** An object or a map. */
export interface MapType {
  readonly atomic: boolean
  /** The property or entry of this name; undefined where the schema does not declare it. */
  field(name: string): FieldOfMap | undefined
  /** Whether `name` is a declared property, not an entry of a map. */
  isDeclared(name: string): boolean
  /** Properties that are always there in the real server's objects, for they are structs or scalars by value. */
  readonly zeroValues: Readonly<Record<string, Json>>
}

/** One property or entry. */
export interface FieldOfMap {
  readonly element: string
  readonly type: FieldType
  /** The schema's default: completes the keys of list items that leave it out. */
  readonly defaultValue?: Json
}

/** Compiles schemas of built-in kinds that refer to each other by name. Keep it: it remembers what it compiled. */
export class FieldTypes {
  readonly #resolve: ResolveSchema
  readonly #named = new Map<string, FieldType>()

  constructor(resolve: ResolveSchema) {
    this.#resolve = resolve
  }

  /** The type of the definition with this full name. Throws what the resolver throws for unknown ones. */
  named(name: string): FieldType {
    const known = this.#named.get(name)
    if (known) return known
    const type = wellKnown[name] ?? compile(this.#resolve(name), { types: this, preserve: false, builtIn: true })
    this.#named.set(name, type)
    return type
  }

  /**
   * The type of a custom kind's objects. `metadata`, `apiVersion` and `kind` are taken from the built-in definitions,
   * whatever the schema says of them. Without a schema every list is one field and every map many.
   */
  custom(schema: OpenApiSchema | undefined): FieldType {
    if (!schema) return deduced
    const properties = {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: objectMeta },
    } as const
    return compile({ ...schema, properties }, { types: this, preserve: false, builtIn: false })
  }
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

interface Context {
  readonly types: FieldTypes
  /** Whether a schema above keeps unknown fields; those below then do so too. */
  readonly preserve: boolean
  /** Objects of built-in kinds are structs on the real server and so have zero values. */
  readonly builtIn: boolean
}

/** What stands where no schema says more: lists are one field, maps are many. */
const deduced: FieldType = {
  scalar: 'untyped',
  get list() {
    return { relationship: 'atomic', keys: [], items: deduced } as const
  },
  get map() {
    return deducedMap
  },
}

const deducedMap: MapType = {
  atomic: false,
  field: name => ({ element: fieldElement(name), type: deduced }),
  isDeclared: () => false,
  zeroValues: {},
}

const wellKnown: Readonly<Record<string, FieldType>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { scalar: 'untyped' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': deduced,
}

function compile(schema: OpenApiSchema, outer: Context): FieldType {
  if (schema.$ref) return withMapType(outer.types.named(schema.$ref), schema['x-kubernetes-map-type'])
  const context = schema['x-kubernetes-preserve-unknown-fields'] ? { ...outer, preserve: true } : outer
  switch (schema.type) {
    case 'object':
      return { map: compileMap(schema, context) }
    case 'array':
      return { list: compileList(schema, context) }
    case 'integer':
    case 'number':
      return { scalar: 'numeric' }
    case 'boolean':
      return { scalar: 'boolean' }
    case 'string':
      return { scalar: schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped' }
    default:
      return { scalar: 'untyped', list: compileList(schema, context), map: compileMap(schema, context) }
  }
}

/** A reference may say otherwise than its target whether the map is one field. */
function withMapType(type: FieldType, mapType: 'atomic' | 'granular' | undefined): FieldType {
  const { map } = type
  if (!map || !mapType || map.atomic === (mapType === 'atomic')) return type
  const { field, isDeclared, zeroValues } = map
  return { ...type, map: { field, isDeclared, zeroValues, atomic: mapType === 'atomic' } }
}

function compileList(schema: OpenApiSchema, context: Context): ListType {
  let items: FieldType | undefined
  return {
    ...listRelationship(schema),
    get items() {
      items ??= schema.items ? compile(schema.items, context) : deduced
      return items
    },
  }
}

function listRelationship(schema: OpenApiSchema): Pick<ListType, 'relationship' | 'keys'> {
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort()
  const listType = schema['x-kubernetes-list-type']
  if (listType) return { relationship: listType, keys: listType === 'map' ? keys : [] }
  // Lists that say nothing themselves are merged as strategic merge patches merge them.
  const strategy = schema['x-kubernetes-patch-strategy']
  if (strategy !== 'merge' && strategy !== 'merge,retainKeys') return { relationship: 'atomic', keys: [] }
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  return mergeKey ? { relationship: 'map', keys: [mergeKey] } : { relationship: 'set', keys: [] }
}

function compileMap(schema: OpenApiSchema, context: Context): MapType {
  const { properties = {} } = schema
  const known = new Map<string, FieldOfMap | undefined>()
  let entries: FieldType | undefined
  let zeroValues: Readonly<Record<string, Json>> | undefined

  const entryType = (): FieldType | undefined => {
    const { additionalProperties } = schema
    if (typeof additionalProperties === 'object') entries ??= compile(additionalProperties, context)
    else if (additionalProperties ?? (context.preserve || Object.keys(properties).length === 0)) entries ??= deduced
    return entries
  }
  const compileField = (name: string): FieldOfMap | undefined => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property) {
      const type = entryType()
      return type && { element: fieldElement(name), type }
    }
    return {
      element: fieldElement(name),
      type: compile(property, context),
      ...(property.default === undefined ? {} : { defaultValue: property.default }),
    }
  }
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    field(name) {
      const field = known.get(name)
      if (field || known.has(name)) return field
      const compiled = compileField(name)
      // Entries of maps are named by users: remembering them would grow without bound.
      if (Object.hasOwn(properties, name)) known.set(name, compiled)
      return compiled
    },
    isDeclared: name => Object.hasOwn(properties, name),
    get zeroValues() {
      zeroValues ??= context.builtIn ? findZeroValues(schema, context.types) : {}
      return zeroValues
    },
  }
}

/** Structs by value come out as `{}`, required scalars as their default, required lists and maps as null. */
function findZeroValues(schema: OpenApiSchema, types: FieldTypes): Readonly<Record<string, Json>> {
  const zero: Record<string, Json> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined) {
      const isStruct = property.$ref !== undefined && types.named(property.$ref).map !== undefined
      const isRequired = schema.required?.includes(name) ?? false
      if (isStruct || isRequired) zero[name] = property.default
    } else if (schema.required?.includes(name)) zero[name] = null
  }
  return zero
}

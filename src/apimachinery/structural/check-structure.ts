/** Whether a schema is structural: each field has a type outside of `anyOf` and its like, which may only narrow it. */
import { type FieldError, forbidden, invalid, required, toText } from '../field-error.ts'
import { jsonEqual } from '../json.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { compilePattern } from './patterns.ts'
import { propertySchema } from './values.ts'

type Level = 'root' | 'item' | 'field'

/** What keeps a schema from being structural, sorted by text; `field` is where the schema stands. */
export function structureErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors = [...invariantErrors(schema, 'root', field), ...completenessErrors(schema, schema, field, field)]
  return errors.sort((a, b) => (toText(a) < toText(b) ? -1 : 1))
}

function invariantErrors(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const { type, items, properties = {}, additionalProperties } = schema
  const errors: FieldError[] = []
  if (type === 'array' && !items) errors.push(required(`${field}.items`, 'must be specified'))
  if (items) errors.push(...invariantErrors(items, 'item', `${field}.items`))
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...invariantErrors(property, 'field', `${field}.properties[${name}]`))
  }
  if (additionalProperties !== undefined) {
    const at = `${field}.additionalProperties`
    if (level === 'root') errors.push(forbidden(at, 'must not be used at the root'))
    if (typeof additionalProperties === 'object') errors.push(...invariantErrors(additionalProperties, 'field', at))
  }
  return [
    ...errors,
    ...extensionErrors(schema, field),
    ...junctorErrors(schema, field, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf)),
    ...patternErrors(schema, field),
    ...typeErrors(schema, level, field),
    ...metadataErrors(schema, level, field),
  ]
}

function extensionErrors(schema: JsonSchema, field: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return []
  const mustBeFalse = 'must be false if x-kubernetes-int-or-string is true'
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter(extension => schema[extension])
    .map(extension => invalid(`${field}.${extension}`, true, mustBeFalse))
}

const emptyTypes: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function typeErrors(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const { type } = schema
  const isEmbedded = schema['x-kubernetes-embedded-resource']
  const at = `${field}.type`
  const errors: FieldError[] = []
  if (isEmbedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type ? invalid(at, type, detail) : required(at, detail))
  } else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(required(at, emptyTypes[level]))
  }
  if (isEmbedded && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbidden(`${field}.additionalProperties`, detail))
  }
  if (level === 'root' && type && type !== 'object') errors.push(invalid(at, type, 'must be object at the root'))
  const isEmpty = Object.keys(schema.properties ?? {}).length === 0
  if (isEmbedded && !schema['x-kubernetes-preserve-unknown-fields'] && isEmpty) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(required(`${field}.properties`, detail))
  }
  return errors
}

// The API checks metadata itself; a schema may say no more than what names look like.
function metadataErrors(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const isObjectRoot = level === 'root' || schema['x-kubernetes-embedded-resource'] === true
  const errors: FieldError[] = []
  for (const name of ['kind', 'apiVersion']) {
    const property = propertySchema(schema, name)
    if (isObjectRoot && property && property.type !== 'string') {
      errors.push(invalid(`${field}.properties[${name}].type`, property.type ?? '', 'must be string'))
    }
  }
  const metadata = propertySchema(schema, 'metadata')
  const at = `${field}.properties[metadata]`
  if (metadata && isObjectRoot && metadata.type !== 'object') {
    errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'))
  }
  if (metadata && level === 'root' && !saysOnlyNames(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(forbidden(at, detail))
  }
  return errors
}

function saysOnlyNames(metadata: JsonSchema): boolean {
  const { type: _type, default: _default, properties, ...rest } = metadata
  const names = Object.keys(properties ?? {})
  return Object.keys(rest).length === 0 && names.every(name => name === 'name' || name === 'generateName')
}

function patternErrors(schema: JsonSchema, field: string): FieldError[] {
  if (!schema.pattern) return []
  const compiled = compilePattern(schema.pattern)
  if (compiled.kind === 'pattern') return []
  const detail = `must be a valid regular expression, but isn't: ${compiled.problem}`
  return [invalid(`${field}.pattern`, schema.pattern, detail)]
}

function junctorErrors(schema: JsonSchema, field: string, skipAnyOf: boolean, skipFirstAllOf: boolean): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not } = schema
  return [
    ...(skipAnyOf ? [] : anyOf).flatMap((part, i) => nestedErrors(part, `${field}.anyOf[${i}]`)),
    ...allOf.flatMap((part, i) => nestedErrors(part, `${field}.allOf[${i}]`, skipFirstAllOf && i === 0)),
    ...oneOf.flatMap((part, i) => nestedErrors(part, `${field}.oneOf[${i}]`)),
    ...(not ? nestedErrors(not, `${field}.not`) : []),
  ]
}

const notNested: readonly (readonly [keyof JsonSchema, 'empty' | 'undefined' | 'false'])[] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
]

function nestedErrors(schema: JsonSchema, field: string, skipAnyOf = false): FieldError[] {
  const { items, properties = {} } = schema
  return [
    ...junctorErrors(schema, field, skipAnyOf, false),
    ...patternErrors(schema, field),
    ...(items ? nestedErrors(items, `${field}.items`) : []),
    ...Object.entries(properties).flatMap(([name, part]) => nestedErrors(part, `${field}.properties[${name}]`)),
    ...notNested
      .filter(([key, wanted]) => isSet(schema[key] as Json | undefined, wanted))
      .map(([key, wanted]) => forbidden(`${field}.${key}`, `must be ${wanted} to be structural`)),
    ...(propertySchema(schema, 'metadata')
      ? [forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context')]
      : []),
  ]
}

function isSet(value: Json | undefined, wanted: 'empty' | 'undefined' | 'false'): boolean {
  if (value === undefined) return false
  return wanted === 'undefined' || (value !== false && value !== '' && !(Array.isArray(value) && value.length === 0))
}

function isIntOrString(anyOf: readonly JsonSchema[] | undefined): boolean {
  return jsonEqual((anyOf ?? null) as Json, [{ type: 'integer' }, { type: 'string' }])
}

// What a part of a junctor speaks of must be specified at the same place outside of it.
function completenessErrors(part: JsonSchema, schema: JsonSchema, field: string, partField: string): FieldError[] {
  const { not, allOf = [], anyOf = [], oneOf = [] } = part
  const below = (nested: JsonSchema, at: string) => nestedCompleteness(nested, schema, field, `${partField}.${at}`)
  return [
    ...(not ? below(not, 'not') : []),
    ...allOf.flatMap((nested, i) => below(nested, `allOf[${i}]`)),
    ...anyOf.flatMap((nested, i) => below(nested, `anyOf[${i}]`)),
    ...oneOf.flatMap((nested, i) => below(nested, `oneOf[${i}]`)),
  ]
}

function nestedCompleteness(
  part: JsonSchema,
  schema: JsonSchema | undefined,
  field: string,
  partField: string,
): FieldError[] {
  if (!schema) return [required(field, `because it is defined in ${partField}`)]
  const { items, properties = {} } = part
  return [
    ...completenessErrors(part, schema, field, partField),
    ...(items ? nestedCompleteness(items, schema.items, `${field}.items`, `${partField}.items`) : []),
    ...Object.entries(properties).flatMap(([name, nested]) => {
      const at = `.properties[${name}]`
      return nestedCompleteness(nested, propertySchema(schema, name), `${field}${at}`, `${partField}${at}`)
    }),
  ]
}

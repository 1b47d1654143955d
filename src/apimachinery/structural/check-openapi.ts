/** What the API lets a schema of a CRD say beside being structural. */
import { type FieldError, forbidden, invalid, notSupported, notSupportedInOrder, required } from '../field-error.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema, ValidationRule } from '../schema.ts'
import { resolveFieldPath } from './field-path.ts'
import { ruleJson } from './internal-schema.ts'
import { parseRule } from './rules.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

const unsupported: readonly (readonly [keyword: string, detail: string])[] = [
  ['id', 'id is not supported'],
  ['additionalItems', 'additionalItems is not supported'],
  ['patternProperties', 'patternProperties is not supported'],
  ['definitions', 'definitions is not supported'],
  ['dependencies', 'dependencies is not supported'],
  ['$ref', '$ref is not supported'],
]

/** What is wrong with a schema; `field` is where it stands. Rules are looked at only where all else is fine. */
export function openApiErrors(schema: JsonSchema, field: string): FieldError[] {
  return nodeErrors(schema, field, true, undefined)
}

function nodeErrors(
  schema: JsonSchema,
  field: string,
  isRoot: boolean,
  noDefaultsReason: string | undefined,
): FieldError[] {
  const below = childErrors(schema, field, isRoot, noDefaultsReason)
  const own = [
    ...keywordErrors(schema, field, noDefaultsReason),
    ...mapErrors(schema, field),
    ...listErrors(schema, field),
    ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
      ruleErrors(rule, schema, `${field}.x-kubernetes-validations[${i}]`),
    ),
  ]
  const errors = [...own, ...below]
  return errors.length > 0 ? errors : ruleTextErrors(schema, field)
}

function childErrors(
  schema: JsonSchema,
  field: string,
  isRoot: boolean,
  noDefaultsReason: string | undefined,
): FieldError[] {
  const { properties = {}, additionalProperties, items, allOf = [], anyOf = [], oneOf = [], not } = schema
  const junctor = (part: JsonSchema, at: string) => nodeErrors(part, `${field}.${at}`, false, noDefaultsReason)
  return [
    ...(typeof additionalProperties === 'object' ? junctor(additionalProperties, 'additionalProperties') : []),
    ...Object.entries(properties).flatMap(([name, property]) => {
      const reason = isRoot && metaFields.has(name) ? `in top-level ${name}` : noDefaultsReason
      return nodeErrors(property, `${field}.properties[${name}]`, false, reason)
    }),
    ...(not ? junctor(not, 'not') : []),
    ...allOf.flatMap((part, i) => junctor(part, `allOf[${i}]`)),
    ...oneOf.flatMap((part, i) => junctor(part, `oneOf[${i}]`)),
    ...anyOf.flatMap((part, i) => junctor(part, `anyOf[${i}]`)),
    ...(items && !Array.isArray(items) ? junctor(items, 'items') : []),
  ]
}

const metaFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion'])

function keywordErrors(schema: JsonSchema, field: string, noDefaultsReason: string | undefined): FieldError[] {
  const { type, additionalProperties, properties } = schema
  // Users write what the type of a schema does not have.
  const words = schema as Readonly<Record<string, Json | undefined>>
  const errors: FieldError[] = []
  if (type && !types.includes(type)) errors.push(notSupported(`${field}.type`, type, types))
  if (schema.default !== undefined && noDefaultsReason) {
    errors.push(forbidden(`${field}.default`, `must not be set ${noDefaultsReason}`))
  }
  for (const [keyword, detail] of unsupported) {
    if (words[keyword] !== undefined) errors.push(forbidden(`${field}.${keyword}`, detail))
  }
  if (words['type'] === 'null') {
    errors.push(forbidden(`${field}.type`, 'type cannot be set to null, use nullable as an alternative'))
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${field}.items`, 'items must be a schema object and not an array'))
  }
  if (schema.uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(`${field}.uniqueItems`, detail))
  }
  const isMapAndStruct = Object.keys(properties ?? {}).length > 0 && additionalProperties !== undefined
  if (isMapAndStruct && additionalProperties !== true) {
    const detail = 'additionalProperties and properties are mutual exclusive'
    errors.push(forbidden(`${field}.additionalProperties`, detail))
  }
  if (words['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  }
  return errors
}

function mapErrors(schema: JsonSchema, field: string): FieldError[] {
  const mapType = schema['x-kubernetes-map-type']
  if (mapType === undefined) return []
  return [
    ...wrongType(schema, field, 'object', 'must be object if x-kubernetes-map-type is specified'),
    ...(mapType === 'atomic' || mapType === 'granular'
      ? []
      : [notSupportedInOrder(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])]),
  ]
}

function listErrors(schema: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const at = `${field}.x-kubernetes-list-type`
  const errors: FieldError[] = []
  if (listType !== undefined) {
    const wrong = wrongType(schema, field, 'array', 'must be array if x-kubernetes-list-type is specified')
    errors.push(...wrong)
    if (wrong.length === 0 && listType === 'set') errors.push(...setItemErrors(schema, field))
    if (!['atomic', 'set', 'map'].includes(listType)) {
      errors.push(notSupportedInOrder(at, listType, ['atomic', 'set', 'map']))
    }
  }
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(listType === undefined ? required(at, detail) : invalid(at, listType, detail))
  }
  if (listType === 'map') errors.push(...mapListErrors(schema, field))
  if ((listType === 'map' || listType === 'set') && schema.items) errors.push(...keyErrors(schema, field))
  return errors
}

function wrongType(schema: JsonSchema, field: string, wanted: string, detail: string): FieldError[] {
  if (schema.type === wanted) return []
  return [schema.type ? invalid(`${field}.type`, schema.type, detail) : required(`${field}.type`, detail)]
}

function setItemErrors({ items }: JsonSchema, field: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const listType = items?.['x-kubernetes-list-type']
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(`${field}.items.x-kubernetes-list-type`, listType, detail)]
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalid(`${field}.items.x-kubernetes-map-type`, listType, detail)]
  }
  return []
}

function mapListErrors(schema: JsonSchema, field: string): FieldError[] {
  const { items } = schema
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const at = `${field}.x-kubernetes-list-map-keys`
  const errors: FieldError[] = []
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'))
  if (!items) errors.push(required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map'))
  else if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map"
    errors.push(invalid(`${field}.items.type`, items.type ?? '', detail))
  } else {
    for (const [i, key] of keys.entries()) {
      const property = items.properties?.[key]
      if (!property) errors.push(invalid(at, keys, 'entries must all be names of item properties'))
      else if (property.type === 'array' || property.type === 'object') {
        const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
        errors.push(invalid(`${field}.items.properties[${key}].type`, items.type, detail))
      }
      if (keys.indexOf(key) < i) errors.push(invalid(at, keys, 'must not contain duplicate entries'))
    }
  }
  return errors
}

function keyErrors(schema: JsonSchema, field: string): FieldError[] {
  const { items, 'x-kubernetes-list-type': listType } = schema
  const errors: FieldError[] = []
  if (items?.nullable) {
    errors.push(forbidden(`${field}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`))
  }
  if (listType !== 'map') return errors
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items?.properties?.[key]
    if (!property) continue
    const at = `${field}.items.properties[${key}]`
    const isKey = 'this property is in x-kubernetes-list-map-keys, so it'
    if (!items?.required?.includes(key) && property.default === undefined) {
      errors.push(required(`${at}.default`, `${isKey} must have a default or be a required property`))
    }
    if (property.nullable) errors.push(forbidden(`${at}.nullable`, `${isKey} cannot be nullable`))
  }
  return errors
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

function ruleErrors(given: ValidationRule, schema: JsonSchema, field: string): FieldError[] {
  const { rule, message, messageExpression, reason, fieldPath } = given
  const errors: FieldError[] = []
  const text = message?.trim() ?? ''
  if (rule.trim() === '') errors.push(required(`${field}.rule`, 'rule is not specified'))
  else if (message && text === '') errors.push(invalid(`${field}.message`, message, 'must be non-empty if specified'))
  else if (/[\r\n]/.test(text)) errors.push(invalid(`${field}.message`, message, 'must not contain line breaks'))
  else if (/[\r\n]/.test(rule.trim()) && text === '') {
    errors.push(required(`${field}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(required(`${field}.messageExpression`, 'messageExpression must be non-empty if specified'))
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${field}.reason`, reason, reasons))
  if (!fieldPath) return errors
  const wrong = (detail: string) => errors.push(invalid(`${field}.fieldPath`, fieldPath, detail))
  if (fieldPath.trim() === '') wrong('must be non-empty if specified')
  if (/[\r\n]/.test(fieldPath)) wrong('must not contain line breaks')
  if (resolveFieldPath(schema, fieldPath) === undefined) wrong('must be a valid path')
  return errors
}

function ruleTextErrors(schema: JsonSchema, field: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) => {
    const { error } = parseRule(rule.rule)
    if (!error) return []
    const message = `Invalid value: ${ruleJson(rule)}: compilation failed: ERROR: <input>: ${error}`
    return [{ type: 'FieldValueInvalid', field: `${field}.x-kubernetes-validations[${i}].rule`, message }]
  })
}

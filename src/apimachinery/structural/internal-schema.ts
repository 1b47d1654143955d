/** CRDs as the API server holds them: some of its messages print these values instead of what the user wrote. */
import { escapeLikeGo } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema, ValidationRule } from '../schema.ts'

/** A rule as the messages of the API print it. */
export function ruleJson(rule: ValidationRule): string {
  return print(internalRule(rule as unknown as JsonObject))
}

/** The versions of a CRD as the messages of the API print them; what all have in common is not part of them there. */
export function versionsJson(versions: readonly JsonObject[], common: ReadonlySet<string>): string {
  return print(
    versions.map(version => ({
      Name: version['name'] ?? '',
      Served: version['served'] ?? false,
      Storage: version['storage'] ?? false,
      Deprecated: version['deprecated'] ?? false,
      DeprecationWarning: version['deprecationWarning'] ?? null,
      Schema: unless(common, 'schema', version, schema => ({
        OpenAPIV3Schema: schema['openAPIV3Schema'] ? internalSchema(schema['openAPIV3Schema'] as JsonObject) : null,
      })),
      Subresources: unless(common, 'subresources', version, subresources => ({
        Status: subresources['status'] ?? null,
        Scale: subresources['scale'] ? pascal(subresources['scale'] as JsonObject, scaleFields) : null,
      })),
      AdditionalPrinterColumns: common.has('additionalPrinterColumns')
        ? null
        : list(version['additionalPrinterColumns'], column => pascal(column, columnFields)),
      SelectableFields: common.has('selectableFields')
        ? null
        : list(version['selectableFields'], field => pascal(field, [['jsonPath', 'JSONPath', '']])),
    })),
  )
}

/** A schema as the messages of the API print it. */
export function schemaJson(schema: JsonSchema): string {
  return print(internalSchema(schema as unknown as JsonObject))
}

/** The names that the API has for what a schema says, in its order. */
export function internalNames(schema: JsonSchema): string[] {
  const words = schema as Readonly<Record<string, Json | undefined>>
  return schemaFields
    .filter(([name, , zero]) => words[name] !== undefined && words[name] !== zero)
    .map(([, internal]) => internal)
}

type Field = readonly [name: string, internal: string, zero: Json]

const columnFields: readonly Field[] = [
  ['name', 'Name', ''],
  ['type', 'Type', ''],
  ['format', 'Format', ''],
  ['description', 'Description', ''],
  ['priority', 'Priority', 0],
  ['jsonPath', 'JSONPath', ''],
]

const scaleFields: readonly Field[] = [
  ['specReplicasPath', 'SpecReplicasPath', ''],
  ['statusReplicasPath', 'StatusReplicasPath', ''],
  ['labelSelectorPath', 'LabelSelectorPath', null],
]

const schemaFields: readonly Field[] = [
  ['id', 'ID', ''],
  ['$schema', 'Schema', ''],
  ['$ref', 'Ref', null],
  ['description', 'Description', ''],
  ['type', 'Type', ''],
  ['nullable', 'Nullable', false],
  ['format', 'Format', ''],
  ['title', 'Title', ''],
  ['default', 'Default', null],
  ['maximum', 'Maximum', null],
  ['exclusiveMaximum', 'ExclusiveMaximum', false],
  ['minimum', 'Minimum', null],
  ['exclusiveMinimum', 'ExclusiveMinimum', false],
  ['maxLength', 'MaxLength', null],
  ['minLength', 'MinLength', null],
  ['pattern', 'Pattern', ''],
  ['maxItems', 'MaxItems', null],
  ['minItems', 'MinItems', null],
  ['uniqueItems', 'UniqueItems', false],
  ['multipleOf', 'MultipleOf', null],
  ['enum', 'Enum', null],
  ['maxProperties', 'MaxProperties', null],
  ['minProperties', 'MinProperties', null],
  ['required', 'Required', null],
  ['items', 'Items', null],
  ['allOf', 'AllOf', null],
  ['oneOf', 'OneOf', null],
  ['anyOf', 'AnyOf', null],
  ['not', 'Not', null],
  ['properties', 'Properties', null],
  ['additionalProperties', 'AdditionalProperties', null],
  ['patternProperties', 'PatternProperties', null],
  ['dependencies', 'Dependencies', null],
  ['additionalItems', 'AdditionalItems', null],
  ['definitions', 'Definitions', null],
  ['externalDocs', 'ExternalDocs', null],
  ['example', 'Example', null],
  ['x-kubernetes-preserve-unknown-fields', 'XPreserveUnknownFields', null],
  ['x-kubernetes-embedded-resource', 'XEmbeddedResource', false],
  ['x-kubernetes-int-or-string', 'XIntOrString', false],
  ['x-kubernetes-list-map-keys', 'XListMapKeys', null],
  ['x-kubernetes-list-type', 'XListType', null],
  ['x-kubernetes-map-type', 'XMapType', null],
  ['x-kubernetes-validations', 'XValidations', null],
]

const nested: Readonly<Record<string, (value: Json) => Json>> = {
  items: value => ({ Schema: internalSchema(value as JsonObject), JSONSchemas: null }),
  allOf: value => list(value, internalSchema),
  oneOf: value => list(value, internalSchema),
  anyOf: value => list(value, internalSchema),
  not: value => internalSchema(value as JsonObject),
  properties: value =>
    Object.fromEntries(
      Object.entries(value as JsonObject)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, schema]) => [name, internalSchema(schema as JsonObject)]),
    ),
  additionalProperties: value =>
    typeof value === 'boolean'
      ? { Allows: value, Schema: null }
      : { Allows: true, Schema: internalSchema(value as JsonObject) },
  'x-kubernetes-validations': value => list(value, internalRule),
}

function internalSchema(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    schemaFields.map(([name, internal, zero]) => {
      const value = schema[name]
      return [internal, value === undefined ? zero : (nested[name]?.(value) ?? value)]
    }),
  )
}

function internalRule(rule: JsonObject): JsonObject {
  return pascal(rule, [
    ['rule', 'Rule', ''],
    ['message', 'Message', ''],
    ['messageExpression', 'MessageExpression', ''],
    ['reason', 'Reason', null],
    ['fieldPath', 'FieldPath', ''],
    ['optionalOldSelf', 'OptionalOldSelf', null],
  ])
}

function pascal(value: JsonObject, fields: readonly Field[]): JsonObject {
  return Object.fromEntries(fields.map(([name, internal, zero]) => [internal, value[name] ?? zero]))
}

function list(value: Json | undefined, change: (item: JsonObject) => Json): Json {
  return Array.isArray(value) ? value.map(item => change(item as JsonObject)) : null
}

function unless(
  common: ReadonlySet<string>,
  name: string,
  version: JsonObject,
  change: (value: JsonObject) => Json,
): Json {
  const value = version[name]
  return value === undefined || common.has(name) ? null : change(value as JsonObject)
}

// Structs print in the order of their fields, unlike maps.
function print(value: Json): string {
  return escapeLikeGo(JSON.stringify(value))
}

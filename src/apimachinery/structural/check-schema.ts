/** Whether the API would accept the schema of a CRD. */
import { type FieldError, forbidden, invalid } from '../field-error.ts'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { defaultErrors } from './check-defaults.ts'
import { openApiErrors } from './check-openapi.ts'
import { structureErrors } from './check-structure.ts'
import { internalNames, schemaJson } from './internal-schema.ts'

/**
 * What is wrong with the schema of one version of a CRD, in the words of the API. `field` is where the schema stands:
 * `spec.validation.openAPIV3Schema` when all versions have the same one, as the API sees it then.
 * Types inside CEL rules and their cost are not checked.
 */
export function checkSchema(
  schema: JsonSchema,
  field: string,
  options: { readonly statusSubresource?: boolean } = {},
): FieldError[] {
  // Users write what the type of a schema does not have.
  const readable = isReadable(schema as unknown as Json)
  const structure = readable ? structureErrors(schema, field) : []
  return [
    ...(options.statusSubresource ? rootErrors(schema, field) : []),
    ...(schema.nullable ? [forbidden(`${field}.nullable`, 'nullable cannot be true at the root')] : []),
    ...(structure.length > 0 ? structure : readable ? defaultErrors(schema, field) : []),
    ...openApiErrors(schema, field),
  ]
}

const unreadable = ['id', '$schema', '$ref', 'additionalItems', 'patternProperties', 'definitions', 'dependencies']

/** Whether the API can make sense of the schema at all; where it cannot, it says no more than that. */
function isReadable(schema: Json | undefined): boolean {
  if (!isJsonObject(schema)) return !isJsonArray(schema)
  const { properties = {}, items, additionalProperties, not, allOf, anyOf, oneOf } = schema
  const below = [items, additionalProperties, not, ...Object.values(isJsonObject(properties) ? properties : {})]
  const lists = [allOf, anyOf, oneOf].flatMap(list => (isJsonArray(list) ? list : []))
  return unreadable.every(word => schema[word] === undefined) && [...below, ...lists].every(part => isReadable(part))
}

const allowedAtRoot =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'.split(
    ' ',
  )

// With a status subresource the API checks `properties.status` alone, so nothing at the root may matter to it.
function rootErrors(schema: JsonSchema, field: string): FieldError[] {
  const enabled = 'if the status subresource is enabled'
  for (const name of internalNames(schema)) {
    if (name === 'Type' && schema.type !== 'object') {
      const detail = `only "object" is allowed as the type at the root of the schema ${enabled}`
      return [invalid(`${field}.type`, schema.type, detail)]
    }
    if (!allowedAtRoot.includes(name)) {
      const detail = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema ${enabled}`
      return [{ type: 'FieldValueInvalid', field, message: `Invalid value: ${schemaJson(schema)}: ${detail}` }]
    }
  }
  return []
}

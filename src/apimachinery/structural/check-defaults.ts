/** Whether the defaults of a schema would pass it. */
import { type FieldError, invalid } from '../field-error.ts'
import { jsonEqual } from '../json.ts'
import type { JsonSchema } from '../schema.ts'
import { compileSchema } from './compile.ts'

/** What is wrong with the defaults of a structural schema; `field` is where the schema stands. */
export function defaultErrors(schema: JsonSchema, field: string): FieldError[] {
  const { items, properties = {} } = schema
  return [
    ...(schema.default === undefined ? [] : ownErrors(schema, `${field}.default`)),
    ...(items ? defaultErrors(items, `${field}.items`) : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      defaultErrors(property, `${field}.properties[${name}]`),
    ),
  ]
}

function ownErrors(schema: JsonSchema, field: string): FieldError[] {
  const value = schema.default ?? null
  // Below a field, since at the root of an object `kind` and its like are always known.
  const inside = compileSchema({ type: 'object', properties: { default: schema } })
  const isPruned = jsonEqual(inside.prune({ default: value }), { default: value })
  const own = compileSchema(schema)
  // Once as a change of itself and once as new: rules about the old value see both.
  const errors = own.validate(value)
  const all = errors.length > 0 ? errors : own.validate(value, value)
  return [
    ...(isPruned ? [] : [invalid(field, value, 'must not have unknown fields')]),
    ...all.map(error => ({ ...error, field: below(field, error.field) })),
  ]
}

function below(field: string, path: string): string {
  if (path === '<nil>') return field
  return path.startsWith('[') ? field + path : `${field}.${path}`
}

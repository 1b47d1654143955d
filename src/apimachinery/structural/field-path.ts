/** Where a rule says that a field is: `.spec.name`, `['spec'].labels['a.b']`. */
import type { JsonSchema } from '../schema.ts'
import { additionalSchema, propertySchema } from './values.ts'

/** The path as it stands in errors, with a leading dot, or undefined where the schema has no such field. */
export function resolveFieldPath(schema: JsonSchema, path: string): string | undefined {
  const steps = /^(?:\.[^.[\]]+|\['(?:\\.|[^'\\])*'\])+$/.test(path)
    ? path.match(/\.[^.[\]]+|\['(?:\\.|[^'\\])*'\]/g)
    : null
  let current: JsonSchema | undefined = schema
  let resolved = ''
  for (const step of steps ?? []) {
    const name = step.startsWith('.') ? step.slice(1) : step.slice(2, -2).replaceAll(/\\(.)/g, '$1')
    const isStruct: boolean = current?.properties !== undefined
    current = current && (isStruct ? propertySchema(current, name) : additionalSchema(current))
    if (!current) return undefined
    resolved += isStruct ? `.${name}` : `[${name}]`
  }
  return steps ? resolved : undefined
}

/** Compiled schemas that several servers of one process have in common. */
import { createHash } from 'node:crypto'
import type { JsonSchema } from '../../../apimachinery/schema.ts'
import { compileSchema, type StructuralSchema } from '../../../apimachinery/structural/compile.ts'

/** Makes a schema ready for use. What it makes is used by many, and never changed. */
export type SchemaCompiler = (schema: JsonSchema) => StructuralSchema

// Ten times the kinds that a local cluster has; a definition that is changed again and again must not fill the memory.
const maxSchemas = 500

/** A compiler that remembers: patterns and rules in CEL take longer to compile than an object to check. */
export function newSchemaCache(): SchemaCompiler {
  const compiled = new Map<string, StructuralSchema>()
  return schema => {
    // By its text: each server has read the definition for itself.
    const key = createHash('sha256').update(JSON.stringify(schema)).digest('base64')
    const known = compiled.get(key)
    if (known) return known
    const made = compileSchema(schema)
    const oldest = compiled.keys().next().value
    if (compiled.size >= maxSchemas && oldest !== undefined) compiled.delete(oldest)
    compiled.set(key, made)
    return made
  }
}

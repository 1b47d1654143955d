/** Which definitions a document needs. */
import type { OpenApiSchema } from '../../../apimachinery/openapi-schema.ts'

/** The given definitions and all that they refer to, sorted by name. */
export function definitionsUsed(
  names: readonly string[],
  all: Readonly<Record<string, OpenApiSchema>>,
): readonly string[] {
  const used = new Set<string>()
  const visit = (name: string) => {
    const schema = all[name]
    if (used.has(name) || !schema) return
    used.add(name)
    visitReferences(schema, visit)
  }
  for (const name of names) visit(name)
  return [...used].sort()
}

function visitReferences(schema: OpenApiSchema, visit: (name: string) => void): void {
  if (schema.$ref) visit(schema.$ref)
  for (const property of Object.values(schema.properties ?? {})) visitReferences(property, visit)
  if (schema.items) visitReferences(schema.items, visit)
  if (typeof schema.additionalProperties === 'object') visitReferences(schema.additionalProperties, visit)
}

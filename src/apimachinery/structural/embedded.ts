/** The rules for whole objects inside an object (`x-kubernetes-embedded-resource`). */
import { type FieldError, invalid, required } from '../field-error.ts'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import { dns1035LabelProblems } from '../names.ts'
import type { JsonSchema } from '../schema.ts'

/** Checks the embedded objects in a value at a path. */
export type EmbeddedCheck = (value: Json, path: string, errors: FieldError[]) => void

/** Compiles the check of all embedded objects of a schema; undefined when it has none. */
export function compileEmbeddedCheck(schema: JsonSchema): EmbeddedCheck | undefined {
  const properties = new Map<string, EmbeddedCheck>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const check = compileEmbeddedCheck(property)
    if (check) properties.set(name, check)
  }
  const additional =
    typeof schema.additionalProperties === 'object' ? compileEmbeddedCheck(schema.additionalProperties) : undefined
  const items = schema.items && compileEmbeddedCheck(schema.items)
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  if (properties.size === 0 && !additional && !items && !isEmbedded) return undefined
  return (value, path, errors) => {
    if (isJsonArray(value)) {
      if (items) for (const [i, item] of value.entries()) items(item, `${path}[${i}]`, errors)
    } else if (isJsonObject(value)) {
      if (isEmbedded) checkTypeMeta(value, path, errors)
      for (const [key, field] of Object.entries(value)) {
        const property = properties.get(key)
        if (property) property(field, path === '' ? key : `${path}.${key}`, errors)
        else if (additional) additional(field, `${path}[${key}]`, errors)
      }
    }
  }
}

function checkTypeMeta(object: JsonObject, path: string, errors: FieldError[]): void {
  for (const name of ['apiVersion', 'kind'] as const) {
    const value = object[name]
    const field = `${path}.${name}`
    if (value === undefined) errors.push(required(field))
    else if (typeof value !== 'string') errors.push(invalid(field, value, 'must be a string'))
    else if (value === '') errors.push(invalid(field, value, 'must not be empty'))
    else {
      const problem = name === 'kind' ? kindProblem(value) : apiVersionProblem(value)
      if (problem) errors.push(invalid(field, value, problem))
    }
  }
}

function kindProblem(kind: string): string | undefined {
  const problems = dns1035LabelProblems(kind.toLowerCase())
  return problems.length > 0 ? `may have mixed case, but should otherwise match: ${problems.join(',')}` : undefined
}

function apiVersionProblem(apiVersion: string): string | undefined {
  return apiVersion.split('/').length > 2 ? `unexpected GroupVersion string: ${apiVersion}` : undefined
}

/** Values of an object as the rules of its schema see them: CEL's types, and names that are CEL identifiers. */
import type { Environment } from '@marcbachmann/cel-js'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { additionalSchema, propertySchema } from './values.ts'

/** A value in CEL: integers are bigint, numbers number, durations and timestamps objects of their own. */
export type CelValue = unknown

/** Converts values for rules. `environment` makes the types that the CEL library keeps to itself. */
export class RuleValues {
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** The value at the root of an object: of its metadata, rules see the name alone. */
  root(schema: JsonSchema, value: Json): CelValue {
    return this.convert({ ...schema, 'x-kubernetes-embedded-resource': true }, value)
  }

  /** The value below the root, by its schema; what the schema does not describe is converted by its looks. */
  convert(schema: JsonSchema | undefined, value: Json): CelValue {
    if (schema && typeof value === 'number' && schema.type === 'number') return value
    if (schema && typeof value === 'string') return this.#text(schema, value)
    if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
    if (isJsonArray(value)) return value.map(item => this.convert(schema?.items, item))
    return isJsonObject(value) ? this.#object(schema, value) : value
  }

  #text(schema: JsonSchema, text: string): CelValue {
    if (schema.type !== 'string') return text
    switch (schema.format) {
      case 'duration':
        return this.#environment.evaluate('duration(self)', { self: text })
      case 'date':
        return this.#environment.evaluate('timestamp(self)', { self: `${text}T00:00:00Z` })
      case 'date-time':
        return this.#environment.evaluate('timestamp(self)', { self: text })
      case 'byte':
        return new Uint8Array(Buffer.from(text, 'base64'))
      default:
        return text
    }
  }

  #object(schema: JsonSchema | undefined, object: JsonObject): CelValue {
    const isEmbedded = schema?.['x-kubernetes-embedded-resource'] === true
    const values = schema && additionalSchema(schema)
    if (!isEmbedded && !schema?.properties) {
      return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, this.convert(values, value)]))
    }
    return Object.fromEntries(
      Object.entries(object).flatMap(([key, value]): [string, CelValue][] => {
        const property = schema && propertySchema(schema, key)
        if (isEmbedded && key === 'metadata') return [['metadata', namesOf(value)]]
        if (!property && !(isEmbedded && (key === 'apiVersion' || key === 'kind'))) return []
        const name = celIdentifier(key)
        return name === undefined ? [] : [[name, this.convert(property, value)]]
      }),
    )
  }
}

function namesOf(metadata: Json): CelValue {
  if (!isJsonObject(metadata)) return metadata
  const { name, generateName } = metadata
  return { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) }
}

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** A property's name as rules write it, or undefined when they cannot. */
export function celIdentifier(name: string): string | undefined {
  if (name === '' || /^[0-9]/.test(name) || /[^a-zA-Z0-9_./-]/.test(name)) return undefined
  if (reserved.has(name)) return `__${name}__`
  return name.replaceAll(/__|[./-]/g, found => escapes[found] ?? found)
}

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** Pairs the parts of a new object with those of the old one, so that an update may keep what was wrong before. */
import { isJsonArray, isJsonObject, jsonEqual } from '../json.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { additionalSchema, propertySchema } from './values.ts'

/** One value with its old counterpart. Items of lists have one only in lists of type `map`. */
export class Correlation {
  readonly old: Json
  readonly #value: Json
  readonly #schema: JsonSchema
  #unchanged: boolean | undefined

  constructor(schema: JsonSchema, value: Json, old: Json) {
    this.#schema = schema
    this.#value = value
    this.old = old
  }

  /** Whether the value is the very one that it was. Says less than {@link isUnchanged} and costs nothing. */
  isSame(): boolean {
    return this.#value === this.old
  }

  /** Whether the value is what it was. */
  isUnchanged(): boolean {
    this.#unchanged ??= jsonEqual(this.#value, this.old)
    return this.#unchanged
  }

  /** The pair of a field; undefined when either side or the schema lacks it. */
  key(name: string): Correlation | undefined {
    const schema = propertySchema(this.#schema, name) ?? additionalSchema(this.#schema)
    if (!schema || !isJsonObject(this.#value) || !isJsonObject(this.old)) return undefined
    if (!Object.hasOwn(this.#value, name) || !Object.hasOwn(this.old, name)) return undefined
    return new Correlation(schema, this.#value[name] as Json, this.old[name] as Json)
  }

  /** The pair of an item; undefined unless the list is of type `map` and had an item with the same keys. */
  index(index: number): Correlation | undefined {
    const { items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys } = this.#schema
    if (!items || listType !== 'map' || !isJsonArray(this.#value) || !isJsonArray(this.old)) return undefined
    const item = this.#value[index]
    const old = this.old.find(candidate => sameKeys(keys ?? [], candidate, item))
    return item === undefined || old === undefined ? undefined : new Correlation(items, item, old)
  }
}

function sameKeys(keys: readonly string[], a: Json | undefined, b: Json | undefined): boolean {
  return isJsonObject(a) && isJsonObject(b) && keys.every(key => jsonEqual(a[key], b[key]))
}

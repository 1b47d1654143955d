/** One stored object at one revision. */
import { type ApiObject, asObject } from '../api-object.ts'

/** An object, where it stands and its encoding, which is made once and shared by all answers and watches. */
export class Entry {
  /** `namespace/name`, or `name` for cluster-scoped kinds. */
  readonly key: string
  readonly revision: number
  readonly object: ApiObject
  #json: string | undefined

  constructor(key: string, revision: number, object: ApiObject, json?: string) {
    this.key = key
    this.revision = revision
    this.object = object
    this.#json = json
  }

  /** The object as JSON text, apiVersion and kind first. */
  get json(): string {
    this.#json ??= JSON.stringify(this.object)
    return this.#json
  }

  /** The length of the JSON text if it has been made. */
  get encodedLength(): number | undefined {
    return this.#json?.length
  }

  /** The object from its stored text. */
  static parse(key: string, revision: number, json: string): Entry {
    return new Entry(key, revision, asObject(JSON.parse(json)))
  }
}

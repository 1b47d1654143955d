/** One stored object at one revision. */
import { type ApiObject, asObject } from '../api-object.ts'

/**
 * An object, where it stands and its encoding, which is made once and shared by all answers and watches. Of an object
 * that nobody has touched for a while only the encoding is kept: that is half the memory.
 */
export class Entry {
  /** `namespace/name`, or `name` for cluster-scoped kinds. */
  readonly key: string
  readonly revision: number
  readonly labels: ApiObject['metadata']['labels']
  #object: ApiObject | undefined
  #released: WeakRef<ApiObject> | undefined
  #json: string | undefined

  constructor(key: string, revision: number, object: ApiObject, json?: string) {
    this.key = key
    this.revision = revision
    this.labels = object.metadata.labels
    this.#object = object
    this.#json = json
  }

  /** The object. The same value as long as somebody holds it. */
  get object(): ApiObject {
    const known = this.#object ?? this.#released?.deref()
    if (known) return known
    // Released entries have their encoding.
    const parsed = asObject(JSON.parse(this.json))
    this.#released = new WeakRef(parsed)
    return parsed
  }

  /** The object as JSON text, apiVersion and kind first. */
  get json(): string {
    this.#json ??= JSON.stringify(this.#object)
    return this.#json
  }

  /** The name alone. */
  get name(): string {
    return this.key.slice(this.key.indexOf('/') + 1)
  }

  /** Keeps the encoding alone from now on; the object is read from it when it is wanted. */
  release(): void {
    if (!this.#object || !this.json) return
    this.#released = new WeakRef(this.#object)
    this.#object = undefined
  }

  /** The length of the JSON text if it has been made. */
  get encodedLength(): number | undefined {
    return this.#json?.length
  }

  /** The object from its stored text. */
  static parse(key: string, revision: number, json: string): Entry {
    return new Entry(key, revision, asObject(JSON.parse(json)), json)
  }
}

/**
 * What a controller has just done and its cache does not show yet. Without it a controller that is quicker than its
 * watch would create the same pod twice. (client-go's ControllerExpectations, here by object instead of by count)
 */
import type { KubernetesObject } from '../../apimachinery/meta.ts'

/** Objects by owner that were created or deleted lately. */
export class Expectations<T extends KubernetesObject> {
  readonly #created = new Map<string, Map<string, T>>()
  readonly #deleted = new Map<string, Set<string>>()
  /** Owners for whom something is being created, and what the cache has lost of theirs since then. */
  readonly #creating = new Map<string, { count: number; readonly gone: Set<string> }>()

  /**
   * Creates an object for `owner` and remembers it, unless the cache has heard of its end before `create` gave it: what
   * the garbage collector deletes at once, since its owner has just gone, would be waited for forever.
   */
  async create(owner: string, create: () => Promise<T>): Promise<T> {
    const creating = this.#creating.get(owner) ?? { count: 0, gone: new Set<string>() }
    this.#creating.set(owner, creating)
    creating.count += 1
    try {
      const object = await create()
      const uid = object.metadata?.uid ?? ''
      if (!creating.gone.has(uid)) this.#remember(owner, uid, object)
      return object
    } finally {
      creating.count -= 1
      if (creating.count === 0) this.#creating.delete(owner)
    }
  }

  #remember(owner: string, uid: string, object: T): void {
    const known = this.#created.get(owner) ?? new Map<string, T>()
    known.set(uid, object)
    this.#created.set(owner, known)
  }

  /** Remembers that an object of `owner` was deleted. */
  deleted(owner: string, object: T): void {
    const known = this.#deleted.get(owner) ?? new Set<string>()
    known.add(object.metadata?.uid ?? '')
    this.#deleted.set(owner, known)
  }

  /** The cache has heard of the object: it tells the truth from here on. */
  observed(owner: string, object: T): void {
    forget(this.#created, owner, object.metadata?.uid ?? '')
  }

  /** The cache has heard that the object is gone. */
  gone(owner: string, object: T): void {
    this.#creating.get(owner)?.gone.add(object.metadata?.uid ?? '')
    forget(this.#created, owner, object.metadata?.uid ?? '')
    forget(this.#deleted, owner, object.metadata?.uid ?? '')
  }

  /** `cached` as it will be when the watch has caught up. */
  apply(owner: string, cached: readonly T[]): T[] {
    const seen = new Set(cached.map(object => object.metadata?.uid))
    const deleted = this.#deleted.get(owner)
    const missing = [...(this.#created.get(owner)?.values() ?? [])].filter(object => !seen.has(object.metadata?.uid))
    return [...cached, ...missing].filter(object => !deleted?.has(object.metadata?.uid ?? ''))
  }
}

function forget(
  known: Map<string, { delete(uid: string): boolean; readonly size: number }>,
  owner: string,
  uid: string,
): void {
  const entry = known.get(owner)
  entry?.delete(uid)
  if (entry?.size === 0) known.delete(owner)
}

/** A cluster view over objects in memory, for tests of what is read and written without an API. */
import { type KubernetesObject, keyOf, type ResourceType } from '../../src/apimachinery/meta.ts'
import type { ClusterView } from '../../src/runtime/cluster-view.ts'
import { refOf } from '../../src/runtime/object-store.ts'
import { typeKeyOf } from '../../src/runtime/type-caches.ts'

/** A view and what was written to it. */
export interface CannedView {
  readonly view: ClusterView
  /** `create Service a/b`, `update VirtualService a/b`, in order. */
  readonly writes: readonly string[]
  /** All objects as they are now, in the order in which they came. */
  objects(): readonly KubernetesObject[]
  /** The object as it is now. */
  get<T extends KubernetesObject>(
    type: ResourceType<T>,
    ref: { readonly namespace: string; readonly name: string },
  ): T | undefined
}

/** A view of these objects. Patches are not known to it. */
export function cannedView(objects: readonly (readonly [ResourceType, KubernetesObject])[]): CannedView {
  const held = new Map<string, KubernetesObject>()
  const writes: string[] = []
  const key = (type: ResourceType, object: KubernetesObject) => `${typeKeyOf(type)}/${keyOf(refOf(object))}`
  for (const [type, object] of objects) held.set(key(type, object), object)
  const write = <T extends KubernetesObject>(verb: string, type: ResourceType<T>, object: T): Promise<T> => {
    writes.push(`${verb} ${type.kind} ${keyOf(refOf(object))}`)
    held.set(key(type, object), object)
    return Promise.resolve(object)
  }
  const get = <T extends KubernetesObject>(
    type: ResourceType<T>,
    ref: { readonly namespace?: string | undefined; readonly name: string },
  ) => held.get(`${typeKeyOf(type)}/${keyOf(ref)}`) as T | undefined // Put under this type's key.
  const unused = () => {
    throw new Error('not expected in this test')
  }
  return {
    get,
    writes,
    objects: () => [...held.values()],
    view: {
      isOpen: () => true,
      // No test that uses this reaches the API.
      client: {} as ClusterView['client'],
      get,
      group: () => [],
      start: () => {},
      synced: async () => {},
      tracked: read => ({ value: read(), reads: new Map(), moment: 0 }),
      subscribe: () => () => {},
      create: (type, object) => write('create', type, object),
      update: (type, object) => write('update', type, object),
      patch: unused,
    },
  }
}

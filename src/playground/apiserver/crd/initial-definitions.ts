/** CRDs that a cluster has from its start. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { type ApiObject, withFields, withMetadata } from '../api-object.ts'
import { type ServerContext, timestamp } from '../context.ts'

/** CRDs to have from the start, as they would be applied; taken as valid. Several servers of a process may share them. */
export interface InitialDefinitions {
  /** As objects; `decode` is called once in all, as it gives the same on every server. */
  objects(decode: (definition: JsonObject) => ApiObject): readonly ApiObject[]
}

/** Definitions that are read with the first server that has them. */
export function newInitialDefinitions(definitions: readonly JsonObject[]): InitialDefinitions {
  let objects: readonly ApiObject[] | undefined
  return {
    objects(decode) {
      objects ??= definitions.map(decode)
      return objects
    },
  }
}

const group = 'apiextensions.k8s.io'
const plural = 'customresourcedefinitions'

/**
 * Stores the CRDs that are not there, and gives those that are another spec where theirs differs. They are taken as
 * valid: who starts a server with definitions of its own tests them, and checking schemas takes longer than all else.
 */
export function ensureDefinitions(server: ServerContext, definitions: InitialDefinitions): void {
  const strategy = server.resources.find(group, 'v1', plural)?.strategy
  if (!strategy) throw new Error(`${plural}.${group} are not served`)
  const table = server.store.table(`${group}/${plural}`)
  for (const object of definitions.objects(definition => strategy.decode(definition).object)) {
    const name = object.metadata.name ?? ''
    const existing = table.get(name)?.object
    if (existing) {
      if (sameSpec(existing, object)) continue
      const next = withFields(existing, { spec: object['spec'] })
      server.store.put(table, name, strategy.prepareForUpdate(next, existing, ''))
    } else {
      const filled = withMetadata(object, { uid: server.newUid(), creationTimestamp: timestamp(server.clock) })
      server.store.put(table, name, strategy.toStorage(strategy.prepareForCreate(filled)))
    }
  }
}

// What is stored is JSON.
const sameSpec = (a: ApiObject, b: ApiObject) => jsonEqual(a['spec'] as Json, b['spec'] as Json)

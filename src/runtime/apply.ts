/** Writing objects only where something differs. */
import { sha256Hex } from '../apimachinery/canonical-json.ts'
import { isJsonArray, isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import {
  apiVersionOf,
  type Json,
  type JsonObject,
  type KubernetesObject,
  type ResourceType,
} from '../apimachinery/meta.ts'
import { type Client, isAlreadyExists, isConflict } from './client.ts'
import { newLruMap } from './lru-map.ts'
import { mergePatchBetween } from './merge-patch.ts'
import { refOf } from './object-store.ts'

/** What came of a write. */
export interface Written<T> {
  readonly object: T
  /** `unchanged`: nothing was sent, or what was sent made no difference. */
  readonly outcome: 'created' | 'changed' | 'unchanged'
}

/** Server-side apply under one field manager. */
export interface Applier {
  /**
   * Makes the API hold at least `desired`, and no more of what this applier had set before. `current` is what the
   * cache has; where it shows that nothing is missing and `desired` is what was applied last, nothing is sent. The
   * first call for an object always sends, as fields that an earlier process owned may have to go.
   */
  apply<T extends KubernetesObject>(
    type: ResourceType<T>,
    desired: KubernetesObject & Partial<T>,
    options: { readonly current: T | undefined; readonly signal: AbortSignal },
  ): Promise<Written<T>>
}

/** One entry is about 200 bytes; an object beyond the bound is applied once more than needed. */
const maxRemembered = 20_000
const maxConflicts = 5

/** An applier that owns its fields by force: the manager's name stands for one controller only. */
export function newApplier(deps: { readonly client: Pick<Client, 'apply'>; readonly fieldManager: string }): Applier {
  const applied = newLruMap<string, string>(maxRemembered)
  return {
    async apply(type, desired, { current, signal }) {
      const { namespace, name } = refOf(desired)
      const key = JSON.stringify([apiVersionOf(type), type.kind, namespace, name])
      // Keys in another order would only be applied once more; sorting them costs more than all the rest.
      const identity = sha256Hex(JSON.stringify(desired)).slice(0, 10)
      const isKnown = current && applied.get(key) === `${current.metadata?.uid} ${identity}`
      if (current && isKnown && holds(asJson(current), asJson(desired)))
        return { object: current, outcome: 'unchanged' }
      const object = await deps.client.apply(type, desired, { fieldManager: deps.fieldManager, force: true, signal })
      applied.set(key, `${object.metadata?.uid} ${identity}`)
      if (!current) return { object, outcome: 'created' }
      const isSame = object.metadata?.resourceVersion === current.metadata?.resourceVersion
      return { object, outcome: isSame ? 'unchanged' : 'changed' }
    },
  }
}

/**
 * Reads an object, lets `change` say what it should be, and creates or replaces it where that differs; reads again on
 * a conflict. `change` gets undefined where there is none, and may give undefined to leave things as they are.
 */
export async function createOrUpdate<T extends KubernetesObject>(
  client: Pick<Client, 'fetchIfExists' | 'create' | 'update'>,
  type: ResourceType<T>,
  ref: { readonly namespace?: string; readonly name: string },
  change: (current: T | undefined) => T | undefined,
  signal: AbortSignal,
): Promise<Written<T> | undefined> {
  for (let attempt = 1; ; attempt++) {
    const current = await client.fetchIfExists(type, ref, { signal })
    const next = change(current)
    if (next === undefined) return current && { object: current, outcome: 'unchanged' }
    if (current && jsonEqual(asJson(current), asJson(next))) return { object: current, outcome: 'unchanged' }
    try {
      if (current) return { object: await client.update(type, next, { signal }), outcome: 'changed' }
      return { object: await client.create(type, next, { signal }), outcome: 'created' }
    } catch (error) {
      if (attempt === maxConflicts || !(isConflict(error) || isAlreadyExists(error))) throw error
    }
  }
}

/** An object with a status. */
export interface WithStatus extends KubernetesObject {
  readonly status?: unknown
}

/**
 * Writes the status where it differs from that of `current`, as a merge patch of the differences. With `ifUnchanged`
 * the API refuses it (409) when the object has changed since `current` was read. Returns the object as it then is.
 */
export async function patchStatus<T extends WithStatus>(
  client: Pick<Client, 'patch'>,
  type: ResourceType<T>,
  current: T,
  status: NonNullable<T['status']>,
  options: { readonly signal: AbortSignal; readonly fieldManager?: string; readonly ifUnchanged?: boolean },
): Promise<Written<T>> {
  const patch = mergePatchBetween(asObject(asJson(current.status ?? {})), asObject(asJson(status)))
  if (!patch) return { object: current, outcome: 'unchanged' }
  const version = options.ifUnchanged ? current.metadata?.resourceVersion : undefined
  const body: JsonObject = { ...(version ? { metadata: { resourceVersion: version } } : {}), status: patch }
  const { signal, fieldManager } = options
  const object = await client.patch(
    type,
    refOf(current),
    { type: 'merge', body },
    {
      subresource: 'status',
      signal,
      ...(fieldManager ? { fieldManager } : {}),
    },
  )
  return { object, outcome: 'changed' }
}

/**
 * Whether `actual` has all that `wanted` says; a property that is undefined says nothing. Lists must have the same
 * length, as an item more would be drift.
 */
export function holds(actual: Json | undefined, wanted: Json): boolean {
  if (isJsonObject(wanted)) {
    return (
      isJsonObject(actual) &&
      Object.entries(wanted).every(([key, value]) => value === undefined || holds(actual[key], value))
    )
  }
  if (isJsonArray(wanted)) {
    return isJsonArray(actual) && actual.length === wanted.length && wanted.every((item, i) => holds(actual[i], item))
  }
  return jsonEqual(actual, wanted)
}

/** Objects are JSON, which TypeScript does not see in interfaces; what is undefined in them counts as absent. */
function asJson(value: unknown): Json {
  return value as Json
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {}
}

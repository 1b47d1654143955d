/**
 * Strategic merge patch: a merge patch whose lists are merged by a key where the kind's schema names one, with
 * directives: `$patch`, `$retainKeys`, `$setElementOrder/<list>` and `$deleteFromPrimitiveList/<list>`.
 */
import { goJsonKind, goPlain } from './go-verbs.ts'
import { isJsonArray, isJsonObject } from './json.ts'
import type { Json, JsonObject } from './meta.ts'
import type { OpenApiSchema, ResolveSchema } from './openapi-schema.ts'
import { badPatch, brokenPatch, type PatchResult, unfitPatch } from './patch-result.ts'
import { mergeKeyedItems, mergeScalars, orderItems, withoutDirectives } from './strategic-list.ts'
import { StrategicPatchError } from './strategic-patch-error.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const setElementOrder = '$setElementOrder/'
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/'

/** How the objects of a built-in kind merge. */
export interface StrategicSchema {
  readonly schema: OpenApiSchema
  readonly resolve: ResolveSchema
}

/** Applies the patch. The object is not changed. Nulls inside new list items stay for the decoder to drop. */
export function applyStrategicMergePatch(object: JsonObject, patch: Json, kind: StrategicSchema): PatchResult {
  if (patch !== null && !isJsonObject(patch)) {
    return badPatch(`json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`)
  }
  try {
    return { kind: 'ok', object: new Merger(kind.resolve).mergeMaps(object, patch ?? {}, kind.schema) }
  } catch (error) {
    if (!(error instanceof StrategicPatchError)) throw error
    if (error.fault === 'malformed') return badPatch(error.message)
    return error.fault === 'unfit' ? unfitPatch() : brokenPatch(error.message)
  }
}

class Merger {
  readonly #resolve: ResolveSchema

  constructor(resolve: ResolveSchema) {
    this.#resolve = resolve
  }

  readonly mergeMaps = (current: JsonObject, patch: JsonObject, schema: OpenApiSchema | undefined): JsonObject => {
    if (directive in patch) return replaceByDirective(patch)
    const merged: Record<string, Json> = retainNamedKeys(current, patch)
    const ordered = this.#mergeOrderedLists(merged, patch, schema)
    for (const [name, value] of Object.entries(patch)) {
      if (name === retainKeys || name.startsWith(setElementOrder) || ordered.has(name)) continue
      if (name.startsWith(deleteFromPrimitiveList)) {
        this.#deleteScalars(merged, name.slice(deleteFromPrimitiveList.length), value)
      } else if (value === null) {
        delete merged[name]
      } else {
        this.#mergeProperty(merged, name, value, schema)
      }
    }
    return merged
  }

  #mergeProperty(merged: Record<string, Json>, name: string, value: Json, schema: OpenApiSchema | undefined): void {
    const current = merged[name]
    const { property, strategy, mergeKey } = this.#lookUp(schema, name)
    if (isJsonObject(current) && isJsonObject(value)) {
      merged[name] = strategy === 'replace' ? value : this.mergeMaps(current, value, property)
    } else if (isJsonArray(current) && isJsonArray(value)) {
      merged[name] = strategy === 'merge' ? this.#mergeLists(current, value, mergeKey, property) : value
    } else {
      const kept = withoutDirectives(current === undefined || typeof value === 'object' ? withoutNulls(value) : value)
      if (kept === undefined) delete merged[name]
      else merged[name] = kept
    }
  }

  #mergeLists(
    current: readonly Json[],
    patch: readonly Json[],
    mergeKey: string | undefined,
    schema: OpenApiSchema | undefined,
  ): Json[] {
    const items = schema?.items && this.#target(schema.items)
    const isOfMaps = [...current, ...patch].some(isJsonObject)
    if (!isOfMaps) return mergeScalars(current, patch)
    if (mergeKey === undefined)
      throw new StrategicPatchError('broken', 'cannot merge lists without merge key for struct')
    return mergeKeyedItems(current, patch, mergeKey, (item, change) => this.mergeMaps(item, change, items))
  }

  #deleteScalars(merged: Record<string, Json>, name: string, value: Json): void {
    const current = merged[name]
    if (value === null) delete merged[name]
    else if (isJsonArray(current) && isJsonArray(value)) merged[name] = current.filter(item => !value.includes(item))
  }

  /** Merges the lists for which the patch gives an order. Returns their names. */
  #mergeOrderedLists(
    merged: Record<string, Json>,
    patch: JsonObject,
    schema: OpenApiSchema | undefined,
  ): ReadonlySet<string> {
    const done = new Set<string>()
    for (const [key, order] of Object.entries(patch)) {
      if (!key.startsWith(setElementOrder)) continue
      const name = key.slice(setElementOrder.length)
      const list = this.#mergeOrderedList(merged[name], patch[name], order, this.#lookUp(schema, name))
      if (list === undefined) continue
      merged[name] = list
      done.add(name)
    }
    return done
  }

  #mergeOrderedList(
    current: Json | undefined,
    patch: Json | undefined,
    order: Json,
    { property, strategy, mergeKey }: PatchMeta,
  ): Json | undefined {
    const before = asList(current)
    const change = asList(patch)
    const wanted = asList(order)
    checkOrder(change ?? [], wanted ?? [], mergeKey)
    if (!before && !change) return undefined
    let list = before ?? []
    if (change && before) list = strategy === 'merge' ? this.#mergeLists(before, change, mergeKey, property) : change
    else if (change) list = withoutDirectives(change) as readonly Json[]
    return orderItems(list, wanted ?? [], before ?? [], mergeKey)
  }

  #lookUp(schema: OpenApiSchema | undefined, name: string): PatchMeta {
    const object = schema && this.#target(schema)
    const property = object?.properties?.[name]
    const strategies = property?.['x-kubernetes-patch-strategy']?.split(',') ?? []
    return {
      property: property && this.#target(property),
      strategy: strategies.find(strategy => strategy !== 'retainKeys'),
      mergeKey: property?.['x-kubernetes-patch-merge-key'],
    }
  }

  #target(schema: OpenApiSchema): OpenApiSchema {
    return schema.$ref ? this.#resolve(schema.$ref) : schema
  }
}

interface PatchMeta {
  readonly property: OpenApiSchema | undefined
  readonly strategy: string | undefined
  readonly mergeKey: string | undefined
}

function replaceByDirective(patch: JsonObject): JsonObject {
  const { [directive]: kind, ...rest } = patch
  if (kind === 'replace') return rest
  if (kind === 'delete') return {}
  throw new StrategicPatchError('broken', `unknown patch type: ${goPlain(kind ?? null)} in map: ${goPlain(patch)}`)
}

/** The properties that `$retainKeys` names, or all where there is none. Whatever the patch sets must be named. */
function retainNamedKeys(current: JsonObject, patch: JsonObject): Record<string, Json> {
  const keys = patch[retainKeys]
  if (keys === undefined) return { ...current }
  if (!isJsonArray(keys)) throw malformed('retainKeys')
  for (const [name, value] of Object.entries(patch)) {
    const isDirective =
      name === retainKeys || name.startsWith(setElementOrder) || name.startsWith(deleteFromPrimitiveList)
    if (value !== null && !isDirective && !keys.includes(name)) throw malformed('retainKeys')
  }
  return Object.fromEntries(Object.entries(current).filter(([name]) => keys.includes(name)))
}

/** The items that the patch changes must come in the order that it gives, and be in it. */
function checkOrder(patch: readonly Json[], order: readonly Json[], mergeKey: string | undefined): void {
  if (order.length === 0) return
  const identity = (item: Json) => {
    if (mergeKey === undefined) return item
    if (!isJsonObject(item)) throw new StrategicPatchError('broken', 'expected a map[string]interface {}')
    const key = item[mergeKey]
    if (key !== undefined) return key
    throw new StrategicPatchError('broken', `map: ${goPlain(item)} does not contain declared merge key: ${mergeKey}`)
  }
  const changed = patch.filter(item => !(isJsonObject(item) && directive in item)).map(identity)
  let next = 0
  for (const item of order) if (next < changed.length && changed[next] === identity(item)) next++
  if (next === changed.length) return
  const message = `The order in patch list:\n${goPlain(patch)}\n doesn't match $setElementOrder list:\n${goPlain(order)}\n`
  throw new StrategicPatchError('broken', message)
}

function asList(value: Json | undefined): readonly Json[] | undefined {
  if (value === undefined || value === null) return undefined
  if (isJsonArray(value)) return value
  throw malformed('setElementOrder list')
}

function withoutNulls(value: Json): Json {
  if (isJsonArray(value)) return value.map(item => (item === null ? null : withoutNulls(item)))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item)]),
  )
}

function malformed(what: string): StrategicPatchError {
  return new StrategicPatchError('malformed', `invalid patch format of ${what}`)
}

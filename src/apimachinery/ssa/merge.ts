/** Lays an applied configuration over a live value. */
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { FieldType, ListType, MapType } from './field-type.ts'
import { elementOfItem, indexItems, namesOfBoth, type Shape, shapeOf } from './walk.ts'

/**
 * The live value with all fields of the configuration. Fields that only the live value has stay; list items that both
 * have stand in the configuration's order. Undefined where nothing is left.
 */
export function mergeValues(type: FieldType, live: Json | undefined, config: Json | undefined): Json | undefined {
  const shape: Shape = shapeOf(type, config === undefined ? live : config)
  if (shape === 'map' && type.map && !type.map.atomic) {
    const [a, b] = [isJsonObject(live) ? live : {}, isJsonObject(config) ? config : {}]
    if (Object.keys(a).length + Object.keys(b).length > 0) return mergeMaps(type.map, a, b)
  } else if (shape === 'list' && type.list && type.list.relationship !== 'atomic') {
    const [a, b] = [isJsonArray(live) ? live : [], isJsonArray(config) ? config : []]
    if (a.length + b.length > 0) return mergeLists(type.list, a, b)
  }
  return config === undefined ? live : config
}

function mergeMaps(map: MapType, live: JsonObject, config: JsonObject): Json | undefined {
  const merged: Record<string, Json> = {}
  for (const name of namesOfBoth(live, config)) {
    const field = map.field(name)
    const value = field ? mergeValues(field.type, live[name], config[name]) : (config[name] ?? live[name])
    if (value !== undefined) merged[name] = value
  }
  return Object.keys(merged).length > 0 ? merged : undefined
}

/**
 * Walks both lists at once. Items that only the live list has keep their place relative to the items that both have;
 * items that both have follow the configuration's order.
 */
function mergeLists(list: ListType, live: readonly Json[], config: readonly Json[]): Json | undefined {
  const liveIndex = indexItems(list, live)
  const configIndex = indexItems(list, config)
  const configElements = [...configIndex.keys()]
  // The items of both lists that are still to come, in the order in which they will.
  const shared = configElements.filter(element => liveIndex.has(element))
  const merged: Json[] = []
  const takeConfig = (element: string) => {
    if (shared[0] === element) shared.shift()
    const same = liveIndex.get(element) ?? []
    // Items that stand twice in the live list are replaced as a whole.
    const value = mergeValues(list.items, same.length === 1 ? same[0] : undefined, configIndex.get(element)?.[0])
    if (value !== undefined) merged.push(value)
  }

  let next = 0
  for (const item of live) {
    const element = elementText(list, item)
    if (element === undefined || !configIndex.has(element)) {
      merged.push(item)
      continue
    }
    // An item that both have comes when its turn in the configuration comes, after what is new before it.
    if (shared[0] !== element) continue
    while (shared[0] === element) takeConfig(configElements[next++] ?? element)
  }
  for (const element of configElements.slice(next)) takeConfig(element)
  return merged.length > 0 ? merged : undefined
}

function elementText(list: ListType, item: Json): string | undefined {
  const found = elementOfItem(list, item)
  return found.kind === 'element' ? found.element : undefined
}

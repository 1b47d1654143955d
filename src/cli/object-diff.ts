/** Two states of an object as lines, one a field that differs. Pure. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json, KubernetesObject } from '../apimachinery/meta.ts'

// What the API server and controllers keep about an object is not what anybody asked for.
const kept = ['status', 'apiVersion', 'kind']
const keptOfMetadata = [
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'finalizers',
  'ownerReferences',
]

/** `path: before -> after` for each field; `path: + value` and `path: - value` for those that come and go. */
export function fieldChanges(before: KubernetesObject, after: KubernetesObject): readonly string[] {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const paths = [...new Set([...old.keys(), ...now.keys()])]
  return paths.flatMap(path => {
    const [was, is] = [old.get(path), now.get(path)]
    if (was === is) return []
    if (was === undefined) return [`${path}: + ${is}`]
    return [is === undefined ? `${path}: - ${was}` : `${path}: ${was} -> ${is}`]
  })
}

function leavesOf(object: KubernetesObject): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>()
  const walk = (value: Json, path: string) => {
    if (isJsonArray(value) && value.length > 0) {
      for (const [at, item] of value.entries()) walk(item, `${path}[${at}]`)
    } else if (isJsonObject(value) && Object.keys(value).length > 0) {
      for (const [key, field] of Object.entries(value)) {
        if (field !== undefined) walk(field, path === '' ? key : `${path}.${key}`)
      }
    } else leaves.set(path, JSON.stringify(value))
  }
  const plain = JSON.parse(JSON.stringify(object)) as Record<string, Json> // an object of the API is JSON
  const metadata = isJsonObject(plain['metadata']) ? plain['metadata'] : {}
  const shown = Object.entries(plain).filter(([key]) => !kept.includes(key) && key !== 'metadata')
  const shownMetadata = Object.entries(metadata).filter(([key]) => !keptOfMetadata.includes(key))
  walk({ metadata: Object.fromEntries(shownMetadata), ...Object.fromEntries(shown) } as Json, '')
  return leaves
}

/** Where objects of built-in kinds live. */

import { builtInResources } from '../../src/api/core/resources.ts'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import { parseApiVersion } from '../../src/apimachinery/meta.ts'

/** The URL of the collection that an object belongs to; namespaced ones in `default` unless they say. */
export function collectionOf(object: JsonObject): string {
  const { group, version } = parseApiVersion(String(object['apiVersion']))
  const resource = builtInResources.find(
    r => r.group === group && r.version === version && r.kind === object['kind'] && r.verbs.includes('create'),
  )
  if (!resource) throw new Error(`no resource for ${object['apiVersion']} ${object['kind']}`)
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const { namespace } = object['metadata'] as { readonly namespace?: string }
  return resource.namespaced
    ? `${root}/namespaces/${namespace ?? 'default'}/${resource.plural}`
    : `${root}/${resource.plural}`
}

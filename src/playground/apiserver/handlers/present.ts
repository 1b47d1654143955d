/** The bodies of answers that carry objects: as they are, as a Table or as metadata alone. */
import { apiVersionOf } from '../../../apimachinery/meta.ts'
import type { ApiObject } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import type { ServedResource } from '../resources/served-resource.ts'
import { notAcceptable } from '../status-error.ts'
import type { Entry } from '../store/entry.ts'
import type { Call } from './call.ts'
import { partialMetadata } from './metadata-only.ts'
import type { Page } from './page.ts'
import { tableOfObjects } from './table.ts'

/** The JSON of an entry in the version of the resource. */
export function jsonOf(resource: ServedResource, entry: Entry): string {
  return resource.strategy.isStored ? entry.json : JSON.stringify(resource.strategy.fromStorage(entry.object))
}

/** An answer with one object. */
export function presentObject(call: Call, entry: Entry, code: number): Answer {
  const { form, resource } = call
  const { mediaType } = form
  if (form.as === undefined) return { code, mediaType, text: jsonOf(resource, entry) }
  return { code, mediaType, value: projectionOf(call, resource.strategy.fromStorage(entry.object)) }
}

/** One object in the projection that the caller asked for. */
export function projectionOf(call: Call, object: ApiObject): unknown {
  if (call.form.as === 'Table') {
    const { resourceVersion = '' } = object.metadata
    return tableOfObjects(call, [object], { resourceVersion })
  }
  if (call.form.as === 'PartialObjectMetadata') return partialMetadata(object, call.form.version)
  throw notAcceptable(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'])
}

/** An answer with a list. */
export function presentList(call: Call, page: Page, revision: number): Answer {
  const { form, resource } = call
  const { mediaType } = form
  const metadata = {
    resourceVersion: String(revision),
    ...(page.continueToken ? { continue: page.continueToken } : {}),
    ...(page.remaining !== undefined ? { remainingItemCount: page.remaining } : {}),
  }
  if (form.as === undefined) return { code: 200, mediaType, text: listText(resource, page.entries, metadata) }
  const objects = page.entries.map(entry => resource.strategy.fromStorage(entry.object))
  if (form.as === 'Table') return { code: 200, mediaType, value: tableOfObjects(call, objects, metadata) }
  if (form.as !== 'PartialObjectMetadataList') {
    throw notAcceptable(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'])
  }
  return {
    code: 200,
    mediaType,
    value: {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata,
      items: objects.map(object => partialMetadata(object, form.version)),
    },
  }
}

function listText(resource: ServedResource, entries: readonly Entry[], metadata: object): string {
  const apiVersion = apiVersionOf(resource)
  const head = `{"kind":"${resource.listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`
  // Items of built-in lists do not repeat what the list says already; either member may come first.
  const version = `"apiVersion":"${apiVersion}",`
  const kind = `"kind":"${resource.kind}",`
  const prefixes = [`{${version}${kind}`, `{${kind}${version}`]
  const items = entries.map(entry => {
    const json = jsonOf(resource, entry)
    const prefix = resource.custom ? undefined : prefixes.find(start => json.startsWith(start))
    return prefix ? `{${json.slice(prefix.length)}` : json
  })
  return `${head}${items.join(',')}]}`
}

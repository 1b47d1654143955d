/** Writes src/api/core/resources.ts: what discovery says of every resource that is served. */
import type { DiscoveryGroup, DiscoveryResource } from './generate.ts'
import { header } from './header.ts'
import { served } from './served.ts'

/** The verbs that most resources have. */
const common = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const preamble = `${header}
import type { GroupVersionKind, ResourceType } from '../../apimachinery/meta.ts'

/** A part of an object with its own URL, such as \`status\`. */
export interface BuiltInSubresource {
  readonly name: string
  /** The kind that is read and written there; of another group for \`scale\`, \`eviction\` and \`token\`. */
  readonly kind: GroupVersionKind
  readonly verbs: readonly string[]
}

/** A built-in resource as discovery shows it. */
export interface BuiltInResource extends ResourceType {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly BuiltInSubresource[]
}

const all = ${JSON.stringify(common)}
const part = ['get', 'patch', 'update']
`

/** The file's text. Groups stand in the order in which the real server lists them. */
export function resourcesFile(groups: readonly DiscoveryGroup[]): string {
  const rows = groups.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) => {
      const group = metadata?.name ?? ''
      const entry = served.find(({ groupVersion }) => groupVersion === (group === '' ? version : `${group}/${version}`))
      return resources
        .filter(({ responseKind }) => entry && (entry.kinds === undefined || entry.kinds.includes(responseKind.kind)))
        .map(resource => row(group, version, resource))
    }),
  )
  return `${preamble}
/** Every built-in resource, in the order of the real server's discovery. */
export const builtInResources: readonly BuiltInResource[] = [
${rows.join('\n')}
]
`
}

function row(group: string, version: string, resource: DiscoveryResource): string {
  const subresources = (resource.subresources ?? []).map(({ subresource, responseKind, verbs }) => {
    const kind = {
      group: responseKind.version === '' ? group : responseKind.group,
      version: responseKind.version === '' ? version : responseKind.version,
      kind: responseKind.kind,
    }
    return `{ name: '${subresource}', kind: ${JSON.stringify(kind)}, verbs: ${verbList(verbs)} }`
  })
  return `  {
    group: '${group}',
    version: '${version}',
    kind: '${resource.responseKind.kind}',
    plural: '${resource.resource}',
    namespaced: ${resource.scope === 'Namespaced'},
    singular: '${resource.singularResource}',
    shortNames: ${JSON.stringify(resource.shortNames ?? [])},
    categories: ${JSON.stringify(resource.categories ?? [])},
    verbs: ${verbList(resource.verbs)},
    subresources: [${subresources.join(', ')}],
  },`
}

function verbList(verbs: readonly string[]): string {
  const text = JSON.stringify(verbs)
  if (text === JSON.stringify(common)) return 'all'
  return text === '["get","patch","update"]' ? 'part' : text
}

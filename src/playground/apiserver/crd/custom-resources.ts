/** What a CRD makes the server serve. */
import type { ApiObject } from '../api-object.ts'
import type { BuiltInRules } from '../resources/built-in-strategy.ts'
import { type ServedResource, type ServedSubresource, tableName } from '../resources/served-resource.ts'
import type { ResourceStrategy } from '../resources/strategy.ts'
import { customStrategy } from './custom-strategy.ts'
import { type DefinitionNames, type DefinitionSpec, type DefinitionVersion, specOf, statusOf } from './definition.ts'
import type { SchemaCompiler } from './schema-cache.ts'
import { byVersionPriority } from './version-priority.ts'

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const partVerbs = ['get', 'patch', 'update']

/** The served versions of a CRD whose names are accepted, the preferred one first. */
export function customResourcesOf(crd: ApiObject, rules: BuiltInRules, compile: SchemaCompiler): ServedResource[] {
  const spec = specOf(crd)
  const names = statusOf(crd).acceptedNames ?? spec.names
  const stored = spec.versions.find(({ storage }) => storage)?.name ?? ''
  return spec.versions
    .filter(({ served }) => served)
    .toSorted((a, b) => byVersionPriority(a.name, b.name))
    .map(version => {
      const storedApiVersion = `${spec.group}/${stored}`
      return resourceOf(spec, names, version, customStrategy(spec, version, storedApiVersion, rules, compile))
    })
}

function resourceOf(
  spec: DefinitionSpec,
  names: DefinitionNames,
  version: DefinitionVersion,
  strategy: ResourceStrategy,
): ServedResource {
  const { group } = spec
  const { plural, kind } = names
  const schema = version.schema?.openAPIV3Schema
  const scale = version.subresources?.scale
  return {
    group,
    version: version.name,
    kind,
    plural,
    singular: names.singular ?? kind.toLowerCase(),
    listKind: names.listKind ?? `${kind}List`,
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: subresourcesOf(spec, names, version),
    custom: true,
    table: tableName(group, plural),
    strategy,
    ...(schema ? { schema } : {}),
    ...(scale ? { scale } : {}),
    ...(version.deprecated
      ? { deprecationWarning: version.deprecationWarning ?? `${group}/${version.name} ${kind} is deprecated` }
      : {}),
  }
}

function subresourcesOf(spec: DefinitionSpec, names: DefinitionNames, version: DefinitionVersion): ServedSubresource[] {
  const own = { group: spec.group, version: version.name, kind: names.kind }
  const found: ServedSubresource[] = []
  if (version.subresources?.status) found.push({ name: 'status', kind: own, verbs: partVerbs })
  if (version.subresources?.scale) {
    found.push({ name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: partVerbs })
  }
  return found
}

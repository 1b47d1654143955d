/** Whether the API would accept a new CustomResourceDefinition. */
import { type FieldError, invalid, notSupportedInOrder, required } from './field-error.ts'
import { isJsonArray, isJsonObject, jsonEqual } from './json.ts'
import type { Json, JsonObject } from './meta.ts'
import { dns1035LabelProblems, dns1123SubdomainProblems } from './names.ts'
import type { JsonSchema } from './schema.ts'
import { checkSchema } from './structural/check-schema.ts'
import { versionsJson } from './structural/internal-schema.ts'

/**
 * What is wrong with a CRD (apiextensions.k8s.io/v1) whose fields have the right types, with `singular` and `listKind`
 * filled in. In the words and at the paths of the API: what all versions have in common, it reports once, at a path
 * that v1 does not have (`spec.validation`, `spec.subresources`). Webhook conversion and metadata but for the name are
 * not checked.
 */
export function validateDefinition(crd: JsonObject): FieldError[] {
  const spec = objectOf(crd['spec'])
  const metadata = objectOf(crd['metadata'])
  const versions = objectsOf(spec['versions'])
  return [
    ...nameErrors(metadata, spec),
    ...groupErrors(spec),
    ...scopeErrors(spec),
    ...schemaPresence(versions),
    ...versionErrors(versions),
    ...namesErrors(objectOf(spec['names'])),
    ...commonErrors(versions),
    ...(versions.some(({ storage }) => storage)
      ? []
      : [invalid('status.storedVersions', undefined, 'must have at least one stored version')]),
    ...approvalErrors(metadata, textOf(spec['group'])),
    ...(spec['preserveUnknownFields'] === true
      ? [
          invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
  ]
}

function nameErrors(metadata: JsonObject, spec: JsonObject): FieldError[] {
  const name = textOf(metadata['name'])
  const wanted = `${textOf(objectOf(spec['names'])['plural'])}.${textOf(spec['group'])}`
  const problems = [
    ...dns1123SubdomainProblems(name),
    ...(name === wanted ? [] : ['must be spec.names.plural+"."+spec.group']),
  ]
  return problems.map(problem => invalid('metadata.name', name, problem))
}

function groupErrors(spec: JsonObject): FieldError[] {
  const group = textOf(spec['group'])
  if (group === '') return [required('spec.group')]
  const problems = dns1123SubdomainProblems(group)
  if (problems.length > 0) return [invalid('spec.group', group, problems.join(','))]
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

function scopeErrors(spec: JsonObject): FieldError[] {
  const scope = textOf(spec['scope'])
  if (scope === '') return [required('spec.scope')]
  const scopes = ['Cluster', 'Namespaced']
  return scopes.includes(scope) ? [] : [notSupportedInOrder('spec.scope', scope, scopes)]
}

function schemaPresence(versions: readonly JsonObject[]): FieldError[] {
  return versions.flatMap((version, i) =>
    schemaOf(version) ? [] : [required(`spec.versions[${i}].schema.openAPIV3Schema`)],
  )
}

const perVersion = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const

/** What all versions have in common. */
function commonFields(versions: readonly JsonObject[]): ReadonlySet<string> {
  const [first, ...others] = versions
  return new Set(perVersion.filter(name => others.every(other => jsonEqual(other[name], first?.[name]))))
}

function versionErrors(versions: readonly JsonObject[]): FieldError[] {
  const common = commonFields(versions)
  const names = versions.map(({ name }) => textOf(name))
  const whole = (detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field: 'spec.versions',
    message: `Invalid value: ${versions.length === 0 ? null : versionsJson(versions, common)}: ${detail}`,
  })
  return [
    ...versions.flatMap((version, i) => {
      const field = `spec.versions[${i}]`
      const name = textOf(version['name'])
      const problems = dns1035LabelProblems(name)
      const hasStatus = objectOf(version['subresources'])['status'] !== undefined
      return [
        ...(problems.length > 0 ? [invalid(`${field}.name`, name, problems.join(','))] : []),
        ...(common.has('schema') ? [] : schemaErrors(version, `${field}.schema`, hasStatus)),
        ...(common.has('subresources') ? [] : scaleErrors(version, `${field}.subresources`)),
        ...(common.has('additionalPrinterColumns') ? [] : columnErrors(version, `${field}.additionalPrinterColumns`)),
      ]
    }),
    ...(new Set(names).size < names.length ? [whole('must contain unique version names')] : []),
    ...(versions.filter(({ storage }) => storage).length === 1
      ? []
      : [whole('must have exactly one version marked as storage version')]),
  ]
}

function commonErrors(versions: readonly JsonObject[]): FieldError[] {
  const [first] = versions
  if (!first) return []
  const common = commonFields(versions)
  const hasStatus = versions.some(version => objectOf(version['subresources'])['status'] !== undefined)
  const problems = dns1035LabelProblems(textOf(first['name']))
  return [
    ...(problems.length > 0 ? [invalid('spec.version', textOf(first['name']), problems.join(','))] : []),
    ...(common.has('schema') ? schemaErrors(first, 'spec.validation', hasStatus) : []),
    ...(common.has('subresources') ? scaleErrors(first, 'spec.subresources') : []),
    ...(common.has('additionalPrinterColumns') ? columnErrors(first, 'spec.additionalPrinterColumns') : []),
  ]
}

function schemaErrors(version: JsonObject, field: string, statusSubresource: boolean): FieldError[] {
  const schema = schemaOf(version)
  return schema ? checkSchema(schema, `${field}.openAPIV3Schema`, { statusSubresource }) : []
}

function namesErrors(names: JsonObject): FieldError[] {
  const wanted = ['plural', 'singular', 'kind', 'listKind'] as const
  const kind = textOf(names['kind'])
  const listKind = textOf(names['listKind'])
  const mixedCase = 'may have mixed case, but should otherwise match: '
  const label = (field: string, name: string, prefix = '') => {
    const problems = name === '' ? [] : dns1035LabelProblems(prefix ? name.toLowerCase() : name)
    return problems.length > 0 ? [invalid(`spec.names.${field}`, name, prefix + problems.join(','))] : []
  }
  return [
    ...wanted.filter(name => textOf(names[name]) === '').map(name => required(`spec.names.${name}`)),
    ...label('plural', textOf(names['plural'])),
    ...label('singular', textOf(names['singular'])),
    ...label('kind', kind, mixedCase),
    ...label('listKind', listKind, mixedCase),
    ...textsOf(names['shortNames']).flatMap((name, i) => label(`shortNames[${i}]`, name)),
    ...(kind !== '' && kind === listKind
      ? [invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same')]
      : []),
    ...textsOf(names['categories']).flatMap((name, i) => label(`categories[${i}]`, name)),
  ]
}

function scaleErrors(version: JsonObject, field: string): FieldError[] {
  const scale = objectOf(version['subresources'])['scale']
  if (!isJsonObject(scale)) return []
  const selector = textOf(scale['labelSelectorPath'])
  return [
    ...pathErrors(textOf(scale['specReplicasPath']), `${field}.scale.specReplicasPath`, ['.spec']),
    ...pathErrors(textOf(scale['statusReplicasPath']), `${field}.scale.statusReplicasPath`, ['.status']),
    ...(selector === '' ? [] : pathErrors(selector, `${field}.scale.labelSelectorPath`, ['.spec', '.status'])),
  ]
}

function pathErrors(path: string, field: string, roots: readonly string[]): FieldError[] {
  if (path === '') return [required(field)]
  if (!path.startsWith('.')) return [invalid(field, path, 'must be a simple json path starting with .')]
  if (roots.some(root => path.startsWith(`${root}.`))) return []
  const under = roots.length === 1 ? `under ${roots[0]}` : `under either ${roots.join(' or ')}`
  return [invalid(field, path, `should be a json path ${under}`)]
}

const columnTypes = 'boolean,date,integer,number,string'
const columnFormats = 'byte,date,date-time,double,float,int32,int64,password'

function columnErrors(version: JsonObject, field: string): FieldError[] {
  return objectsOf(version['additionalPrinterColumns']).flatMap((column, i) => {
    const at = `${field}[${i}]`
    const type = textOf(column['type'])
    const format = textOf(column['format'])
    const path = textOf(column['jsonPath'])
    return [
      ...(textOf(column['name']) === '' ? [required(`${at}.name`)] : []),
      ...(type === '' ? [required(`${at}.type`, `must be one of ${columnTypes}`)] : []),
      ...(type !== '' && !columnTypes.split(',').includes(type)
        ? [invalid(`${at}.type`, type, `must be one of ${columnTypes}`)]
        : []),
      ...(format !== '' && !columnFormats.split(',').includes(format)
        ? [invalid(`${at}.format`, format, `must be one of ${columnFormats}`)]
        : []),
      ...(path === '' ? [required(`${at}.JSONPath`)] : []),
      ...(path !== '' && !path.startsWith('.')
        ? [invalid(`${at}.JSONPath`, path, 'must be a simple json path starting with .')]
        : []),
    ]
  })
}

const approval = 'api-approved.kubernetes.io'

// Groups below these domains belong to the Kubernetes community.
function approvalErrors(metadata: JsonObject, group: string): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return []
  const value = textOf(objectOf(metadata['annotations'])[approval])
  const field = `metadata.annotations[${approval}]`
  const rule = `protected groups must have approval annotation "${approval}"`
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111'
  if (value === '') return [required(field, `${rule}, ${see}`)]
  if (value.startsWith('unapproved') || /^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(value)) return []
  return [invalid(field, value, `${rule} with either a URL or a reason starting with "unapproved", ${see}`)]
}

function schemaOf(version: JsonObject): JsonSchema | undefined {
  const schema = objectOf(version['schema'])['openAPIV3Schema']
  // Its keywords have been decoded with the right types.
  return isJsonObject(schema) ? (schema as unknown as JsonSchema) : undefined
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function objectsOf(value: Json | undefined): JsonObject[] {
  return isJsonArray(value) ? value.map(objectOf) : []
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: Json | undefined): string[] {
  return isJsonArray(value) ? value.map(textOf) : []
}

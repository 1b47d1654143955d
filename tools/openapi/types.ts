/** Writes src/api/core/<group>-<version>.ts: an interface per definition, a ResourceType constant per kind. */
import type { GroupVersionKind } from '../../src/apimachinery/meta.ts'
import type { OpenApiSchema } from '../../src/apimachinery/openapi-schema.ts'
import { header } from './header.ts'
import { fileOf } from './served.ts'

/** All definitions by their full names. */
export type Definitions = Readonly<Record<string, OpenApiSchema>>

/** Definitions that apimachinery already has a type for, by the last part of their names. */
const shared: Readonly<Record<string, string>> = {
  ObjectMeta: 'ObjectMeta',
  OwnerReference: 'OwnerReference',
  ManagedFieldsEntry: 'ManagedFieldsEntry',
  Condition: 'Condition',
  LabelSelector: 'LabelSelector',
  LabelSelectorRequirement: 'LabelSelectorRequirement',
  Status: 'Status',
}

/** Definitions that are plain values on the wire. */
const plain: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'JsonObject',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'JsonObject',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'Json',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps': 'JsonSchema',
}

/** How the objects of a kind are addressed; undefined where they have no resource of their own (Scale, Eviction). */
export type FindResource = (gvk: GroupVersionKind) => { plural: string; namespaced: boolean } | undefined

/** The generated files by name. */
export function typeFiles(definitions: Definitions, findResource: FindResource): ReadonlyMap<string, string> {
  const wanted = new Set<string>()
  for (const [name, schema] of Object.entries(definitions)) {
    if (kindOf(schema) !== undefined && !name.endsWith('List') && !isMeta(name)) collect(name, definitions, wanted)
  }
  const byFile = Map.groupBy([...wanted].sort(), fileOfDefinition)
  return new Map([...byFile].map(([file, names]) => [file, fileText(file, names, definitions, findResource)]))
}

function collect(name: string, definitions: Definitions, wanted: Set<string>): void {
  if (wanted.has(name) || plain[name] || (isMeta(name) && shared[lastPart(name)])) return
  wanted.add(name)
  const visit = (schema: OpenApiSchema | undefined): void => {
    if (!schema) return
    if (schema.$ref) collect(schema.$ref, definitions, wanted)
    for (const property of Object.values(schema.properties ?? {})) visit(property)
    visit(schema.items)
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties)
  }
  visit(definitions[name])
}

function fileText(
  file: string,
  names: readonly string[],
  definitions: Definitions,
  findResource: FindResource,
): string {
  const imports = new Map<string, Set<string>>()
  const use = (from: string, type: string) => {
    if (from !== `./${file}`) imports.set(from, (imports.get(from) ?? new Set()).add(type))
    return type
  }
  const blocks = names.map(name => {
    const schema = definitions[name] ?? {}
    return [constantText(schema, findResource, use), interfaceText(name, schema, use)].filter(Boolean).join('\n')
  })
  const importLines = [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, types]) => `import type { ${[...types].sort().join(', ')} } from '${from}'`)
  return `${header}${importLines.join('\n')}\n\n${blocks.join('\n\n')}\n`
}

type Use = (from: string, type: string) => string

function constantText(schema: OpenApiSchema, findResource: FindResource, use: Use): string {
  const gvk = kindOf(schema)
  const resource = gvk && findResource(gvk)
  if (!gvk || !resource) return ''
  const type = use('../../apimachinery/meta.ts', 'ResourceType')
  return `/** ${gvk.kind} as a type of resource. */
export const ${gvk.kind}: ${type}<${gvk.kind}> = { group: '${gvk.group}', version: '${gvk.version}', kind: '${gvk.kind}', plural: '${resource.plural}', namespaced: ${resource.namespaced} }
`
}

function interfaceText(name: string, schema: OpenApiSchema, use: Use): string {
  const required = new Set(schema.required ?? [])
  const lines = Object.entries(schema.properties ?? {}).map(([property, value]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(property) ? property : `'${property}'`
    return `  readonly ${key}${required.has(property) ? '' : '?'}: ${typeText(value, use)}`
  })
  const type = lastPart(name)
  const doc = `/** ${summary(schema.description ?? `${type}.`)} */`
  if (lines.length === 0) return `${doc}\nexport type ${type} = Readonly<Record<string, never>>`
  return `${doc}\nexport interface ${type} {\n${lines.join('\n')}\n}`
}

function typeText(schema: OpenApiSchema, use: Use): string {
  if (schema.$ref) return referenceText(schema.$ref, use)
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ')
  switch (schema.type) {
    case 'array': {
      const item = typeText(schema.items ?? {}, use)
      return `readonly ${item.includes('|') ? `(${item})` : item}[]`
    }
    case 'object':
      if (typeof schema.additionalProperties === 'object') {
        return `Readonly<Record<string, ${typeText(schema.additionalProperties, use)}>>`
      }
      return use('../../apimachinery/meta.ts', 'JsonObject')
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
      return schema.type
    default:
      return use('../../apimachinery/meta.ts', 'Json')
  }
}

function referenceText(name: string, use: Use): string {
  const value = plain[name]
  if (value === 'JsonSchema') return use('../../apimachinery/schema.ts', value)
  if (value?.startsWith('Json')) return use('../../apimachinery/meta.ts', value)
  if (value) return value
  const meta = isMeta(name) ? shared[lastPart(name)] : undefined
  if (meta) return use('../../apimachinery/meta.ts', meta)
  return use(`./${fileOfDefinition(name)}`, lastPart(name))
}

/** `io.k8s.api.apps.v1.Deployment` stands in `apps-v1.ts`. */
function fileOfDefinition(name: string): string {
  const parts = name.split('.')
  const group = parts.at(-3) ?? ''
  return fileOf(group === 'core' ? '' : group, parts.at(-2) ?? '')
}

function isMeta(name: string): boolean {
  return name.startsWith('io.k8s.apimachinery.pkg.apis.meta.v1.')
}

function kindOf(schema: OpenApiSchema) {
  return schema['x-kubernetes-group-version-kind']?.[0]
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The first sentence, on one line of at most 110 characters. */
function summary(description: string): string {
  const line = description.replaceAll(/\s+/g, ' ').replaceAll('*/', '').trim()
  const sentence = line.match(/^.*?[.:](?= [A-Z]|$)/)?.[0] ?? line
  const text = sentence.replace(/[.:]$/, '')
  return text.length <= 110 ? `${text}.` : `${text.slice(0, text.lastIndexOf(' ', 107))} ...`
}

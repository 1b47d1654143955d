// Reads the API description of a real kube-apiserver (KUBEBUILDER_ASSETS) and writes what Serin knows of the built-in
// kinds: src/api/core/<group>-<version>.ts, resources.ts and definitions.json. Run it with Node from the root.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { GroupVersionKind, JsonObject } from '../../src/apimachinery/meta.ts'
import type { OpenApiSchema } from '../../src/apimachinery/openapi-schema.ts'
import { startRealApiServer } from './real-apiserver.ts'
import { resourcesFile } from './resource-table.ts'
import { served } from './served.ts'
import { type Definitions, typeFiles } from './types.ts'

/** A group of the aggregated discovery document, as far as it is read here. */
export interface DiscoveryGroup {
  readonly metadata?: { readonly name?: string }
  readonly versions: readonly { readonly version: string; readonly resources: readonly DiscoveryResource[] }[]
}

/** A resource of the aggregated discovery document. */
export interface DiscoveryResource {
  readonly resource: string
  readonly responseKind: GroupVersionKind
  readonly scope: 'Namespaced' | 'Cluster'
  readonly singularResource: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly {
    readonly subresource: string
    readonly responseKind: GroupVersionKind
    readonly verbs: readonly string[]
  }[]
}

const folder = path.join(import.meta.dirname, '..', '..', 'src', 'api', 'core')
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const server = await startRealApiServer()
try {
  await generate()
} finally {
  await server.close()
}

async function generate(): Promise<void> {
  const groups = [...(await readGroups('/api')), ...(await readGroups('/apis'))]
  const all: Record<string, OpenApiSchema> = {}
  for (const entry of served) {
    const [group, version] = entry.groupVersion.split('/')
    const where = version === undefined ? `/openapi/v3/api/${group}` : `/openapi/v3/apis/${group}/${version}`
    const document = (await readJson(where)) as { components: { schemas: Record<string, JsonObject> } }
    for (const [name, schema] of Object.entries(document.components.schemas)) all[name] = compact(schema)
  }
  const definitions = reachable(all)
  mkdirSync(folder, { recursive: true })
  write('definitions.json', definitionsFile(definitions))
  const files = new Map(typeFiles(definitions, gvk => findResource(groups, gvk))).set(
    'resources.ts',
    resourcesFile(groups),
  )
  for (const [name, text] of files) write(name, text)
  const paths = [...files.keys()].map(name => path.join(folder, name))
  spawnSync('npx', ['biome', 'check', '--write', ...paths], { stdio: 'inherit' })
}

function findResource(groups: readonly DiscoveryGroup[], gvk: GroupVersionKind) {
  const found = groups
    .filter(({ metadata }) => (metadata?.name ?? '') === gvk.group)
    .flatMap(({ versions }) => versions)
    .filter(({ version }) => version === gvk.version)
    .flatMap(({ resources }) => resources)
    .find(({ responseKind }) => responseKind.kind === gvk.kind)
  return found && { plural: found.resource, namespaced: found.scope === 'Namespaced' }
}

async function readGroups(where: string): Promise<readonly DiscoveryGroup[]> {
  return ((await readJson(where, aggregated)) as { items: readonly DiscoveryGroup[] }).items
}

async function readJson(where: string, accept = 'application/json'): Promise<unknown> {
  const { status, text } = await server.call('GET', where, { headers: { accept } })
  if (status !== 200) throw new Error(`${where}: ${status} ${text}`)
  return JSON.parse(text)
}

/** Writes references as bare names: `{allOf: [{$ref: '#/components/schemas/X'}], ...}` becomes `{$ref: 'X', ...}`. */
function compact(schema: JsonObject): OpenApiSchema {
  const { allOf, $ref, properties, items, additionalProperties, ...rest } = schema
  const reference = $ref ?? (Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as JsonObject)['$ref'] : undefined)
  if (allOf !== undefined && reference === undefined)
    throw new Error(`allOf of another form: ${JSON.stringify(schema)}`)
  const inner = (value: unknown) => compact(value as JsonObject)
  return {
    ...(typeof reference === 'string' ? { $ref: reference.replace('#/components/schemas/', '') } : {}),
    ...(rest as OpenApiSchema),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, inner(value)])) }
      : {}),
    ...(items ? { items: inner(items) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: inner(additionalProperties) }
      : typeof additionalProperties === 'boolean'
        ? { additionalProperties }
        : {}),
  }
}

/** The definitions of served kinds, their lists, what requests carry, and all that these refer to. */
function reachable(all: Readonly<Record<string, OpenApiSchema>>): Definitions {
  const found = new Map<string, OpenApiSchema>()
  const visit = (name: string) => {
    const schema = all[name]
    if (!schema) throw new Error(`no definition ${name}`)
    if (found.has(name)) return
    found.set(name, schema)
    for (const next of references(schema)) visit(next)
  }
  for (const [name, schema] of Object.entries(all)) {
    if ((schema['x-kubernetes-group-version-kind'] ?? []).some(isServed)) visit(name)
  }
  for (const name of ['APIResourceList', 'DeleteOptions', 'Patch', 'Status', 'WatchEvent']) {
    visit(`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`)
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isServed(gvk: GroupVersionKind): boolean {
  const groupVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`
  const entry = served.find(candidate => candidate.groupVersion === groupVersion)
  return entry !== undefined && (entry.kinds === undefined || entry.kinds.includes(gvk.kind.replace(/List$/, '')))
}

function references(schema: OpenApiSchema): string[] {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ]
  return [...(schema.$ref ? [schema.$ref] : []), ...inner.flatMap(references)]
}

/** One definition a line, so that a new version of Kubernetes shows as a readable difference. */
function definitionsFile(definitions: Definitions): string {
  const lines = Object.entries(definitions).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

function write(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text)
}

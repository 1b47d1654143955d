/**
 * Writes src/api/core/decoding/proto-messages.ts: the fields of the protobuf messages in which typed Go clients send
 * built-in kinds. Reads the published .proto files: `node tools/protobuf/generate.ts FOLDER-OF-k8s.io-MODULES VERSION`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { loadDefinitions } from '../../src/api/core/definitions.ts'
import { builtInResources } from '../../src/api/core/resources.ts'

const [folder = '', version = ''] = process.argv.slice(2)
const metaPackage = 'k8s.io.apimachinery.pkg.apis.meta.v1'
const apiPackages = [...new Set(builtInResources.flatMap(kindsOf).map(packageOf))].filter(hasProto)
const sources = [
  ['apimachinery', 'pkg/apis/meta/v1'],
  ['apimachinery', 'pkg/api/resource'],
  ['apimachinery', 'pkg/runtime'],
  ['apimachinery', 'pkg/util/intstr'],
  ...apiPackages.map(name => ['api', name.replace('k8s.io.api.', '').replaceAll('.', '/')]),
] as const

interface Field {
  readonly number: string
  readonly name: string
  /** `*` for repeated ones, `{}` for maps, then the type. */
  readonly type: string
}

function kindsOf(resource: (typeof builtInResources)[number]): { group: string; version: string; kind: string }[] {
  return [resource, ...resource.subresources.map(({ kind }) => kind)]
}

function packageOf({ group, version }: { group: string; version: string }): string {
  return `k8s.io.api.${group === '' ? 'core' : group.replace(/\..*$/, '')}.${version}`
}

// Kinds that are not part of the module k8s.io/api; no typed client of kubectl writes them.
function hasProto(name: string): boolean {
  return !/\.(apiextensions|apiregistration|rbac|events|node)\./.test(name) || /\.(rbac|events)\./.test(name)
}

function readMessages(): Map<string, Field[]> {
  const messages = new Map<string, Field[]>()
  for (const [module, part] of sources) {
    const text = readFileSync(path.join(folder, `${module}@${version}`, part, 'generated.proto'), 'utf8').replace(
      /\/\/.*$/gm,
      '',
    )
    const name = /^package (\S+);/m.exec(text)?.[1] ?? ''
    for (const [, message = '', body = ''] of text.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
      messages.set(`${name}.${message}`, fieldsOf(name, body))
    }
  }
  return messages
}

function fieldsOf(packageName: string, body: string): Field[] {
  const pattern = /^\s+(optional|repeated|map<string, ([.\w]+)>) ?([.\w]+)? (\w+) = (\d+);/gm
  return [...body.matchAll(pattern)].map(([, label = '', mapOf, plain = '', name = '', number = '']) => {
    const type = qualified(packageName, mapOf ?? plain)
    return { number, name, type: mapOf ? `{}${type}` : label === 'repeated' ? `*${type}` : type }
  })
}

function qualified(packageName: string, type: string): string {
  if (type.startsWith('.')) return type.slice(1)
  return /^[A-Z]/.test(type) ? `${packageName}.${type}` : type
}

function reachable(messages: Map<string, Field[]>, roots: readonly string[]): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    if (found.has(name) || !messages.has(name)) return
    found.add(name)
    for (const { type } of messages.get(name) ?? []) visit(type.replace(/^(\*|\{\})/, ''))
  }
  roots.forEach(visit)
  return [...found].sort()
}

/** Short and unambiguous: the last part of the package's path goes first where two packages share a name. */
function shortNames(names: readonly string[]): Map<string, string> {
  const byLast = Map.groupBy(names, name => name.slice(name.lastIndexOf('.') + 1))
  const short = new Map<string, string>()
  for (const [last, all] of byLast) {
    for (const name of all) short.set(name, all.length === 1 ? last : name.split('.').slice(-3).join('/'))
  }
  return short
}

const { all: definitions } = await loadDefinitions()
const messages = readMessages()
const kinds = new Map<string, string>()
for (const kind of builtInResources.flatMap(kindsOf)) {
  const name = `${packageOf(kind)}.${kind.kind}`
  if (messages.has(name)) kinds.set(`${kind.group}/${kind.version}/${kind.kind}`, name)
}
const names = reachable(messages, [...kinds.values(), `${metaPackage}.DeleteOptions`])
const short = shortNames(names)

function lineOf(name: string): string {
  const properties = definitions[name.replace(/^k8s\.io\./, 'io.k8s.')]?.properties
  const fields = (messages.get(name) ?? []).map(field => {
    const prefix = /^(\*|\{\})/.exec(field.type)?.[0] ?? ''
    const type = field.type.slice(prefix.length)
    // Fields that JSON does not have are Go's embedded structs: their own fields stand in their place.
    const isInlined = properties !== undefined && !(field.name in properties) && prefix === '' && messages.has(type)
    const spelled = Object.keys(properties ?? {}).find(known => known.toLowerCase() === field.name.toLowerCase())
    return `${field.number} ${isInlined ? '^' : (spelled ?? field.name)} ${prefix}${short.get(type) ?? type}`
  })
  return `  ${JSON.stringify(short.get(name))}: ${JSON.stringify(fields.join('; '))},`
}

const text = `// Generated by tools/protobuf/generate.ts from the published protobuf description of the Kubernetes API (Apache-2.0,
// see NOTICE); not to be edited by hand.

/** The message of each built-in kind, by \`group/version/kind\`. */
export const messageOfKind: Readonly<Record<string, string>> = {
${[...kinds].map(([kind, name]) => `  ${JSON.stringify(kind)}: ${JSON.stringify(short.get(name))},`).join('\n')}
}

/**
 * The fields of each message: number, name in JSON and type, with \`*\` before repeated ones and \`{}\` before maps by
 * text. The name \`^\` stands for a message whose own fields take its place.
 */
export const messageFields: Readonly<Record<string, string>> = {
${names.map(lineOf).join('\n')}
}
`
writeFileSync(new URL('../../src/api/core/decoding/proto-messages.ts', import.meta.url), text)

// Compares our custom kinds with published CustomResourceDefinitions. They accept, refuse and fill in the same when the
// schemas are equal, prose aside.
//
//   tools/compare-crds.ts FOLDER   reads all YAML files in FOLDER; exits with 1 where a kind of others differs
//
// Fields that we add to what was published are listed, but no fault.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { allKinds } from '../src/api/all-kinds.ts'
import { customResourceDefinition } from '../src/apimachinery/crd.ts'
import { isJsonArray, isJsonObject, jsonEqual } from '../src/apimachinery/json.ts'
import type { Json, JsonObject } from '../src/apimachinery/meta.ts'
import { parseYamlDocuments } from '../src/apimachinery/yaml.ts'

const added = 'added'
const formats = ['byte', 'date-time', 'double', 'float', 'int32', 'int64']
// Istio's schemas leave out what all objects have.
const implied = ['apiVersion', 'kind', 'metadata']

const [folder] = process.argv.slice(2)
if (!folder) {
  process.stderr.write('usage: tools/compare-crds.ts FOLDER\n')
  process.exit(2)
}

const published = new Map(
  globSync('**/*.{yaml,yml}', { cwd: folder })
    .flatMap(file => parseYamlDocuments(readFileSync(path.join(folder, file), 'utf8')))
    .filter(isJsonObject)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(crd => [nameOf(crd), crd]),
)

let isEqual = true
for (const kind of allKinds) {
  const ours = customResourceDefinition(kind) as unknown as JsonObject
  const theirs = published.get(nameOf(ours))
  if (!theirs) {
    process.stdout.write(`${kind.kind}: not in ${folder}\n`)
    continue
  }
  const differences = differencesOf(comparable(ours, kind.version), comparable(theirs, kind.version), '')
  const faults = differences.filter(line => !line.endsWith(added))
  if (faults.length > 0) isEqual = false
  const additions = differences.length - faults.length
  process.stdout.write(`${kind.kind}: ${faults.length} differences, ${additions} additions\n`)
  for (const line of differences) process.stdout.write(`  ${line.slice(0, 300)}\n`)
}
process.exit(isEqual ? 0 : 1)

function nameOf(crd: JsonObject): string {
  return String(at(crd, 'metadata', 'name'))
}

/** What matters of one version of a CRD. */
function comparable(crd: JsonObject, version: string): Json {
  const versions = at(crd, 'spec', 'versions')
  const found = (isJsonArray(versions) ? versions : []).find(candidate => at(candidate, 'name') === version) ?? null
  return {
    schema: withoutProse(at(found, 'schema', 'openAPIV3Schema')),
    subresources: at(found, 'subresources'),
    columns: withoutProse(at(found, 'additionalPrinterColumns')),
    scope: at(crd, 'spec', 'scope'),
    plural: at(crd, 'spec', 'names', 'plural'),
    shortNames: at(crd, 'spec', 'names', 'shortNames'),
    categories: at(crd, 'spec', 'names', 'categories'),
  }
}

function at(value: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((current, key) => (isJsonObject(current) ? (current[key] ?? null) : null), value)
}

/** A schema without what has no effect, lists that are sets in order. */
function withoutProse(schema: Json, areProperties = false): Json {
  if (isJsonArray(schema)) return schema.map(item => withoutProse(item))
  if (!isJsonObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => areProperties || !isWithoutEffect(schema, key, value))
      .map(([key, value]) => {
        const isSet = !areProperties && (key === 'required' || key === 'x-kubernetes-validations')
        const plain = withoutProse(value, !areProperties && key === 'properties')
        return [key, isSet && isJsonArray(plain) ? plain.map(item => JSON.stringify(item)).sort() : plain]
      }),
  )
}

function isWithoutEffect(schema: JsonObject, key: string, value: Json): boolean {
  if (key === 'description') return typeof value === 'string'
  if (key === 'format') return !formats.includes(String(value))
  return key === 'required' && schema['type'] === 'array'
}

function differencesOf(ours: Json, theirs: Json, path: string): string[] {
  if (jsonEqual(ours, theirs)) return []
  // What we keep as it is, we refuse nothing of.
  if (isJsonObject(ours) && ours['x-kubernetes-preserve-unknown-fields'] && !ours['properties']) return []
  if (!isJsonObject(ours) || !isJsonObject(theirs)) {
    return [`${path}: ${theirs === null ? added : `ours ${JSON.stringify(ours)}, published ${JSON.stringify(theirs)}`}`]
  }
  const isRoot = path === '/schema/properties'
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    .filter(key => !(isRoot && implied.includes(key)))
    .flatMap(key => differencesOf(ours[key] ?? null, theirs[key] ?? null, `${path}/${key}`))
}

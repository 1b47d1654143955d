import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { isJsonArray, isJsonObject } from '../../src/apimachinery/json.ts'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import { parseYaml } from '../../src/apimachinery/yaml.ts'
import { expanded, fluxFields, leavesOf } from './flux-fields.ts'

const root = path.join(import.meta.dirname, '../..')

/** The fields of a spec by the definition that is shipped. */
function shippedFields(group: string, plural: string): readonly string[] {
  const file = path.join(root, 'deploy/crds', `${group}_${plural}.yaml`)
  const definition = parseYaml(readFileSync(file, 'utf8'))
  const at = (value: unknown, ...keys: string[]): unknown =>
    keys.reduce<unknown>(
      (result, key) => (isJsonObject(result as JsonObject) ? (result as JsonObject)[key] : {}),
      value,
    )
  const versions = at(definition, 'spec', 'versions') as JsonObject[]
  assert.ok(isJsonArray(versions) && versions.length > 0)
  const fields = versions.flatMap(version =>
    leavesOf(at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec') as JsonObject, 'spec'),
  )
  return [...new Set(fields)].sort()
}

describe("the page about Flux's fields", () => {
  it('is about every kind of Flux that is shipped', () => {
    const shipped = globSync('*.toolkit.fluxcd.io_*.yaml', { cwd: path.join(root, 'deploy/crds') })
    const named = fluxFields.map(({ kind }) => `${kind.group}_${kind.plural}.yaml`)
    assert.deepEqual(shipped.sort(), named.sort())
  })

  for (const { kind, fields, refused } of fluxFields) {
    it(`names each field once, and no other: ${kind.kind}`, () => {
      const shipped = shippedFields(kind.group, kind.plural)
      const always = refused.filter(({ when }) => when === undefined).map(({ field }) => field)
      const isBelow = (leaf: string, field: string) => leaf === field || new RegExp(`^${escaped(field)}[.[]`).test(leaf)
      const isRefused = (leaf: string) => always.some(field => isBelow(leaf, field))
      const named = Object.keys(fields).flatMap(expanded)
      assert.deepEqual([...named, ...shipped.filter(isRefused)].sort(), shipped)
      for (const { field } of refused)
        assert.ok(
          shipped.some(leaf => isBelow(leaf, field)),
          `${field} is none of its fields`,
        )
    })
  }

  it('calls nothing working that no code knows by its name', () => {
    const files = globSync(['src/sync/**/*.ts', 'src/controllers/{git,helm,oci,kustom}*/*.ts'], { cwd: root })
    const sources = files.filter(file => !/(\.test|refused-fields)\.ts$/.test(file))
    const code = sources.map(file => readFileSync(path.join(root, file), 'utf8')).join('\n')
    // What kustomize gets as it is.
    const isHandedOn = (field: string) => field.startsWith('spec.patches[].target.')
    const unknown = fluxFields.flatMap(({ kind, fields }) =>
      Object.entries(fields)
        .filter(([, use]) => use === 'works' || 'differs' in use)
        .flatMap(([field]) => expanded(field))
        .filter(field => !isHandedOn(field) && !new RegExp(`\\b${field.split('.').at(-1)}\\b`).test(code))
        .map(field => `${kind.kind} ${field}`),
    )
    assert.deepEqual(unknown, [])
  })
})

const escaped = (text: string) => text.replace(/[[\].]/g, '\\$&')

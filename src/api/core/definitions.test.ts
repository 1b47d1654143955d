import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiVersionOf } from '../../apimachinery/meta.ts'
import { loadDefinitions } from './definitions.ts'
import { builtInResources } from './resources.ts'

describe('the definitions of built-in kinds', () => {
  it('hold every kind of the resource table and of its subresources, and the lists of what can be listed', async () => {
    const definitions = await loadDefinitions()
    // Options of connections travel in the query, so the API description has no schema of them.
    const kinds = builtInResources
      .flatMap(resource => [
        resource,
        ...(resource.verbs.includes('list') ? [{ ...resource, kind: `${resource.kind}List` }] : []),
        ...resource.subresources.map(({ kind }) => kind),
      ])
      .filter(({ kind }) => !kind.endsWith('Options'))
    const missing = kinds.filter(gvk => !definitions.find(gvk)).map(gvk => `${apiVersionOf(gvk)} ${gvk.kind}`)
    assert.deepEqual(missing, [])
  })

  it('refer only to definitions that are there', async () => {
    const { all } = await loadDefinitions()
    const text = JSON.stringify(all)
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1] ?? ''))
    assert.deepEqual(
      [...references].filter(name => !all[name]),
      [],
    )
  })

  it('name what is unknown', async () => {
    const definitions = await loadDefinitions()
    assert.throws(() => definitions.resolve('io.example.Nothing'), {
      reason: 'UnknownDefinition',
      message: 'no built-in definition of io.example.Nothing',
    })
    assert.throws(() => definitions.schemaOf({ group: 'example.io', version: 'v1', kind: 'Nothing' }), {
      message: 'no built-in definition of example.io/v1 Nothing',
    })
  })
})

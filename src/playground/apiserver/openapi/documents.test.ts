import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadDefinitions } from '../../../api/core/definitions.ts'
import { builtInResources } from '../../../api/core/resources.ts'
import { apiVersionOf, type Json, type JsonObject } from '../../../apimachinery/meta.ts'
import type { CustomResource } from './custom-kinds.ts'
import { type OpenApiDocument, OpenApiDocuments } from './documents.ts'
import { v2Definitions } from './v2.ts'
import { v2Protobuf } from './v2-protobuf.ts'

const definitions = await loadDefinitions()
const documents = new OpenApiDocuments(definitions)
const widget: CustomResource = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  listKind: 'WidgetList',
  plural: 'widgets',
  namespaced: true,
  schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } },
  hasStatus: true,
  hasScale: true,
}

describe('the OpenAPI v3 documents', () => {
  it('are one a group version, and the index links to each of them by its hash', () => {
    const { paths } = json(documents.index()) as { paths: Record<string, { serverRelativeURL: string }> }
    const groupVersions = new Set(builtInResources.map(apiVersionOf))
    assert.equal(Object.keys(paths).length, groupVersions.size)
    for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
      assert.equal(serverRelativeURL, `/openapi/v3/${path}?hash=${documents.groupVersion(path)?.hash}`)
    }
  })

  it('hold every definition that they refer to', () => {
    for (const path of ['api/v1', 'apis/apps/v1', 'apis/apiextensions.k8s.io/v1']) {
      const document = json(documents.groupVersion(path))
      const { schemas } = document['components'] as { schemas: JsonObject }
      const text = JSON.stringify(document)
      const references = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? ''))
      assert.deepEqual(
        [...references].filter(name => !schemas[name]),
        [],
        path,
      )
    }
  })

  it('tell kubectl that patches take fieldValidation and dryRun', () => {
    const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
    const patch = operation(documents.groupVersion('apis/apps/v1'), path, 'patch')
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' })
    assert.equal(patch['operationId'], 'patchAppsV1NamespacedDeployment')
    const names = (patch['parameters'] as readonly { name: string }[]).map(({ name }) => name)
    assert.deepEqual(names, ['name', 'namespace', 'dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty'])
  })

  it('are none for a group version that is not served, however its path is written', () => {
    for (const path of ['apis/nope/v1', 'api/v2', 'apis/v1', 'api/apps/v1', '']) {
      assert.equal(documents.groupVersion(path), undefined, path)
    }
  })

  it('cover custom kinds with their parts, metadata and lists', () => {
    const document = documents.withCustomResources([widget]).groupVersion('apis/example.com/v1')
    const { paths, components } = json(document) as { paths: JsonObject; components: { schemas: JsonObject } }
    const base = '/apis/example.com/v1/namespaces/{namespace}/widgets'
    assert.deepEqual(
      Object.keys(paths).sort(),
      [base, `${base}/{name}`, `${base}/{name}/scale`, `${base}/{name}/status`, '/apis/example.com/v1/widgets'].sort(),
    )
    const schema = components.schemas['com.example.v1.Widget'] as { properties: JsonObject }
    assert.deepEqual(Object.keys(schema.properties).sort(), ['apiVersion', 'kind', 'metadata', 'spec'])
    assert.ok(components.schemas['com.example.v1.WidgetList'])
    assert.ok(components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'])
    const patch = operation(document, `${base}/{name}`, 'patch')
    const types = Object.keys((patch['requestBody'] as { content: JsonObject }).content)
    assert.ok(!types.includes('application/strategic-merge-patch+json'))
  })

  it('keep their hashes until a custom kind of the group version changes', () => {
    const [one, same] = [documents.withCustomResources([widget]), documents.withCustomResources([widget])]
    const other = documents.withCustomResources([{ ...widget, hasScale: false }])
    const hash = (of: OpenApiDocuments, path: string) => of.groupVersion(path)?.hash
    assert.equal(hash(one, 'apis/example.com/v1'), hash(same, 'apis/example.com/v1'))
    assert.notEqual(hash(one, 'apis/example.com/v1'), hash(other, 'apis/example.com/v1'))
    assert.equal(hash(one, 'apis/apps/v1'), hash(other, 'apis/apps/v1'))
    assert.equal(one.groupVersion('apis/apps/v1'), other.groupVersion('apis/apps/v1'))
  })
})

describe('the OpenAPI v2 document', () => {
  it('has only what version 2 has words for', () => {
    const { definitions: defined } = json(documents.v2Json()) as { definitions: Record<string, JsonObject> }
    assert.deepEqual(defined['io.k8s.apimachinery.pkg.util.intstr.IntOrString']?.['type'], 'string')
    assert.deepEqual(defined['io.k8s.apimachinery.pkg.api.resource.Quantity']?.['type'], 'string')
    const text = JSON.stringify(Object.values(defined).map(withoutNames))
    for (const keyword of ['"default":', '"allOf":', '"oneOf":', '"nullable":'])
      assert.ok(!text.includes(keyword), keyword)
  })

  it('describes values that may be null or anything as any', () => {
    const spec = { type: 'object', properties: { a: { type: 'string', nullable: true } } } as const
    const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const
    assert.deepEqual(v2Definitions({ Spec: spec, Any: any }), {
      Any: {},
      Spec: { type: 'object', properties: { a: {} } },
    })
  })

  it('is written as protobuf', () => {
    const bytes = v2Protobuf({ A: { description: 'd', type: 'string', 'x-k': 1 } })
    assert.equal(
      bytes.toString('hex'),
      [
        '0a03322e30', // swagger: 2.0
        '12120a0a4b756265726e657465731204312e3337', // info: Kubernetes, 1.37
        '4a23', // definitions
        '0a210a0141121c', // A
        '220164', // description: d
        'b201080a06737472696e67', // type: string
        'fa010b0a03782d6b12041202310a', // x-k: 1
      ].join(''),
    )
  })
})

function json(document: OpenApiDocument | undefined): JsonObject {
  assert.ok(document)
  return JSON.parse(document.body.toString('utf8'))
}

function operation(document: OpenApiDocument | undefined, path: string, method: string): JsonObject {
  const paths = json(document)['paths'] as Record<string, Record<string, JsonObject>>
  const found = paths[path]?.[method]
  assert.ok(found, `${method} ${path}`)
  return found
}

/** The schema with the names of properties taken out, for these may be any word. */
function withoutNames(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutNames)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.entries(schema).map(
    ([name, value]): Json =>
      name === 'properties' ? Object.values(value as JsonObject).map(withoutNames) : { [name]: withoutNames(value) },
  )
}

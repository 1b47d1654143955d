/** kubectl explain against the OpenAPI documents alone, served beside the least of discovery that it needs. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { loadDefinitions } from '../../src/api/core/definitions.ts'
import { builtInResources } from '../../src/api/core/resources.ts'
import { apiVersionOf } from '../../src/apimachinery/meta.ts'
import type { CustomResource } from '../../src/playground/apiserver/openapi/custom-kinds.ts'
import { OpenApiDocuments, protobufMediaType } from '../../src/playground/apiserver/openapi/documents.ts'
import { bundledTool } from '../../src/runtime/bundled-tools.ts'

const widget: CustomResource = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  listKind: 'WidgetList',
  plural: 'widgets',
  namespaced: true,
  schema: {
    description: 'A thing.',
    type: 'object',
    properties: { spec: { type: 'object', description: 'What it is.', properties: { size: { type: 'integer' } } } },
  },
  hasStatus: true,
  hasScale: false,
}

const cases: readonly { name: string; arguments: readonly string[]; includes: readonly string[] }[] = [
  {
    name: 'a kind',
    arguments: ['deployments'],
    includes: ['GROUP:      apps', 'KIND:       Deployment', 'VERSION:    v1', 'spec\t<DeploymentSpec>'],
  },
  {
    name: 'a field at depth',
    arguments: ['pods.spec.containers.imagePullPolicy'],
    includes: ['FIELD: imagePullPolicy <string>', 'ENUM:', 'IfNotPresent'],
  },
  {
    name: 'a kind with all levels',
    arguments: ['hpa', '--recursive'],
    includes: ['stabilizationWindowSeconds\t<integer>'],
  },
  {
    name: 'a custom kind',
    arguments: ['widgets.spec'],
    includes: ['KIND:       Widget', 'What it is.', 'size\t<integer>'],
  },
  {
    name: 'a kind by version 2',
    arguments: ['services.spec', '--output=plaintext-openapiv2'],
    includes: ['KIND:     Service', 'RESOURCE: spec <Object>', 'ports\t<[]Object>'],
  },
  {
    name: 'a custom kind by version 2',
    arguments: ['widgets', '--recursive', '--output=plaintext-openapiv2'],
    includes: ['KIND:     Widget', 'size\t<integer>'],
  },
]

describe('kubectl explain', () => {
  let folder: string
  let kubectl: string
  const documents = loadDefinitions().then(definitions => new OpenApiDocuments(definitions, [widget]))
  const server = createServer((request, response) => {
    documents.then(
      of => answer(of, request.url ?? '', request.headers.accept ?? '', response),
      () => response.destroy(),
    )
  })

  before(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    folder = await mkdtemp(path.join(tmpdir(), 'explain-'))
    kubectl = await bundledTool('kubectl')
    const cluster = `{name: c, cluster: {server: "http://127.0.0.1:${port}"}}`
    const context = '{name: c, context: {cluster: c, user: ""}}'
    const text = `{apiVersion: v1, kind: Config, clusters: [${cluster}], contexts: [${context}], current-context: c}`
    await writeFile(path.join(folder, 'kubeconfig'), text)
  })
  after(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })

  for (const { name, arguments: args, includes } of cases) {
    it(`explains ${name}`, async () => {
      const { stdout } = await promisify(execFile)(kubectl, [
        `--kubeconfig=${path.join(folder, 'kubeconfig')}`,
        `--cache-dir=${path.join(folder, 'cache')}`,
        'explain',
        ...args,
      ])
      for (const part of includes) assert.ok(stdout.includes(part), `${part} is not in\n${stdout}`)
    })
  }
})

function answer(documents: OpenApiDocuments, url: string, accept: string, response: ServerResponse): void {
  const { pathname } = new URL(url, 'http://server')
  const document =
    pathname === '/openapi/v3'
      ? documents.index()
      : pathname === '/openapi/v2'
        ? accept.includes(protobufMediaType)
          ? documents.v2Protobuf()
          : documents.v2Json()
        : documents.groupVersion(pathname.replace('/openapi/v3/', ''))
  if (document) {
    response.writeHead(200, { 'content-type': document.contentType, etag: `"${document.hash}"` }).end(document.body)
    return
  }
  const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  response.writeHead(200, { 'content-type': contentType }).end(JSON.stringify(discovery(pathname === '/api')))
}

function discovery(core: boolean): unknown {
  const all = [...builtInResources, { ...widget, singular: 'widget', shortNames: [], verbs: ['list'] }]
  const groups = Map.groupBy(
    all.filter(({ group }) => (group === '') === core),
    ({ group }) => group,
  )
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups].map(([name, resources]) => ({
      metadata: { name },
      versions: [...Map.groupBy(resources, apiVersionOf).values()].map(of => ({
        version: of[0]?.version,
        freshness: 'Current',
        resources: of.map(({ plural, singular, shortNames, verbs, namespaced, group, version, kind }) => ({
          resource: plural,
          responseKind: { group, version, kind },
          scope: namespaced ? 'Namespaced' : 'Cluster',
          singularResource: singular,
          verbs,
          shortNames,
        })),
      })),
    })),
  }
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { startApiServer } from '../server.ts'
import { newInitialDefinitions } from './initial-definitions.ts'

function widgets(field: string): JsonObject {
  const openAPIV3Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Cluster',
      names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

it('serves the definitions it is started with, keeps their objects, and follows them over restarts', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'serin-definitions-'))
  /** Runs a server with one definition, and gives what it says of it after creating a widget. */
  const run = async (field: string, create: boolean) => {
    const api = await startApiServer({ dir, definitions: newInitialDefinitions([widgets(field)]) })
    const call = async (at: string, body?: unknown) => {
      const { request, Agent } = await import('undici')
      const dispatcher = new Agent({ connect: { ca: api.caPem } })
      const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' }
      const options = body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body) }
      const answer = await request(`${api.url}${at}`, { dispatcher, headers, ...options })
      const json = (await answer.body.json()) as Record<string, unknown>
      await dispatcher.close()
      return json
    }
    try {
      const spec = { color: 'red', size: 'small' }
      if (create) {
        await call('/apis/example.org/v1/widgets', {
          apiVersion: 'example.org/v1',
          kind: 'Widget',
          metadata: { name: 'a' },
          spec,
        })
      }
      const definition = await call('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.org')
      const widget = await call('/apis/example.org/v1/widgets/a')
      const { generation, uid } = definition['metadata'] as { generation: number; uid: string }
      const { conditions } = definition['status'] as { conditions: { type: string; status: string }[] }
      return {
        generation,
        uid,
        conditions: conditions.map(c => `${c.type}=${c.status}`),
        spec: widget['spec'] as unknown,
      }
    } finally {
      await api.close()
    }
  }
  try {
    const conditions = ['NamesAccepted=True', 'Established=True']
    const first = await run('color', true)
    assert.deepEqual(first, { generation: 1, uid: first.uid, conditions, spec: { color: 'red' } })
    assert.deepEqual(await run('color', false), first, 'nothing changes where nothing differs')
    assert.equal((await run('size', false)).generation, 2)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

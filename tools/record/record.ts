/**
 * Records what a real kube-apiserver answers to good and bad objects of built-in kinds, for the tests of src/api/core.
 * Needs KUBEBUILDER_ASSETS (tools/kubeassets/build.sh). Usage: tools/record/record.ts [TABLE ...]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'
import { type RealApiServer, startRealApiServer } from '../openapi/real-apiserver.ts'
import { baseObjects, changed } from './base-objects.ts'
import { type CaseTable, tables } from './cases/tables.ts'
import { collectionOf } from './urls.ts'

const folder = path.join(import.meta.dirname, '../../src/api/core/testdata/built-in')
const wanted = process.argv.slice(2)

// What differs from one run to the next.
const volatile = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields']

mkdirSync(folder, { recursive: true })
const server = await startRealApiServer()
try {
  for (const [name, table] of Object.entries(tables)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const lines: string[] = []
    for (const one of table) lines.push(JSON.stringify(await record(server, one)))
    writeFileSync(path.join(folder, `${name}.json`), `[\n${lines.join(',\n')}\n]\n`)
    process.stdout.write(`${name}: ${lines.length} cases\n`)
  }
} finally {
  await server.close()
}

async function record(api: RealApiServer, one: CaseTable[number]): Promise<JsonObject> {
  const object = changed(baseObjects[one.base], one.with ?? {})
  const created = await call(api, 'POST', collectionOf(object), object)
  if (!('update' in one)) {
    if (created.code < 300) await remove(api, object, created.body)
    return { name: one.name, object, code: created.code, body: created.body }
  }
  if (created.code >= 300) throw new Error(`${one.name}: ${JSON.stringify(created.body)}`)
  const name = nameOf(created.body)
  const next = changed(one.afresh ? object : (created.body as JsonObject), one.update)
  const url = `${collectionOf(object)}/${name}${one.part ? `/${one.part}` : ''}`
  const updated = await call(api, 'PUT', url, withVersion(next, created.resourceVersion))
  await remove(api, object, created.body)
  return {
    name: one.name,
    before: masked(created.body),
    object: next,
    part: one.part ?? '',
    code: updated.code,
    body: updated.body,
  }
}

async function remove(api: RealApiServer, object: JsonObject, created: Json): Promise<void> {
  const url = `${collectionOf(object)}/${nameOf(created)}`
  const headers = { 'content-type': 'application/merge-patch+json' }
  await api.call('PATCH', url, { body: { metadata: { finalizers: null } }, headers })
  await api.call('DELETE', `${url}?gracePeriodSeconds=0&propagationPolicy=Background`)
  if (object['kind'] === 'Namespace')
    await api.call('PUT', `${url}/finalize`, { body: { ...object, spec: { finalizers: [] } } })
  for (let left = 50; left > 0; left--) {
    if ((await api.call('GET', url)).status === 404) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not go away`)
}

async function call(api: RealApiServer, method: 'POST' | 'PUT', url: string, body: JsonObject) {
  const answer = await api.call(method, `${url}?fieldManager=recorder`, { body })
  const parsed = JSON.parse(answer.text) as { readonly metadata: { readonly resourceVersion?: string } } & JsonObject
  return { code: answer.status, body: masked(parsed), resourceVersion: parsed.metadata.resourceVersion }
}

// Some kinds refuse a write that does not say which version it replaces.
function withVersion(object: JsonObject, resourceVersion = ''): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), resourceVersion } }
}

function nameOf(object: Json): string {
  return (object as unknown as { readonly metadata: { readonly name: string } }).metadata.name
}

function masked(body: Json): Json {
  const { metadata, ...rest } = body as JsonObject
  const kept = Object.entries((metadata ?? {}) as JsonObject).filter(([key]) => !volatile.includes(key))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

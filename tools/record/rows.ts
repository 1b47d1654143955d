/**
 * Records the rows of Tables that a real kube-apiserver makes of objects with all sorts of statuses, for the tests of
 * src/api/core/printers. Needs KUBEBUILDER_ASSETS (tools/kubeassets/build.sh).
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'
import { startRealApiServer } from '../openapi/real-apiserver.ts'
import { type BaseName, baseObjects, type Changes, changed } from './base-objects.ts'
import { rowCases } from './cases/rows.ts'
import { collectionOf } from './urls.ts'

const target = path.join(import.meta.dirname, '../../src/api/core/testdata/rows.json')
const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
const server = await startRealApiServer()
const lines: string[] = []
try {
  const plain = Object.keys(baseObjects).map(base => ({ name: `a plain ${base}`, base: base as BaseName }))
  for (const [i, one] of [...plain, ...rowCases].entries()) lines.push(JSON.stringify(await record(one, `row-${i}`)))
} finally {
  await server.close()
}
writeFileSync(target, `[\n${lines.join(',\n')}\n]\n`)
process.stdout.write(`${lines.length} rows\n`)

async function record(one: { name: string; base: BaseName; with?: Changes; status?: JsonObject }, name: string) {
  const isDefinition = one.base === 'customResourceDefinition'
  const object = changed(
    baseObjects[one.base],
    isDefinition ? (one.with ?? {}) : { 'metadata.name': name, ...one.with },
  )
  const created = await send('POST', collectionOf(object), object)
  const url = `${collectionOf(object)}/${(created['metadata'] as { readonly name: string }).name}`
  if (one.status) await send('PUT', `${url}/status`, { ...created, status: one.status })
  const stored = await send('GET', url)
  const table = await send('GET', url, undefined, { accept })
  const [row] = table['rows'] as unknown as readonly { readonly cells: Json; readonly conditions?: Json }[]
  const { managedFields: _, ...metadata } = stored['metadata'] as JsonObject
  return {
    name: one.name,
    now: new Date().toISOString(),
    object: { ...stored, metadata },
    cells: row?.cells ?? null,
    conditions: row?.conditions ?? [],
  }
}

async function send(
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  body?: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  const answer = await server.call(method, url, { ...(body ? { body } : {}), headers })
  if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.text}`)
  return JSON.parse(answer.text) as JsonObject
}

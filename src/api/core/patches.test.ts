/** The three kinds of patch, held against what a real server answered; see testdata. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { applyJsonPatch } from '../../apimachinery/json-patch.ts'
import { applyMergePatch } from '../../apimachinery/merge-patch.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import type { PatchResult } from '../../apimachinery/patch-result.ts'
import { applyStrategicMergePatch } from '../../apimachinery/strategic-merge.ts'
import { loadDefinitions } from './definitions.ts'

interface Recorded {
  readonly name: string
  readonly steps: readonly [RecordedStep, RecordedStep & { readonly type: string; readonly text: string }]
}

interface RecordedStep {
  readonly code: number
  readonly answer: JsonObject
}

/** Settled by parts other than the patch itself: decoding and validation of the result, or the request's handler. */
const settledElsewhere = [
  'merge: an object over a scalar',
  'strategic: a map where a list belongs',
  'strategic: replaces an item',
  'strategic: a custom kind',
  'strategic: an unknown field',
]

const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testdata', 'patches.json'), 'utf8'),
)
const definitions = await loadDefinitions()

describe('patches', () => {
  for (const { name, steps } of recorded) {
    const [{ answer: before }, { type, text, code, answer }] = steps
    // The handler refuses what is no JSON before any patch is applied.
    if (settledElsewhere.includes(name) || !isJson(text)) continue
    it(`${name}: answers ${code}`, () => {
      const result = apply(type, before, JSON.parse(text))
      if (code >= 300) assert.deepEqual(statusOf(result), answer)
      else {
        assert.ok(result.kind === 'ok', JSON.stringify(result))
        assert.deepEqual(settled(result.object), settled(answer))
      }
    })
  }

  it('are recorded in good number', () => assert.ok(recorded.length > 80))
})

function apply(type: string, object: JsonObject, patch: Json): PatchResult {
  if (type === 'json') return applyJsonPatch(object, patch)
  if (type === 'merge') return applyMergePatch(object, patch)
  const group = String(object['apiVersion']).startsWith('apps/') ? 'apps' : ''
  const schema = definitions.schemaOf({ group, version: 'v1', kind: String(object['kind']) })
  return applyStrategicMergePatch(object, patch, { schema, resolve: definitions.resolve })
}

function statusOf(result: PatchResult): unknown {
  assert.equal(result.kind, 'refused')
  const { refusal } = result as Extract<PatchResult, { kind: 'refused' }>
  const { code, reason, message, details } = refusal
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message }
  return { ...base, ...(reason ? { reason } : {}), ...(details ? { details } : {}), code }
}

/** The object as the server would store it: without what it counts, nulls, empty maps and the defaults it adds. */
function settled(object: JsonObject): Json {
  const {
    resourceVersion: _,
    generation: __,
    managedFields: ___,
    ...metadata
  } = object['metadata'] as Record<string, Json>
  return withoutDefaults({ ...object, metadata })
}

const defaults: Readonly<Record<string, Json>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  protocol: 'TCP',
  defaultMode: 420,
}

function withoutDefaults(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDefaults)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .filter(([name, item]) => defaults[name] !== item)
    .map(([name, item]) => [name, withoutDefaults(item)] as const)
  return Object.fromEntries(kept.filter(([, item]) => item !== null && item !== '' && JSON.stringify(item) !== '{}'))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Server-side apply and the tracking of writes, held against what a real server answered; see testdata. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { Json, JsonObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts'
import { type ApplyResult, applyConfiguration } from '../../apimachinery/ssa/apply.ts'
import { conflictStatus } from '../../apimachinery/ssa/conflict.ts'
import { type FieldType, FieldTypes } from '../../apimachinery/ssa/field-type.ts'
import { recordAfterScale, scaleRecord } from '../../apimachinery/ssa/scale.ts'
import { recordOf, trackUpdate, type WriteContext, withoutRecord } from '../../apimachinery/ssa/track-update.ts'
import { loadDefinitions } from './definitions.ts'
import { resetFieldsOf } from './reset-fields.ts'

interface RecordedStep {
  readonly verb: 'create' | 'update' | 'apply' | 'patch'
  readonly manager: string
  readonly subresource?: string
  readonly force?: true
  readonly body?: JsonObject
  readonly code: number
  readonly answer: JsonObject
  /** The object after its scale was written. */
  readonly parent?: JsonObject
}

interface RecordedSequence {
  readonly name: string
  readonly resource: string
  readonly steps: readonly RecordedStep[]
}

/** Stands for the moment of the write; entries that the server stamped in this step compare equal to it. */
const now = '2040-01-01T00:00:00Z'
const file = path.join(import.meta.dirname, 'testdata', 'server-side-apply.json')
const sequences: readonly RecordedSequence[] = JSON.parse(readFileSync(file, 'utf8'))

const widgetSchema = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata', 'widget-schema.json'), 'utf8'))
const definitions = await loadDefinitions()
const types = new FieldTypes(definitions.resolve)
const kinds: Readonly<Record<string, { name: string; apiVersion: string; kind: string; custom?: FieldType }>> = {
  configmaps: { name: 'io.k8s.api.core.v1.ConfigMap', apiVersion: 'v1', kind: 'ConfigMap' },
  services: { name: 'io.k8s.api.core.v1.Service', apiVersion: 'v1', kind: 'Service' },
  pods: { name: 'io.k8s.api.core.v1.Pod', apiVersion: 'v1', kind: 'Pod' },
  namespaces: { name: 'io.k8s.api.core.v1.Namespace', apiVersion: 'v1', kind: 'Namespace' },
  deployments: { name: 'io.k8s.api.apps.v1.Deployment', apiVersion: 'apps/v1', kind: 'Deployment' },
  widgets: { name: '', apiVersion: 'example.com/v1', kind: 'Widget', custom: types.custom(widgetSchema) },
  blobs: {
    name: '',
    apiVersion: 'example.com/v1',
    kind: 'Blob',
    custom: types.custom({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  },
}

/** Properties of `spec` that the server fills when it creates an object; they belong to nobody. */
const addedByServer: Readonly<Record<string, readonly string[]>> = {
  services: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
  namespaces: ['finalizers'],
  pods: ['preemptionPolicy', 'priority', 'tolerations'],
}

for (const { name, resource, steps } of sequences) {
  describe(name, () => {
    let live: JsonObject | undefined
    for (const [i, step] of steps.entries()) {
      const before = live
      if (step.code < 300) live = step.parent ?? step.answer
      // The real server fails to convert a scale that is applied to a custom object; ours has nothing to convert.
      if (step.subresource === 'scale' && step.code === 500) continue
      it(`step ${i + 1}: ${step.verb} by ${step.manager} answers ${step.code}`, () =>
        step.subresource === 'scale' ? checkScale(resource, step, before ?? {}) : check(resource, step, before))
    }
  })
}

function check(resource: string, step: RecordedStep, before: JsonObject | undefined): void {
  const context = contextOf(resource, step)
  if (step.verb !== 'apply') {
    assert.ok(step.code < 300)
    const after = asSent(step, step.verb === 'create' ? (addedByServer[resource] ?? []) : [])
    assert.deepEqual(stampless(trackUpdate({ ...context, before, after })), expected(step, before))
    return
  }
  const result = applyConfiguration({ ...context, live: before, config: step.body ?? {}, force: step.force })
  if (step.code === 422) {
    // Refused later, by validation of the merged object.
    assert.equal(result.kind, 'ok')
  } else if (step.code >= 300) {
    const isConflict = step.code === 409
    assert.deepEqual(statusOf(result), isConflict ? withSortedCauses(step.answer) : step.answer)
  } else {
    assert.ok(result.kind === 'ok', JSON.stringify(result))
    assert.deepEqual(stampless(result.managedFields), expected(step, before))
    const [ours, theirs] = [settled(result.object, step), settled(step.answer, step)]
    assert.deepEqual(missing(ours, theirs), [])
    // What they have and we have not are defaults of what is new: nothing that was there before.
    assert.deepEqual(
      missing(theirs, ours).filter(fault => lookUp(before ?? {}, fault) !== undefined),
      [],
    )
  }
}

function checkScale(resource: string, step: RecordedStep, parent: JsonObject): void {
  const { apiVersion } = contextOf(resource, step)
  const paths = { [apiVersion]: ['f:spec', 'f:replicas'] }
  const scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    type: types.named('io.k8s.api.autoscaling.v1.Scale'),
    manager: step.manager,
    subresource: 'scale',
    now,
  }
  const { name, namespace, uid, creationTimestamp } = parent['metadata'] as Record<string, Json>
  const managedFields = scaleRecord(recordOf(parent), paths) as Json | undefined
  const metadata = {
    name,
    namespace,
    uid,
    creationTimestamp,
    ...(managedFields ? { managedFields } : {}),
  } as JsonObject
  const { replicas } = parent['spec'] as Record<string, Json>
  const before = { apiVersion: scale.apiVersion, kind: scale.kind, metadata, spec: { replicas: replicas ?? 0 } }
  if (step.verb !== 'apply') {
    const after = { ...step.answer, metadata: { name, namespace, uid, creationTimestamp } as JsonObject }
    const record = recordAfterScale(recordOf(parent), trackUpdate({ ...scale, before, after }), paths, apiVersion)
    assert.deepEqual(stampless(record), stampless(recordOf(step.parent)))
    return
  }
  const result = applyConfiguration({ ...scale, live: before, config: step.body ?? {}, force: step.force })
  if (step.code >= 300) return assert.deepEqual(statusOf(result), withSortedCauses(step.answer))
  assert.ok(result.kind === 'ok', JSON.stringify(result))
  const record = recordAfterScale(recordOf(parent), result.managedFields, paths, apiVersion)
  assert.deepEqual(stampless(record), stampless(recordOf(step.parent)))
}

/** The server gives the conflicts of several managers in any order. */
function withSortedCauses(status: JsonObject): JsonObject {
  const { causes } = status['details'] as { causes: readonly JsonObject[] }
  const sorted = [...causes].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return { ...status, details: { causes: sorted } }
}

function contextOf(resource: string, step: RecordedStep): WriteContext {
  const kind = kinds[resource]
  assert.ok(kind)
  const subresource = step.subresource ?? ''
  const custom = kind.custom !== undefined
  const group = kind.apiVersion.includes('/') ? (kind.apiVersion.split('/')[0] ?? '') : ''
  const hasStatus = resource !== 'configmaps' && resource !== 'blobs'
  return {
    type: kind.custom ?? types.named(kind.name),
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    manager: step.manager,
    subresource,
    now,
    resetFields: resetFieldsOf({ group, plural: resource, custom, hasStatus, subresource }),
  }
}

/** The stored object without what the server put in after it had worked out the record. */
function asSent(step: RecordedStep, added: readonly string[]): JsonObject {
  const object = withoutRecord(step.answer)
  const { managedFields } = (step.body?.['metadata'] ?? {}) as { managedFields?: ManagedFieldsEntry[] }
  const metadata = { ...(object['metadata'] as JsonObject), ...(managedFields ? { managedFields } : {}) } as JsonObject
  if (object['spec'] === undefined) return { ...object, metadata }
  const spec = Object.entries(object['spec'] as JsonObject).filter(([name]) => !added.includes(name))
  return { ...object, metadata, spec: Object.fromEntries(spec) }
}

/** What the server answered, with the times of this step replaced by `now`. */
function expected(step: RecordedStep, before: JsonObject | undefined): unknown {
  const known = new Map((recordOf(before) ?? []).map(entry => [owner(entry), entry.time]))
  const sent = (step.body?.['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields ?? []
  for (const entry of sent) if (entry.manager) known.set(owner(entry), entry.time)
  return stampless(
    recordOf(step.answer)?.map(entry =>
      entry.time === undefined || known.get(owner(entry)) === entry.time ? entry : { ...entry, time: now },
    ),
  )
}

/** Entries by owner: their order depends on times, which the recording cannot share with the replay. */
function stampless(entries: readonly ManagedFieldsEntry[] | undefined): unknown {
  return entries && Object.fromEntries(entries.map(entry => [owner(entry), entry]))
}

function owner({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  return [manager, operation, apiVersion, subresource ?? ''].join(' ')
}

function statusOf(result: ApplyResult): unknown {
  if (result.kind === 'conflict') return withSortedCauses(JSON.parse(JSON.stringify(conflictStatus(result.conflicts))))
  assert.equal(result.kind, 'invalid')
  const { reason, message } = result as Extract<ApplyResult, { kind: 'invalid' }>
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message }
  return reason === 'BadRequest' ? { ...status, reason, code: 400 } : { ...status, code: 500 }
}

/** The part of the object that the step could write, without what the server counts. */
function settled(object: JsonObject, { subresource }: RecordedStep): JsonObject {
  const { status, ...rest } = withoutRecord(object)
  if (subresource === 'status') return status === undefined ? {} : { status }
  const { resourceVersion: _, generation: __, ...metadata } = (rest['metadata'] ?? {}) as Record<string, Json>
  return { ...rest, metadata }
}

/** The paths of values in `part` that `whole` lacks or has otherwise; empty structs and nulls count for nothing. */
function missing(part: unknown, whole: unknown, at = ''): string[] {
  if (part === null || JSON.stringify(part) === '{}' || JSON.stringify(part) === '[]') return []
  if (typeof part !== 'object' || typeof whole !== 'object' || whole === null) {
    return part === whole ? [] : [`${at}: ${JSON.stringify(part)} is not ${JSON.stringify(whole)}`]
  }
  if (Array.isArray(part) && Array.isArray(whole) && part.length !== whole.length) return [`${at}: length`]
  return Object.entries(part).flatMap(([name, value]) =>
    missing(value, (whole as Record<string, unknown>)[name], `${at}.${name}`),
  )
}

/** The value at the path with which a fault begins. */
function lookUp(object: JsonObject, fault: string): unknown {
  const names = fault.slice(0, fault.indexOf(':')).split('.').slice(1)
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object)
}

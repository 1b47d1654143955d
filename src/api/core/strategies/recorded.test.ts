import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type FieldError, toCause } from '../../../apimachinery/field-error.ts'
import { type Json, type JsonObject, parseApiVersion } from '../../../apimachinery/meta.ts'
import { newBuiltinDecoder } from '../decoding/decode.ts'
import { DecodeError } from '../decoding/decode-error.ts'
import { draftOf, ensure, objectAt, stringAt } from '../draft.ts'
import { builtInResources } from '../resources.ts'
import type { WritePart } from '../write-part.ts'
import { admitPod, admitPodUpdate } from './pod-admission.ts'
import { allocateService, type ServiceAllocator } from './service-addresses.ts'
import { builtinStrategy } from './strategy.ts'

/** One answer of a real kube-apiserver; tools/record writes these. */
interface Recorded {
  readonly name: string
  readonly object: JsonObject
  /** Of an update: what the server held before. */
  readonly before?: JsonObject
  readonly part?: WritePart
  readonly code: number
  readonly body: JsonObject
}

const folder = path.join(import.meta.dirname, '../testdata/built-in')
const decoder = newBuiltinDecoder()
const [uid, created] = ['00000000-0000-4000-8000-000000000000', '2026-01-02T03:04:05Z']

for (const file of readdirSync(folder).sort()) {
  describe(`what a real API server answers: ${file.replace('.json', '')}`, () => {
    // The file was written by tools/record in this form.
    for (const recorded of JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Recorded[]) {
      it(recorded.name, () => {
        const want = comparable(recorded.code, recorded.body)
        assert.deepEqual(recorded.before ? update(recorded) : create(recorded), want)
      })
    }
  })
}

type Answer = { readonly object: Json } | { readonly causes: Json } | { readonly message: string }

function create({ object }: Recorded): Answer {
  const kind = kindOf(object)
  const strategy = builtinStrategy(kind, kind.namespaced)
  try {
    let current = strategy.applyDefaults(decoder.decode(kind, object).object)
    if (kind.kind === 'Pod') {
      const admitted = admitPod(current, () => undefined)
      if ('forbidden' in admitted) return { message: `pods "a" is forbidden: ${admitted.forbidden}` }
      current = admitted.pod
    }
    current = withSystemFields(current, kind.namespaced)
    const { service, errors } =
      kind.kind === 'Service' ? allocateService(current, allocator()) : { service: current, errors: [] }
    if (errors.length > 0) return refused(errors)
    current = strategy.prepareForCreate(service)
    const problems = strategy.validateCreate(current)
    return problems.length > 0 ? refused(problems) : { object: normal(current) }
  } catch (error) {
    if (error instanceof DecodeError) return { message: cannotBeHandled(object, error) }
    throw error
  }
}

function update({ object, before = {}, part = '' }: Recorded): Answer {
  const kind = kindOf(object)
  const strategy = builtinStrategy(kind, kind.namespaced)
  const previous = withSystemFields(before, kind.namespaced)
  let current = strategy.applyDefaults(decoder.decode(kind, object).object)
  const sent = stringAt(objectAt(object, 'metadata'), 'uid')
  if (sent !== '') return { message: 'Precondition failed: UID' }
  if (kind.kind === 'Pod' && part === '') current = admitPodUpdate(current, previous)
  current = strategy.prepareForUpdate(withVersion(withSystemFields(current, kind.namespaced)), previous, part)
  if (kind.kind === 'Service') {
    const { service, errors } = allocateService(current, allocator(), previous)
    if (errors.length > 0) return refused(errors)
    current = service
  }
  const problems = strategy.validateUpdate(current, previous, part)
  return problems.length > 0 ? refused(problems) : { object: normal(current) }
}

function kindOf(object: JsonObject) {
  const { group, version } = parseApiVersion(String(object['apiVersion']))
  const found = builtInResources.find(r => r.group === group && r.version === version && r.kind === object['kind'])
  return found ?? assert.fail(`no built-in kind ${object['kind']}`)
}

function withSystemFields(object: JsonObject, namespaced: boolean): JsonObject {
  const draft = draftOf(object)
  const metadata = ensure(draft, 'metadata')
  metadata['uid'] = uid
  metadata['creationTimestamp'] = created
  if (namespaced) metadata['namespace'] = 'default'
  if (stringAt(metadata, 'name') === '' && stringAt(metadata, 'generateName') !== '') {
    metadata['name'] = `${metadata['generateName']}GENERATED`
  }
  return draft
}

function withVersion(object: JsonObject): JsonObject {
  return { ...object, metadata: { ...objectAt(object, 'metadata'), resourceVersion: '1' } }
}

// Gives addresses as a name, since a real server's are random.
function allocator(): ServiceAllocator {
  return {
    block: '10.0.0.0/16',
    isTaken: () => false,
    freeIp: () => '10.0.0.1',
    isPortTaken: () => false,
    freePort: () => 30000,
  }
}

function refused(errors: readonly FieldError[]): Answer {
  return { causes: masked(errors.map(toCause) as unknown as Json) }
}

function cannotBeHandled(object: JsonObject, error: DecodeError): string {
  const { version } = parseApiVersion(String(object['apiVersion']))
  return `${object['kind']} in version "${version}" cannot be handled as a ${object['kind']}: ${error.message}`
}

function comparable(code: number, body: JsonObject): Answer {
  if (code < 300) return { object: normal(body) }
  if (code === 422) return { causes: masked((body['details'] as JsonObject)['causes'] ?? []) }
  const message = String(body['message'])
  return { message: message.includes('Precondition failed') ? 'Precondition failed: UID' : message }
}

/** The object as it is read again, less what differs from one server to the next. */
function normal(object: JsonObject): Json {
  const draft = draftOf(object)
  const metadata = ensure(draft, 'metadata')
  for (const key of ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'finalizers']) delete metadata[key]
  // The real server's node controller takes this taint away when a node is ready; there is none here.
  if (draft['kind'] === 'Node') draft['spec'] = {}
  const status = draft['status']
  if (status !== undefined) delete (status as Record<string, Json>)['lastPhaseTransitionTime']
  return masked(draft)
}

// What is random on a real server: uids, addresses that were not asked for, ends of generated names.
function masked(value: Json): Json {
  const text = JSON.stringify(value)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/"10\.0\.(?!200\.)\d+\.\d+"/g, '"ADDRESS"')
    .replaceAll(/Web-(GENERATED|[a-z0-9]{5})/g, 'Web-GENERATED')
  return JSON.parse(text)
}

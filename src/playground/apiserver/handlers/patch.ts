/** PATCH by JSON patch, JSON merge patch, strategic merge patch and server-side apply. */
import { DecodeError } from '../../../api/core/decoding/decode-error.ts'
import { invalid } from '../../../apimachinery/field-error.ts'
import { applyJsonPatch } from '../../../apimachinery/json-patch.ts'
import { applyMergePatch } from '../../../apimachinery/merge-patch.ts'
import { type Json, type JsonObject, parseApiVersion } from '../../../apimachinery/meta.ts'
import type { PatchResult } from '../../../apimachinery/patch-result.ts'
import { applyStrategicMergePatch } from '../../../apimachinery/strategic-merge.ts'
import { type ApiObject, asJson } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import { mediaTypeOf } from '../http/negotiation.ts'
import { resourceSubject } from '../resources/served-resource.ts'
import { badRequest, invalidObject, notFound, StatusError, unsupportedMediaType } from '../status-error.ts'
import { apply } from './apply.ts'
import { type Call, keyOfCall } from './call.ts'
import { kindProblem, unknownField } from './decode.ts'
import { withManagedFields } from './manage-fields.ts'
import { checkName } from './modify.ts'
import { readWriteOptions, type WriteOptions } from './options.ts'
import { withoutDuplicateOwners } from './owner-references.ts'
import { presentObject } from './present.ts'
import { tableOf, updateObject } from './write.ts'

/** The media types of patches. */
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** PATCH of an object or of its status. */
export async function patch(call: Call): Promise<Answer> {
  const type = patchTypeOf(call)
  await call.resource.strategy.load()
  if (type === patchTypes.apply) return apply(call)
  const text = await readBody(call.request)
  const options = readWriteOptions(call, 'PatchOptions')
  const change = parsePatch(text)
  const current = tableOf(call).get(keyOfCall(call))
  if (!current) throw notFound(resourceSubject(call.resource), call.path.name)
  const previous = call.resource.strategy.fromStorage(current.object)
  const patched = objectOf(applyPatch(call, type, asJson(previous), change))
  const decoded = decodePatched(call, options, patched, previous)
  const next = withManagedFields(call, previous, withoutDuplicateOwners(call, decoded), options.manager)
  checkName(call, next.metadata)
  const { entry } = updateObject(call, current, next, options.dryRun)
  await call.server.store.settled()
  return presentObject(call, entry, 200)
}

/** The kind of patch that a request carries. Throws 415 for one that the resource does not take. */
export function patchTypeOf(call: Call): string {
  const type = mediaTypeOf(call.request.headers['content-type'])
  const accepted: string[] = call.resource.custom
    ? [patchTypes.json, patchTypes.merge, patchTypes.apply]
    : [patchTypes.json, patchTypes.merge, patchTypes.strategic, patchTypes.apply]
  if (accepted.includes(type)) return type
  if (!call.resource.custom) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  throw unsupportedMediaType(accepted)
}

/** Reads a patch that is written in JSON. Throws 400. */
export function parsePatch(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw badRequest('invalid JSON patch')
  }
}

/** Applies a patch that is no apply configuration. */
export function applyPatch(call: Call, type: string, object: JsonObject, change: Json): PatchResult {
  if (type === patchTypes.json) return applyJsonPatch(object, change)
  if (type === patchTypes.merge) return applyMergePatch(object, change)
  const schema = call.resource.strategy.patchSchema()
  if (!schema) throw unsupportedMediaType([patchTypes.json, patchTypes.merge, patchTypes.apply])
  return applyStrategicMergePatch(object, change, schema)
}

/** The patched object. Throws the refusal. */
export function objectOf(result: PatchResult): JsonObject {
  if (result.kind === 'ok') return result.object
  const { code, reason, message, details } = result.refusal
  throw new StatusError(code, reason, message, details)
}

/**
 * Reads the patched JSON as an object of the kind again; `previous` is what was patched, where that is a stored object.
 * Throws 422 where the patch made something else of it.
 */
export function decodePatched(
  call: Call,
  options: WriteOptions,
  patched: JsonObject,
  previous?: ApiObject,
  strategy: Pick<Call['resource']['strategy'], 'decode'> = call.resource.strategy,
): ApiObject {
  const given = { ...parseApiVersion(String(patched['apiVersion'])), kind: String(patched['kind']) }
  if (!call.resource.custom && strategy === call.resource.strategy && given.kind !== call.resource.kind) {
    throw unfit(patched, kindProblem(call, given, call.resource))
  }
  try {
    const { object, unknownFields } = strategy.decode(patched, previous)
    const problems = unknownFields.map(unknownField)
    if (problems.length > 0 && options.fieldValidation === 'Strict') {
      throw unfit(patched, `strict decoding error: ${problems.join(', ')}`)
    }
    if (options.fieldValidation === 'Warn') call.warnings.push(...problems)
    return object
  } catch (error) {
    if (error instanceof DecodeError) throw unfit(patched, error.message)
    throw error
  }
}

function unfit(patched: JsonObject, why: string): StatusError {
  return invalidObject({ group: '', name: '' }, '', [invalid('patch', JSON.stringify(patched), why)])
}

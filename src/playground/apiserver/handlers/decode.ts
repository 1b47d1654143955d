/** From the body of a request to an object of the kind that the URL is for. */
import { DecodeError } from '../../../api/core/decoding/decode-error.ts'
import { strictProblems } from '../../../api/core/decoding/strict.ts'
import { isJsonObject } from '../../../apimachinery/json.ts'
import {
  apiVersionOf,
  type GroupVersionKind,
  type Json,
  type JsonObject,
  parseApiVersion,
} from '../../../apimachinery/meta.ts'
import type { ApiObject } from '../api-object.ts'
import { readBody, readBytes } from '../http/body.ts'
import { negotiateInput } from '../http/negotiation.ts'
import type { Decoded, ResourceStrategy } from '../resources/strategy.ts'
import { badRequest, unsupportedMediaType } from '../status-error.ts'
import type { Call } from './call.ts'
import { jsonSyntaxProblem } from './json-syntax.ts'
import type { WriteOptions } from './options.ts'

/**
 * Reads the body as an object of `kind`. Throws 400 for what is no such object and, under strict validation, for
 * fields that the kind does not know; otherwise these become warnings.
 */
export async function readObject(
  call: Call,
  options: WriteOptions,
  kind: GroupVersionKind = call.resource,
  strategy: Pick<ResourceStrategy, 'decode'> = call.resource.strategy,
): Promise<ApiObject> {
  const format = negotiateInput(call.request.headers['content-type'])
  if (format === 'protobuf') return readProtobuf(call, kind, strategy)
  const text = await readBody(call.request)
  const body = format === 'json' ? parseJson(text, kind) : await parseYamlBody(text, kind)
  const object = checkKind(call, body, kind, text)
  const decoded = decodeAs(kind, strategy, object)
  if (options.fieldValidation !== 'Ignore') {
    const unknown = decoded.unknownFields
    const problems = format === 'json' ? strictProblems(text, body, unknown) : unknown.map(unknownField)
    reportStrictProblems(call, options, kind, problems)
  }
  return decoded.object
}

async function readProtobuf(
  call: Call,
  kind: GroupVersionKind,
  strategy: Pick<ResourceStrategy, 'decode'>,
): Promise<ApiObject> {
  if (call.resource.custom) throw unsupportedMediaType(['application/json', 'application/yaml'])
  const bytes = await readBytes(call.request)
  const { decodeProtobuf } = await import('../../../api/core/decoding/protobuf.ts')
  try {
    const { object } = decodeProtobuf(bytes, kind)
    return strategy.decode(checkKind(call, object, kind, '')).object
  } catch (error) {
    if (error instanceof DecodeError) throw cannotBeHandled(kind, kind, error.message)
    throw error
  }
}

/** Reads an object by a strategy. Throws 400 for values of a wrong type. */
export function decodeAs(
  kind: GroupVersionKind,
  strategy: Pick<ResourceStrategy, 'decode'>,
  object: JsonObject,
): Decoded {
  try {
    return strategy.decode(object)
  } catch (error) {
    if (error instanceof DecodeError) throw cannotBeHandled(kind, kind, error.message)
    throw error
  }
}

/** The problem of strict validation with a field that the kind does not have. */
export function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`
}

/** Warns of what strict validation found, or throws when it was asked for. */
export function reportStrictProblems(
  call: Call,
  options: WriteOptions,
  kind: GroupVersionKind,
  problems: readonly string[],
): void {
  if (problems.length === 0) return
  if (options.fieldValidation === 'Strict') {
    throw cannotBeHandled(kind, kind, `strict decoding error: ${problems.join(', ')}`)
  }
  call.warnings.push(...problems)
}

function parseJson(text: string, kind: GroupVersionKind): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw unrecognised(text, kind, `couldn't get version/kind; json parse error: ${jsonSyntaxProblem(text)}`)
  }
}

async function parseYamlBody(text: string, kind: GroupVersionKind): Promise<Json> {
  const { parseYaml, YamlError } = await import('../../../apimachinery/yaml.ts')
  try {
    return parseYaml(text)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw unrecognised(text, kind, `yaml: ${error.message}`)
  }
}

/** The body as an object whose apiVersion and kind are those of `kind`; they may be left out. */
function checkKind(call: Call, body: Json, kind: GroupVersionKind, text: string): JsonObject {
  if (!isJsonObject(body)) {
    if (body === null) return withKind({}, kind)
    const found = Array.isArray(body) ? 'array' : typeof body === 'boolean' ? 'bool' : typeof body
    throw unrecognised(
      text,
      kind,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    )
  }
  const apiVersion = textOf(body['apiVersion'])
  const given = { ...parseApiVersion(apiVersion), kind: textOf(body['kind']) }
  if (given.kind !== '' && given.kind !== kind.kind) {
    throw cannotBeHandled(
      { ...given, version: apiVersion === '' ? kind.version : given.version },
      kind,
      kindProblem(call, apiVersion === '' ? { ...kind, kind: given.kind } : given, kind),
    )
  }
  if (apiVersion !== '' && apiVersion !== apiVersionOf(kind)) {
    const expected = apiVersionOf(kind)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  return apiVersion === '' || given.kind === '' ? withKind(body, kind) : body
}

/** Why an object of one kind is none of another: no such kind, or no way from one to the other. */
export function kindProblem(call: Call, given: GroupVersionKind, wanted: GroupVersionKind): string {
  const known = call.server.resources.findKind(given.group, given.version, given.kind)
  if (!known || known.custom) {
    const version = JSON.stringify(apiVersionOf(given))
    return `no kind ${JSON.stringify(given.kind)} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`
  }
  // The Go package of a group's own types is called after the group's first word.
  const goPackage = wanted.group === '' ? 'core' : wanted.group.split('.', 1)[0]
  return `converting (${given.version}.${given.kind}) to (${goPackage}.${wanted.kind}): unknown conversion`
}

function withKind(body: JsonObject, kind: GroupVersionKind): JsonObject {
  return { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** 400: the body says what it is, but cannot be read as `wanted`. */
export function cannotBeHandled(given: GroupVersionKind, wanted: GroupVersionKind, why: string): Error {
  return badRequest(
    `${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ${wanted.kind}: ${why}`,
  )
}

/** 400: the body does not even say what it is. */
function unrecognised(text: string, kind: GroupVersionKind, why: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${summary(text)})`)
}

// The real server shows this much of the body.
const summaryLength = 30

function summary(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length === 0) return '<empty>'
  const head = bytes.subarray(0, summaryLength)
  const shown = text.startsWith('{') ? head.toString('utf8') : head.toString('hex')
  return bytes.length > summaryLength ? `${shown} ...` : shown
}

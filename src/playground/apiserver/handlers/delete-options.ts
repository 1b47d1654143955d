/** meta/v1 DeleteOptions, from the body or the query. */
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import { isJsonObject } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { readBytes } from '../http/body.ts'
import { negotiateInput } from '../http/negotiation.ts'
import { badRequest, invalidObject } from '../status-error.ts'
import type { Call } from './call.ts'
import { jsonSyntaxProblem } from './json-syntax.ts'
import { dryRunErrors, readBoolean, readInteger } from './options.ts'

/** How to delete. */
export interface DeleteOptions {
  readonly dryRun: boolean
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined
  /** The older form of the policy. */
  readonly orphanDependents?: boolean | undefined
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined
}

const policies = ['Foreground', 'Background', 'Orphan']

/** Reads and checks the options. An empty body leaves them to the query. */
export async function readDeleteOptions(call: Call): Promise<DeleteOptions> {
  const bytes = await readBytes(call.request)
  const body = bytes.length === 0 ? fromQuery(call.query) : await fromBody(call, bytes)
  const dryRun = textsOf(body['dryRun'])
  const errors = errorsOf(body, dryRun)
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: 'DeleteOptions' }, '', errors)
  // The types of all fields are checked by errorsOf and in the decoding of built-in kinds alike.
  return { ...(body as Partial<DeleteOptions>), dryRun: dryRun.length > 0 }
}

function fromQuery(query: URLSearchParams): JsonObject {
  const gracePeriodSeconds = readInteger(query, 'gracePeriodSeconds')
  const orphanDependents = readBoolean(query, 'orphanDependents')
  const propagationPolicy = query.get('propagationPolicy')
  return {
    dryRun: query.getAll('dryRun').filter(value => value !== ''),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy ? { propagationPolicy } : {}),
  }
}

async function fromBody(call: Call, bytes: Buffer): Promise<JsonObject> {
  const body = await parse(call, bytes)
  if (!isJsonObject(body)) throw badRequest('the body of a deletion must be DeleteOptions')
  const { kind } = body
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    const version = JSON.stringify(body['apiVersion'] ?? '')
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
  return body
}

async function parse(call: Call, bytes: Buffer): Promise<Json> {
  const format = negotiateInput(call.request.headers['content-type'])
  if (format === 'protobuf') {
    const { decodeProtobuf } = await import('../../../api/core/decoding/protobuf.ts')
    return decodeProtobuf(bytes, { group: '', version: 'v1', kind: 'DeleteOptions' }).object
  }
  const text = bytes.toString('utf8')
  if (format === 'yaml') {
    const { parseYaml } = await import('../../../apimachinery/yaml.ts')
    return parseYaml(text)
  }
  try {
    return JSON.parse(text) as Json
  } catch {
    throw badRequest(`couldn't get version/kind; json parse error: ${jsonSyntaxProblem(text)}`)
  }
}

function errorsOf(body: JsonObject, dryRun: readonly string[]): FieldError[] {
  const { propagationPolicy, orphanDependents } = body
  const errors: FieldError[] = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalid('propagationPolicy', propagationPolicy, detail))
  }
  if (propagationPolicy !== undefined && !policies.includes(String(propagationPolicy))) {
    const supported = [...policies, 'nil'].map(policy => JSON.stringify(policy)).join(', ')
    const message = `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${supported}`
    errors.push({ type: 'FieldValueNotSupported', field: 'propagationPolicy', message })
  }
  return [...errors, ...dryRunErrors(dryRun)]
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** PATCH by server-side apply. */
import { isJsonObject } from '../../../apimachinery/json.ts'
import { apiVersionOf, type Json, type JsonObject } from '../../../apimachinery/meta.ts'
import { applyConfiguration } from '../../../apimachinery/ssa/apply.ts'
import { conflictStatus } from '../../../apimachinery/ssa/conflict.ts'
import { parseYaml, YamlError } from '../../../apimachinery/yaml.ts'
import { type ApiObject, asJson, withMetadata } from '../api-object.ts'
import { timestamp } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import { resourceSubject } from '../resources/served-resource.ts'
import { applyConflict, badRequest, conflict, notFound, StatusError } from '../status-error.ts'
import type { Entry } from '../store/entry.ts'
import { type Call, keyOfCall } from './call.ts'
import { decodeAs, reportStrictProblems } from './decode.ts'
import { resetFields } from './manage-fields.ts'
import { checkName } from './modify.ts'
import { readWriteOptions, type WriteOptions } from './options.ts'
import { presentObject } from './present.ts'
import { createObject, inNamespace, tableOf, type Updated, updateObject, withoutSystemFields } from './write.ts'

/** Merges the configuration in the body into the object, which it creates where it is not there. */
export async function apply(call: Call): Promise<Answer> {
  const { entry, created } = await applied(call)
  return presentObject(call, entry, created ? 201 : 200)
}

/** What {@link apply} stores. `translate` makes a configuration of the object from one of a subresource. */
export async function applied(call: Call, translate = (config: JsonObject) => config): Promise<Updated> {
  const text = await readBody(call.request)
  const options = readWriteOptions(call, 'PatchOptions', true)
  const config = translate(parseConfiguration(text))
  const current = tableOf(call).get(keyOfCall(call))
  const result = current ? updateByApply(call, options, config, current) : createByApply(call, options, config)
  await call.server.store.settled()
  return result
}

function updateByApply(call: Call, options: WriteOptions, config: JsonObject, current: Entry): Updated {
  const previous = call.resource.strategy.fromStorage(current.object)
  const next = merged(call, options, config, previous)
  checkName(call, next.metadata)
  return updateObject(call, current, next, options.dryRun)
}

function createByApply(call: Call, options: WriteOptions, config: JsonObject): Updated {
  const { name, subresource } = call.path
  if (subresource !== '') throw notFound(resourceSubject(call.resource), name)
  const next = merged(call, options, config, undefined)
  checkName(call, next.metadata)
  const { uid } = next.metadata
  if (uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
    throw conflict(resourceSubject(call.resource), name, why)
  }
  const entry = createObject(call, inNamespace(call, withoutSystemFields(next)), options.dryRun)
  return { entry, created: true }
}

function parseConfiguration(text: string): JsonObject {
  let value: Json
  try {
    value = parseJson(text) ?? parseYaml(text)
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(`error encoding patch: yaml: ${goYamlProblem(error)}`)
    throw error
  }
  if (!isJsonObject(value)) throw badRequest('error decoding YAML: the configuration is not an object')
  return value
}

/** JSON is YAML, and read twenty times faster as what it is; undefined for everything else. */
function parseJson(text: string): Json | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The problem in the words of the real server's parser, as far as they are known. */
function goYamlProblem(error: YamlError): string {
  const [, problem = error.message, line = '1'] = /^(.*) \(line (\d+), column \d+\)$/.exec(error.message) ?? []
  const known =
    problem === 'bad indentation of a mapping entry' ? 'mapping values are not allowed in this context' : problem
  return line === '1' ? known : `line ${line}: ${known}`
}

function merged(call: Call, options: WriteOptions, config: JsonObject, live: ApiObject | undefined): ApiObject {
  const { resource, server, path } = call
  const result = applyConfiguration({
    live: live ? asJson(live) : undefined,
    config,
    type: resource.strategy.fieldType(),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    manager: options.manager,
    subresource: path.subresource,
    now: timestamp(server.clock),
    resetFields: resetFields(resource, path.subresource),
    force: options.force,
  })
  if (result.kind === 'conflict') {
    const status = conflictStatus(result.conflicts)
    throw applyConflict(status.message ?? '', status.details?.causes ?? [])
  }
  if (result.kind === 'invalid') {
    throw result.reason === 'BadRequest' ? badRequest(result.message) : new StatusError(500, '', result.message)
  }
  const decoded = decodeAs(resource, resource.strategy, result.object)
  if (options.fieldValidation !== 'Ignore') {
    reportStrictProblems(
      call,
      options,
      resource,
      decoded.unknownFields.map(field => `unknown field ${JSON.stringify(field)}`),
    )
  }
  return withMetadata(decoded.object, { managedFields: result.managedFields })
}

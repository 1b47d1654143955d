/** The scale subresource: the replica count of a workload as autoscaling/v1 Scale, whatever the kind. */
import { ageOf } from '../../../api/core/printers/cell.ts'
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import { isJsonObject } from '../../../apimachinery/json.ts'
import { selectorOf, selectorToText } from '../../../apimachinery/labels.ts'
import { apiVersionOf, type Json, type JsonObject, type LabelSelector } from '../../../apimachinery/meta.ts'
import { type ApiObject, asJson, asObject, valueAt, withMetadata } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import type { ScalePaths } from '../resources/served-resource.ts'
import { badRequest, formNotAcceptable, invalidObject } from '../status-error.ts'
import { applied } from './apply.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { withManagedFields } from './manage-fields.ts'
import { partialMetadata } from './metadata-only.ts'
import { checkName } from './modify.ts'
import { readWriteOptions, type WriteOptions } from './options.ts'
import { applyPatch, objectOf, parsePatch, patchTypeOf, patchTypes } from './patch.ts'
import { currentEntry } from './read.ts'
import { updateObject } from './write.ts'

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const

const builtInPaths: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
}

/** GET of a scale. */
export async function getScale(call: Call): Promise<Answer> {
  await call.server.store.settled()
  return answerWith(call, currentEntry(call).object)
}

/** PUT of a scale. */
export async function updateScale(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'UpdateOptions')
  await call.resource.strategy.load()
  const scale = await readObject(call, options, scaleKind, {
    decode: body => ({ object: asObject(body), unknownFields: [] }),
  })
  checkName(call, scale.metadata ?? {})
  return setReplicas(call, scale, options)
}

/** PATCH of a scale. */
export async function patchScale(call: Call): Promise<Answer> {
  const type = patchTypeOf(call)
  await call.resource.strategy.load()
  if (type === patchTypes.apply) {
    const { entry } = await applied(call, config => parentConfig(call, config))
    return answerWith(call, entry.object)
  }
  const text = await readBody(call.request)
  const options = readWriteOptions(call, 'PatchOptions')
  const change = parsePatch(text)
  const scale = scaleOf(call, currentEntry(call).object)
  // Scale has no lists, so a strategic patch is a merge patch.
  const patchType = type === patchTypes.strategic ? patchTypes.merge : type
  const patched = asObject(objectOf(applyPatch(call, patchType, asJson(scale), change)))
  checkName(call, patched.metadata)
  return setReplicas(call, patched, options)
}

/** What an applied scale says of the workload. */
function parentConfig(call: Call, config: JsonObject): JsonObject {
  const spec = config['spec']
  const replicas = isJsonObject(spec) ? spec['replicas'] : undefined
  const parent = {
    apiVersion: apiVersionOf(call.resource),
    kind: call.resource.kind,
    metadata: config['metadata'] ?? {},
  }
  return replicas === undefined ? parent : asJson(withValueAt(parent as ApiObject, replicasPath(call), replicas))
}

async function setReplicas(call: Call, scale: ApiObject, options: WriteOptions): Promise<Answer> {
  const current = currentEntry(call)
  const previous = call.resource.strategy.fromStorage(current.object)
  const replicas = valueAt(scale, ['spec', 'replicas']) ?? 0
  const errors = replicaErrors(replicas)
  if (errors.length > 0) throw invalidObject({ group: 'autoscaling', name: 'Scale' }, call.path.name, errors)
  const scaled = withMetadata(withValueAt(previous, replicasPath(call), replicas), {
    // A version in the scale makes the write conditional.
    resourceVersion: scale.metadata.resourceVersion || previous.metadata.resourceVersion,
  })
  if (scale.metadata.uid && scale.metadata.uid !== previous.metadata.uid) checkUid(call, scale)
  const { entry } = updateObject(
    call,
    current,
    withManagedFields(call, previous, scaled, options.manager),
    options.dryRun,
  )
  await call.server.store.settled()
  return answerWith(call, entry.object)
}

function checkUid(call: Call, scale: ApiObject): never {
  throw badRequest(`the UID in the precondition (${scale.metadata.uid}) does not match ${call.path.name}`)
}

function replicaErrors(replicas: Json): FieldError[] {
  if (typeof replicas === 'number' && replicas >= 0) return []
  return [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]
}

function answerWith(call: Call, stored: ApiObject): Answer {
  const scale = scaleOf(call, stored)
  const { mediaType, as, version } = call.form
  if (as === undefined) return { code: 200, mediaType, value: scale }
  if (as === 'PartialObjectMetadata') return { code: 200, mediaType, value: partialMetadata(scale, version) }
  if (as === 'Table') return { code: 200, mediaType, value: scaleTable(call, scale) }
  throw formNotAcceptable(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'])
}

/** The table of one scale; its columns are those of the real server. */
function scaleTable(call: Call, scale: ApiObject): object {
  const column = (name: string, type: string, description: string) => ({
    name,
    type,
    format: '',
    description,
    priority: 0,
  })
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${call.form.version}`,
    metadata: { resourceVersion: scale.metadata.resourceVersion },
    columnDefinitions: [
      column('Name', 'string', 'The name of the object that is scaled.'),
      column('Desired', 'integer', 'How many replicas are wanted.'),
      column('Available', 'integer', 'How many replicas there are.'),
      column('Age', 'string', 'How old the object is.'),
    ],
    rows: [
      {
        cells: [
          scale.metadata.name,
          numberAt(scale, '.spec.replicas') ?? 0,
          numberAt(scale, '.status.replicas') ?? 0,
          ageOf(asJson(scale), call.server.clock.now()),
        ],
        object: partialMetadata(scale, call.form.version),
      },
    ],
  }
}

/** The Scale of a stored object. */
function scaleOf(call: Call, stored: ApiObject): ApiObject {
  const paths = call.resource.scale ?? builtInPaths
  const { name, namespace, uid, resourceVersion, creationTimestamp } = stored.metadata
  const selector = paths.labelSelectorPath ? selectorText(valueAt(stored, partsOf(paths.labelSelectorPath))) : ''
  return asObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    // JSON leaves out what is undefined.
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as unknown as JsonObject,
    spec: replicasAt(stored, paths.specReplicasPath),
    status: {
      replicas: numberAt(stored, paths.statusReplicasPath) ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  })
}

// Scale leaves a count of 0 out, as it is written with omitempty.
function replicasAt(stored: ApiObject, path: string): JsonObject {
  const replicas = numberAt(stored, path) ?? 0
  return replicas === 0 ? {} : { replicas }
}

function numberAt(object: ApiObject, path: string): number | undefined {
  const value = valueAt(object, partsOf(path))
  return typeof value === 'number' ? value : undefined
}

/** A selector as text: built-in kinds have a LabelSelector or a map there, custom ones a text. */
function selectorText(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return ''
  const isLabelSelector = 'matchLabels' in value || 'matchExpressions' in value
  // Validation has let it through as one of the two.
  const selector = (isLabelSelector ? value : { matchLabels: value }) as LabelSelector
  return selectorToText(selectorOf(selector) ?? [])
}

function replicasPath(call: Call): readonly string[] {
  return partsOf((call.resource.scale ?? builtInPaths).specReplicasPath)
}

function partsOf(path: string): string[] {
  return path.split('.').filter(part => part !== '')
}

function withValueAt(object: ApiObject, path: readonly string[], value: Json): ApiObject {
  const set = (at: JsonObject, [name = '', ...rest]: readonly string[]): JsonObject => {
    const inner = at[name]
    return { ...at, [name]: rest.length === 0 ? value : set(isJsonObject(inner) ? inner : {}, rest) }
  }
  return asObject(set(asJson(object), path))
}

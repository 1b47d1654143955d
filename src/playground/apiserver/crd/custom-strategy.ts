/** The rules of one version of a custom kind, made from its CRD (apiextensions-apiserver pkg/registry/customresource). */
import type { BuiltinDecoder } from '../../../api/core/decoding/decode.ts'
import { resetFieldsOf } from '../../../api/core/reset-fields.ts'
import { nameRuleOf } from '../../../api/core/validation/names.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from '../../../api/core/validation/object-meta.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import { valueAt } from '../../../apimachinery/jsonpath.ts'
import { apiVersionOf, type GroupVersionKind, type JsonObject } from '../../../apimachinery/meta.ts'
import { ageColumn, compileColumn } from '../../../apimachinery/printer-columns.ts'
import type { FieldType } from '../../../apimachinery/ssa/field-type.ts'
import type { StructuralSchema } from '../../../apimachinery/structural/compile.ts'
import { type ApiObject, asJson, asObject, withFields, withMetadata } from '../api-object.ts'
import type { BuiltInRules } from '../resources/built-in-strategy.ts'
import { nameColumn } from '../resources/default-columns.ts'
import { clusterFields, commonFields, type SelectableFields } from '../resources/selectable-fields.ts'
import type { Decoded, ResourceStrategy, TableColumn } from '../resources/strategy.ts'
import type { DefinitionSpec, DefinitionVersion } from './definition.ts'
import { finalizerWarnings } from './finalizer-warnings.ts'
import { scaleErrors } from './scale-errors.ts'
import type { SchemaCompiler } from './schema-cache.ts'

/** The strategy of one version of a custom kind. */
export function customStrategy(
  spec: DefinitionSpec,
  version: DefinitionVersion,
  storedApiVersion: string,
  rules: BuiltInRules,
  compile: SchemaCompiler,
): ResourceStrategy {
  const type: GroupVersionKind = { group: spec.group, version: version.name, kind: spec.names.kind }
  const apiVersion = apiVersionOf(type)
  const schema = version.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  // Compiled with the first object: of the kinds that a cluster has, many are never used.
  let compiled: StructuralSchema | undefined
  const structural = () => (compiled ??= compile(schema))
  const preserves = spec.preserveUnknownFields === true
  const hasStatus = version.subresources?.status !== undefined
  const fields = selectableFieldsOf(spec, version)
  const columns = version.additionalPrinterColumns?.length ? version.additionalPrinterColumns : [ageColumn]
  const printers = columns.map(compileColumn)
  const metaRules = {
    namespaced: spec.scope === 'Namespaced',
    nameProblems: nameRuleOf(type),
    qualifiedFinalizers: false,
  }
  let fieldType: FieldType | undefined
  const withVersion = (object: ApiObject, wanted: string) =>
    object.apiVersion === wanted ? object : { ...object, apiVersion: wanted }
  return {
    decode(body, known) {
      const { metadata, unknownFields } = decodeMetadata(rules.decoder, body, known)
      const typed = { apiVersion, kind: type.kind, metadata, ...withoutTypeMeta(body) }
      const unknown: string[] = []
      const pruned = preserves ? typed : structural().prune(typed, unknown)
      const object = asObject(structural().applyDefaults(pruned))
      return { object, unknownFields: [...unknown.sort(), ...unknownFields] }
    },
    prepareForCreate(object) {
      const prepared = hasStatus ? withFields(object, { status: undefined }) : object
      return withMetadata(prepared, { generation: 1 })
    },
    prepareForUpdate(next, previous, part) {
      if (part === 'status') {
        // A status write takes nothing but the status and who manages it.
        const managed = withMetadata(previous, {
          managedFields: next.metadata.managedFields,
          resourceVersion: next.metadata.resourceVersion,
        })
        return withFields(managed, { status: next['status'] })
      }
      const kept = hasStatus ? withFields(next, { status: previous['status'] }) : next
      const isSame = jsonEqual(withoutMetadata(kept), withoutMetadata(previous))
      return isSame ? kept : withMetadata(kept, { generation: (previous.metadata.generation ?? 0) + 1 })
    },
    validateCreate: object => [
      ...validateObjectMeta(object.metadata, metaRules),
      ...structural().validate(asJson(object)),
      ...scaleErrors(object, version.subresources?.scale),
    ],
    validateUpdate: (next, previous) => [
      ...validateObjectMetaUpdate(next.metadata, previous.metadata, metaRules),
      ...structural().validate(asJson(next), asJson(previous)),
      ...scaleErrors(next, version.subresources?.scale),
    ],
    warnings: finalizerWarnings,
    createsOnUpdate: false,
    unconditionalUpdate: false,
    returnsDeletedObject: false,
    orphansByDefault: false,
    gracePeriodSeconds: () => undefined,
    startDeletion: object => object,
    load: () => rules.load(),
    fieldType() {
      fieldType ??= rules.fieldTypes().custom(preserves ? undefined : schema)
      return fieldType
    },
    patchSchema: () => undefined,
    resetFields: part =>
      resetFieldsOf({ group: spec.group, plural: spec.names.plural, custom: true, hasStatus, subresource: part }),
    selectableField: field => fields[field],
    isStored: storedApiVersion === apiVersion,
    toStorage: object => withVersion(object, storedApiVersion),
    fromStorage: object => withVersion(object, apiVersion),
    columns: [nameColumn, ...columns.map(columnOf)],
    cells: (object, nowMs) => {
      const now = new Date(nowMs)
      return [object.metadata.name, ...printers.map(print => print(asJson(object), now))]
    },
  }
}

/** The metadata as ObjectMeta, by the decoder of a built-in kind that has nothing else. */
function decodeMetadata(
  decoder: BuiltinDecoder,
  body: JsonObject,
  known: ApiObject | undefined,
): { metadata: JsonObject } & Omit<Decoded, 'object'> {
  const { object, unknownFields } = decoder.decode(
    { group: '', version: 'v1', kind: 'ConfigMap' },
    { metadata: body['metadata'] ?? {} },
    known && asJson(known),
  )
  // The decoder writes metadata as an object whatever came in.
  return { metadata: (object['metadata'] ?? {}) as JsonObject, unknownFields }
}

function withoutTypeMeta(body: JsonObject): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = body
  return rest
}

function withoutMetadata(object: ApiObject): JsonObject {
  return { ...asJson(object), metadata: {} }
}

function selectableFieldsOf(spec: DefinitionSpec, version: DefinitionVersion): SelectableFields {
  const own = (version.selectableFields ?? []).map(({ jsonPath }) => {
    const read = (object: ApiObject) => {
      const value = valueAt(jsonPath, asJson(object))
      return value === undefined || value === null ? '' : String(value)
    }
    return [jsonPath.replace(/^\./, ''), read] as const
  })
  return { ...(spec.scope === 'Namespaced' ? commonFields : clusterFields), ...Object.fromEntries(own) }
}

function columnOf(column: NonNullable<DefinitionVersion['additionalPrinterColumns']>[number]): TableColumn {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }
}

/** The rules of built-in kinds, put together from the tables in src/api/core. */
import { type BuiltinDecoder, newBuiltinDecoder } from '../../../api/core/decoding/decode.ts'
import { type Definitions, loadDefinitions } from '../../../api/core/definitions.ts'
import { draftOf } from '../../../api/core/draft.ts'
import { builtinPrinter } from '../../../api/core/printers/printers.ts'
import { resetFieldsOf } from '../../../api/core/reset-fields.ts'
import type { BuiltInResource } from '../../../api/core/resources.ts'
import { mergeStringData } from '../../../api/core/strategies/secrets.ts'
import { builtinStrategy } from '../../../api/core/strategies/strategy.ts'
import { notLoopbackMessage } from '../../../api/core/validation/services.ts'
import { builtinWarnings } from '../../../api/core/validation/warnings.ts'
import type { FieldError } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { type FieldType, FieldTypes } from '../../../apimachinery/ssa/field-type.ts'
import { type ApiObject, asJson, asObject, withMetadata } from '../api-object.ts'
import { cleanupFinalizer, statusOf, terminatingCondition } from '../crd/definition.ts'
import { eventFromStorage, eventToStorage } from './event-conversion.ts'
import { builtInFields, clusterFields, commonFields, eventsV1Fields } from './selectable-fields.ts'
import { tableName } from './served-resource.ts'
import type { ResourceStrategy } from './strategy.ts'

/** What the strategies of all built-in kinds of one server share. */
export interface BuiltInRules {
  readonly decoder: BuiltinDecoder
  /** Whether pods may have addresses of this machine, which a cluster of several machines refuses. */
  readonly loopbackPods: boolean
  /** The API description; loaded on first use. */
  load(): Promise<void>
  /** Throws before {@link load}. */
  definitions(): Definitions
  fieldTypes(): FieldTypes
}

/** New shared rules. */
export function newBuiltInRules(options: { readonly loopbackPods?: boolean } = {}): BuiltInRules {
  let loading: Promise<void> | undefined
  let loaded: { definitions: Definitions; types: FieldTypes } | undefined
  const get = () => {
    if (!loaded) throw new Error('the API description is not loaded yet')
    return loaded
  }
  return {
    decoder: newBuiltinDecoder(),
    loopbackPods: options.loopbackPods ?? false,
    load() {
      loading ??= loadDefinitions().then(definitions => {
        loaded = { definitions, types: new FieldTypes(name => definitions.resolve(name)) }
      })
      return loading
    },
    definitions: () => get().definitions,
    fieldTypes: () => get().types,
  }
}

// A PUT creates objects of these (AllowCreateOnUpdate in k8s.io/kubernetes pkg/registry).
const createdOnUpdate = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
])

// A PUT of these must say which version it replaces (AllowUnconditionalUpdate is false).
const conditionallyUpdated = new Set([
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
  'coordination.k8s.io/leases',
  'policy/poddisruptionbudgets',
])

// Deleting one of these answers with the object (ReturnDeletedObject).
const returnedOnDelete = new Set([
  '/namespaces',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'storage.k8s.io/storageclasses',
])

const orphaningByDefault = new Set(['/replicationcontrollers', 'batch/jobs'])

const startDeletionOf: Readonly<Record<string, ResourceStrategy['startDeletion']>> = {
  '/namespaces': namespace => withStatus(namespace, { phase: 'Terminating' }),
  'apiextensions.k8s.io/customresourcedefinitions': (crd, now) => {
    const { finalizers = [] } = crd.metadata
    if (crd.metadata.finalizers?.includes(cleanupFinalizer)) return crd
    const { conditions = [] } = statusOf(crd)
    const held = withMetadata(crd, { finalizers: [...finalizers, cleanupFinalizer] })
    return withStatus(held, { conditions: [...conditions, terminatingCondition(now)] })
  },
}

function withStatus(object: ApiObject, fields: object): ApiObject {
  return { ...object, status: { ...(object['status'] as object | undefined), ...fields } }
}

/** The strategy of one built-in resource. */
export function builtInStrategy(resource: BuiltInResource, rules: BuiltInRules): ResourceStrategy {
  const table = tableName(resource.group, resource.plural)
  const hasStatus = resource.subresources.some(({ name }) => name === 'status')
  const isNewEvent = resource.group === 'events.k8s.io'
  const fields = isNewEvent
    ? eventsV1Fields
    : (builtInFields[table] ?? (resource.namespaced ? commonFields : clusterFields))
  const converted = table === '/secrets' ? withStringData : (object: JsonObject) => object
  const kindRules = builtinStrategy(resource, resource.namespaced)
  const kept = (errors: readonly FieldError[]) =>
    rules.loopbackPods ? errors.filter(error => !error.message.endsWith(notLoopbackMessage)) : errors
  const printer = builtinPrinter(resource)
  let fieldType: FieldType | undefined
  const description = () => {
    const found = rules.definitions().find(resource)
    if (!found) throw new Error(`no description of the built-in kind ${resource.kind}`)
    return found
  }
  return {
    decode(body, known) {
      const before = known && asJson(known)
      const { object, unknownFields } = rules.decoder.decode(resource, body, before)
      return { object: asObject(kindRules.applyDefaults(converted(object), before)), unknownFields }
    },
    prepareForCreate: object => asObject(kindRules.prepareForCreate(asJson(object))),
    prepareForUpdate: (next, previous, part) =>
      asObject(kindRules.prepareForUpdate(asJson(next), asJson(previous), part)),
    validateCreate: object => kept(kindRules.validateCreate(asJson(object))),
    validateUpdate: (next, previous, part) => kept(kindRules.validateUpdate(asJson(next), asJson(previous), part)),
    warnings: (object, previous) => builtinWarnings(resource, asJson(object), previous && asJson(previous)),
    createsOnUpdate: createdOnUpdate.has(table),
    unconditionalUpdate: !conditionallyUpdated.has(table),
    returnsDeletedObject: returnedOnDelete.has(table),
    orphansByDefault: orphaningByDefault.has(table),
    gracePeriodSeconds: table === '/pods' ? podGracePeriod : () => undefined,
    startDeletion: startDeletionOf[table] ?? (object => object),
    load: () => rules.load(),
    fieldType() {
      fieldType ??= rules.fieldTypes().named(description().name)
      return fieldType
    },
    patchSchema: () => ({
      schema: description().schema,
      resolve: name => rules.definitions().resolve(name),
    }),
    resetFields: part =>
      resetFieldsOf({ group: resource.group, plural: resource.plural, custom: false, hasStatus, subresource: part }),
    selectableField: field => fields[field],
    isStored: !isNewEvent,
    toStorage: isNewEvent ? eventToStorage : object => object,
    fromStorage: isNewEvent ? eventFromStorage : object => object,
    columns: printer.columns,
    cells: (object, nowMs) => printer.cells(asJson(object), new Date(nowMs)),
    rowConditions: object => printer.conditions(asJson(object)),
  }
}

/** A Secret with the data that were given as text among the others. */
function withStringData(secret: JsonObject): JsonObject {
  if (secret['stringData'] === undefined) return secret
  const draft = draftOf(secret)
  mergeStringData(draft)
  return draft
}

/** How long a pod may take to shut down (podStrategy.CheckGracefulDelete of k8s.io/kubernetes). */
function podGracePeriod(pod: ApiObject, requestedSeconds: number | undefined): number {
  const json = asJson(pod)
  const spec = json['spec'] as
    | { readonly nodeName?: string; readonly terminationGracePeriodSeconds?: number }
    | undefined
  const status = json['status'] as { readonly phase?: string } | undefined
  const seconds = requestedSeconds ?? spec?.terminationGracePeriodSeconds ?? 30
  // Nothing runs that would have to be stopped.
  if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  return seconds < 0 ? 1 : seconds
}

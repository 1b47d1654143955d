/** The metadata of objects of any kind. */
import { forbidden, invalid, notSupported, required, tooLong } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json, JsonObject, ObjectMeta, OwnerReference } from '../../../apimachinery/meta.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { checkImmutable, checkQualifiedName, notNegativeMessage, type Problems, textProblems } from './checks.ts'
import { checkAnnotations, checkLabels } from './labels.ts'

/** What is wrong with a name; as the beginning of a name when `isPrefix`. */
export type NameRule = (name: string, isPrefix: boolean) => readonly string[]

/** What the rule for metadata depends on. */
export interface MetaRules {
  readonly namespaced: boolean
  readonly nameProblems: NameRule
  /** Built-in kinds want finalizers of their own to be qualified by a domain; custom kinds do not. */
  readonly qualifiedFinalizers: boolean
}

/** Checks metadata on creation, when name, namespace and all that the server sets are there. */
export function validateObjectMeta(metadata: ObjectMeta, rules: MetaRules, path = 'metadata'): Problems {
  const { name = '', generateName = '', namespace = '', generation = 0 } = metadata
  return [
    ...(generateName === ''
      ? []
      : textProblems(`${path}.generateName`, generateName, text => rules.nameProblems(text, true))),
    ...(name === ''
      ? [required(`${path}.name`, 'name or generateName is required')]
      : textProblems(`${path}.name`, name, text => rules.nameProblems(text, false))),
    ...checkNamespace(namespace, rules.namespaced, `${path}.namespace`),
    ...(generation < 0 ? [invalid(`${path}.generation`, generation, notNegativeMessage)] : []),
    ...checkLabels(`${path}.labels`, metadata.labels ?? {}),
    ...checkAnnotations(`${path}.annotations`, metadata.annotations ?? {}),
    ...checkOwners(metadata.ownerReferences ?? [], `${path}.ownerReferences`),
    ...checkFinalizers(metadata.finalizers ?? [], `${path}.finalizers`),
    ...checkManagers(metadata, `${path}.managedFields`),
    ...(rules.qualifiedFinalizers ? checkQualification(metadata.finalizers ?? [], `${path}.finalizers`) : []),
  ]
}

/** Checks metadata on an update. */
export function validateObjectMetaUpdate(
  next: ObjectMeta,
  previous: ObjectMeta,
  rules: Pick<MetaRules, 'qualifiedFinalizers'>,
  path = 'metadata',
): Problems {
  const { generation = 0 } = next
  const unchanged = (key: keyof ObjectMeta) =>
    // Metadata is JSON; its type only lacks the index signature.
    checkImmutable(
      `${path}.${key}`,
      shown(next[key] as Json | undefined),
      jsonEqual(next[key] as Json, previous[key] as Json),
    )
  return [
    ...checkNoNewFinalizers(next, previous, `${path}.finalizers`),
    ...(next.resourceVersion ? [] : [invalid(`${path}.resourceVersion`, '', 'must be specified for an update')]),
    ...(generation < 0 ? [invalid(`${path}.generation`, generation, notNegativeMessage)] : []),
    ...(generation < (previous.generation ?? 0)
      ? [invalid(`${path}.generation`, generation, 'must not be decremented')]
      : []),
    ...(
      ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const
    ).flatMap(unchanged),
    ...checkLabels(`${path}.labels`, next.labels ?? {}),
    ...checkAnnotations(`${path}.annotations`, next.annotations ?? {}),
    ...checkOwners(next.ownerReferences ?? [], `${path}.ownerReferences`),
    ...checkManagers(next, `${path}.managedFields`),
    ...(rules.qualifiedFinalizers ? checkQualification(next.finalizers ?? [], `${path}.finalizers`) : []),
  ]
}

function shown(value: Json | undefined): Json | undefined {
  return value === undefined ? '' : value
}

function checkNamespace(namespace: string, namespaced: boolean, path: string): Problems {
  if (!namespaced) return namespace === '' ? [] : [forbidden(path, 'not allowed on this type')]
  return namespace === '' ? [required(path)] : textProblems(path, namespace, dns1123LabelProblems)
}

function checkOwners(owners: readonly OwnerReference[], path: string): Problems {
  const problems: Problems = []
  let controller: string | undefined
  for (const [i, owner] of owners.entries()) {
    problems.push(...checkOwner(owner, `${path}[${i}]`))
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = name
    else {
      const sentence = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      problems.push({
        ...invalid(path, '', sentence),
        message: `Invalid value: ${JSON.stringify(owners.map(inOrder))}: ${sentence}`,
      })
    }
  }
  return problems
}

function checkOwner(owner: OwnerReference, path: string): Problems {
  const { apiVersion = '', kind = '' } = owner as Partial<OwnerReference>
  const problems: Problems = []
  if (apiVersion === '') problems.push(required(`${path}.apiVersion`, 'must not be empty'))
  else if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
    problems.push(invalid(`${path}.apiVersion`, apiVersion, 'must be <group>/<version> or <version>'))
  }
  for (const key of ['kind', 'name', 'uid'] as const) {
    if (!owner[key]) problems.push(required(`${path}.${key}`, 'must not be empty'))
  }
  if (kind === 'Event' && (apiVersion === 'v1' || apiVersion === 'events.k8s.io/v1')) {
    const [group = '', version = ''] = apiVersion === 'v1' ? ['', 'v1'] : apiVersion.split('/')
    const sentence = `${group}/${version}, Kind=Event is disallowed from being an owner`
    problems.push({
      ...invalid(path, '', sentence),
      message: `Invalid value: ${JSON.stringify(inOrder(owner))}: ${sentence}`,
    })
  }
  return problems
}

// The order of the Go struct's fields.
function inOrder(owner: OwnerReference): JsonObject {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner
  return {
    apiVersion,
    kind,
    name,
    uid,
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  }
}

const ownFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']

function checkFinalizers(finalizers: readonly string[], path: string): Problems {
  const problems = finalizers.flatMap(finalizer => checkQualifiedName(path, finalizer))
  if (!finalizers.includes('orphan') || !finalizers.includes('foregroundDeletion')) return problems
  return [...problems, invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')]
}

function checkQualification(finalizers: readonly string[], path: string): Problems {
  return finalizers.flatMap((finalizer, i) =>
    finalizer.includes('/') || ownFinalizers.includes(finalizer)
      ? []
      : [invalid(`${path}[${i}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')],
  )
}

function checkNoNewFinalizers(next: ObjectMeta, previous: ObjectMeta, path: string): Problems {
  if (previous.deletionTimestamp === undefined) return []
  const added = [...new Set(next.finalizers)].filter(finalizer => !previous.finalizers?.includes(finalizer)).sort()
  if (added.length === 0) return []
  const list = added.map(finalizer => JSON.stringify(finalizer)).join(', ')
  const sentence = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [forbidden(path, sentence)]
}

// k8s.io/apimachinery/pkg/apis/meta/v1/validation: FieldManagerMaxLength, MaxSubresourceNameLength
const managerMaxBytes = 128
const subresourceMaxBytes = 256

function checkManagers(metadata: ObjectMeta, path: string): Problems {
  return (metadata.managedFields ?? []).flatMap((entry, i) => {
    const at = `${path}[${i}]`
    const operation: string = entry.operation ?? ''
    const problems: Problems = []
    if (operation === '') problems.push(required(`${at}.operation`, 'must not be empty'))
    else if (!['Apply', 'Update'].includes(operation)) {
      problems.push(notSupported(`${at}.operation`, operation, ['Apply', 'Update']))
    }
    const fieldsType: string = entry.fieldsType ?? ''
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      problems.push(invalid(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`'))
    }
    if (Buffer.byteLength(entry.manager ?? '') > managerMaxBytes)
      problems.push(tooLong(`${at}.manager`, managerMaxBytes))
    if (Buffer.byteLength(entry.subresource ?? '') > subresourceMaxBytes) {
      problems.push(tooLong(`${at}.subresource`, subresourceMaxBytes))
    }
    return problems
  })
}

/** What must hold for the metadata of every object (k8s.io/apimachinery api/validation/objectmeta.go). */
import { type FieldError, forbidden, invalid, required, tooLong } from '../../../apimachinery/field-error.ts'
import type { ObjectMeta, OwnerReference } from '../../../apimachinery/meta.ts'
import { labelValueProblems, qualifiedNameProblems } from '../../../apimachinery/names.ts'

// apimachineryvalidation.TotalAnnotationSizeLimitB
const maxAnnotationsBytes = 256 * 1024
const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** What is wrong with the metadata of a new state. `nameProblems` is the kind's rule for names. */
export function metadataErrors(
  metadata: ObjectMeta,
  namespaced: boolean,
  nameProblems: (name: string, isPrefix: boolean) => readonly string[],
): FieldError[] {
  const { name = '', generateName = '', namespace = '' } = metadata
  const errors: FieldError[] = []
  if (generateName !== '') {
    for (const problem of nameProblems(generateName, true))
      errors.push(invalid('metadata.generateName', generateName, problem))
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'))
  else for (const problem of nameProblems(name, false)) errors.push(invalid('metadata.name', name, problem))
  if (namespaced && namespace === '') errors.push(required('metadata.namespace'))
  if (!namespaced && namespace !== '') {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  }
  return [...errors, ...commonErrors(metadata)]
}

/** What is wrong with labels, annotations, owner references and finalizers. */
function commonErrors(metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if ((metadata.generation ?? 0) < 0) {
    errors.push(invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0'))
  }
  if (metadata.labels) errors.push(...labelErrors(metadata.labels, 'metadata.labels'))
  if (metadata.annotations) errors.push(...annotationErrors(metadata.annotations))
  if (metadata.ownerReferences) errors.push(...ownerErrors(metadata.ownerReferences))
  if (metadata.finalizers) errors.push(...finalizerErrors(metadata.finalizers))
  return errors
}

/** What is wrong with labels. */
export function labelErrors(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  const errors: FieldError[] = []
  for (const key of Object.keys(labels).sort()) {
    const value = labels[key] ?? ''
    for (const problem of qualifiedNameProblems(key)) errors.push(invalid(field, key, problem))
    for (const problem of labelValueProblems(value)) errors.push(invalid(field, value, problem))
  }
  return errors
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = []
  let sizeBytes = 0
  for (const key of Object.keys(annotations).sort()) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) {
      errors.push(invalid('metadata.annotations', key, problem))
    }
    sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '')
  }
  if (sizeBytes > maxAnnotationsBytes) errors.push(tooLong('metadata.annotations', maxAnnotationsBytes))
  return errors
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences'
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const owner of owners) {
    if (owner.apiVersion === '')
      errors.push(invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty'))
    if (owner.kind === '') errors.push(invalid(`${field}.kind`, owner.kind, 'must not be empty'))
    if (owner.name === '') errors.push(invalid(`${field}.name`, owner.name, 'must not be empty'))
    if (owner.uid === '') errors.push(invalid(`${field}.uid`, owner.uid, 'must not be empty'))
    if (owner.controller !== true) continue
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.kind}/${owner.name}`
      errors.push(invalid(field, owners as unknown as [], detail))
    }
    controller ??= `${owner.kind}/${owner.name}`
  }
  return errors
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers'
  const errors: FieldError[] = []
  for (const finalizer of finalizers) {
    const problems = qualifiedNameProblems(finalizer)
    for (const problem of problems) errors.push(invalid(field, finalizer, problem))
    if (problems.length === 0 && !finalizer.includes('/') && !standardFinalizers.has(finalizer)) {
      errors.push(invalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'))
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}

/** What an update may not do to metadata. */
export function metadataUpdateErrors(next: ObjectMeta, previous: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (previous.deletionTimestamp !== undefined) {
    const added = (next.finalizers ?? []).filter(finalizer => !previous.finalizers?.includes(finalizer))
    if (added.length > 0) {
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(added)}`
      errors.push(forbidden('metadata.finalizers', detail))
    }
  }
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    errors.push(invalid('metadata.generation', next.generation, 'must not be decremented'))
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if (next[field] !== previous[field])
      errors.push(invalid(`metadata.${field}`, next[field] ?? null, 'field is immutable'))
  }
  return errors
}

/** A set of strings as Go prints it by %#v. */
function goStrings(values: readonly string[]): string {
  return `[]string{${values
    .toSorted()
    .map(value => JSON.stringify(value))
    .join(', ')}}`
}

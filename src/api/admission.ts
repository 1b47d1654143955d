/**
 * What admission does to our own kinds beyond their schemas: defaults that depend on other fields, and rules that a
 * schema cannot say. The embedded API calls it in process; on a real cluster a webhook calls the same functions.
 */
import { type FieldError, required } from '../apimachinery/field-error.ts'
import type { CustomKind } from '../apimachinery/kind.ts'
import type { GroupVersionKind, Json, KubernetesObject } from '../apimachinery/meta.ts'
import { compileSchema, type StructuralSchema } from '../apimachinery/structural/compile.ts'
import { Application } from './apps/v1alpha1.ts'
import { defaultApplication } from './apps/v1alpha1-defaults.ts'
import { validateApplication } from './apps/v1alpha1-validation.ts'
import { AttachedCluster } from './cluster/v1alpha1.ts'
import { validateAttachedCluster } from './cluster/v1alpha1-validation.ts'
import { Fleet } from './fleet/v1alpha1.ts'
import { validateFleet } from './fleet/v1alpha1-validation.ts'

/** What became of an object. */
export interface Admitted {
  /** With its defaults; the same value where there was nothing to do. */
  readonly object: KubernetesObject
  /** Why it is refused; empty: it is not. */
  readonly errors: readonly FieldError[]
}

interface Rules {
  readonly kind: CustomKind
  /** Whether there has to be a spec, although the schema (which is upstream's) does not insist on it. */
  readonly needsSpec?: boolean
  readonly applyDefaults?: (object: never) => KubernetesObject
  readonly validate: (object: never) => FieldError[]
}

const rules: readonly Rules[] = [
  { kind: Application, needsSpec: true, applyDefaults: defaultApplication, validate: validateApplication },
  { kind: Fleet, validate: validateFleet },
  { kind: AttachedCluster, validate: validateAttachedCluster },
]

/** Admits objects of our kinds and lets all others pass as they are. */
export function newAdmitter(): (kind: GroupVersionKind, object: KubernetesObject) => Admitted {
  const schemas = new Map<Rules, StructuralSchema>()
  const schemaOf = (rule: Rules): StructuralSchema => {
    const known = schemas.get(rule) ?? compileSchema(rule.kind.openAPIV3Schema)
    schemas.set(rule, known)
    return known
  }
  return ({ group, kind }, object) => {
    const rule = rules.find(candidate => candidate.kind.group === group && candidate.kind.kind === kind)
    // What the schema refuses, the API itself reports; the rules here rely on its shape.
    if (!rule || schemaOf(rule).validate(object as Json).length > 0) return { object, errors: [] }
    if (rule.needsSpec && !('spec' in object)) return { object, errors: [required('spec')] }
    const complete = rule.applyDefaults?.(object as never) ?? object // the schema has just said that it is one
    return { object: complete, errors: rule.validate(complete as never) }
  }
}

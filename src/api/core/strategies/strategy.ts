/** The rules of each built-in kind, as the API server asks for them when it writes an object. */
import type { FieldError } from '../../../apimachinery/field-error.ts'
import type { GroupVersionKind, JsonObject } from '../../../apimachinery/meta.ts'
import { applyBuiltinDefaults } from '../defaults/defaults.ts'
import { nameRuleOf } from '../validation/names.ts'
import type { NameRule } from '../validation/object-meta.ts'
import { validateBuiltin, validateBuiltinUpdate } from '../validation/validation.ts'
import type { WritePart } from '../write-part.ts'
import { prepareForCreate, prepareForUpdate, prepareRules } from './prepare.ts'

/** The rules of one built-in kind. Everything is pure; objects are decoded ones (decoding/decode.ts). */
export interface BuiltinStrategy {
  readonly nameProblems: NameRule
  /** What `object` shares with `known`, a stored object, has its defaults already. */
  applyDefaults(object: JsonObject, known?: JsonObject): JsonObject
  /** After defaults and admission, when name, namespace, uid and creationTimestamp are set. */
  prepareForCreate(object: JsonObject): JsonObject
  prepareForUpdate(next: JsonObject, previous: JsonObject, part: WritePart): JsonObject
  /** What is wrong with a prepared object, metadata included, in the real server's order. */
  validateCreate(object: JsonObject): readonly FieldError[]
  /** The same for an update; `next` has a resourceVersion. */
  validateUpdate(next: JsonObject, previous: JsonObject, part: WritePart): readonly FieldError[]
}

/** The rules of one kind; a kind without rules of its own is checked for its metadata only. */
export function builtinStrategy(gvk: GroupVersionKind, namespaced: boolean): BuiltinStrategy {
  const rules = prepareRules[`${gvk.group}/${gvk.version}/${gvk.kind}`] ?? {}
  return {
    nameProblems: nameRuleOf(gvk),
    applyDefaults: (object, known) => applyBuiltinDefaults(gvk, object, known),
    prepareForCreate: object => prepareForCreate(rules, object),
    prepareForUpdate: (next, previous, part) => prepareForUpdate(rules, next, previous, part),
    validateCreate: object => validateBuiltin(gvk, object, namespaced),
    validateUpdate: (next, previous, part) => validateBuiltinUpdate(gvk, next, previous, part),
  }
}

/** The structural schema of a custom kind, prepared once and then applied to its objects. */
import { type FieldError, invalid } from '../field-error.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { compileValueCheck } from './check-value.ts'
import { Correlation } from './correlation.ts'
import { compileDefaults } from './defaults.ts'
import { compileEmbeddedCheck } from './embedded.ts'
import { compileListCheck, type ListCheck } from './lists.ts'
import { Outcome } from './outcome.ts'
import { prune, unknownFields } from './prune.ts'
import { compileRules } from './rules.ts'

/** What the API does to a custom object by its schema. Nothing here changes its argument. */
export interface StructuralSchema {
  readonly schema: JsonSchema
  /** The object with defaults, without nulls that the schema does not allow. */
  applyDefaults<T extends Json>(value: T): T
  /** The object without unknown fields, whose paths are added to `unknown`; `apiVersion`, `kind` and `metadata` stay. */
  prune<T extends Json>(value: T, unknown?: string[]): T
  /** The paths of unknown fields, sorted. */
  unknownFields(value: Json): string[]
  /**
   * What is wrong with an object, with the types, paths and messages of the API; `old` is the stored object on update.
   * Does not check metadata, `apiVersion` and `kind` beyond what the schema says about them.
   */
  validate(value: Json, old?: Json): FieldError[]
}

/** Prepares a schema: patterns, rules and sub-schemas get compiled. Cheap enough to do per CRD, not per object. */
export function compileSchema(schema: JsonSchema): StructuralSchema {
  const checkValue = compileValueCheck(schema)
  const checkEmbedded = compileEmbeddedCheck(schema)
  const checkLists = compileListCheck(schema)
  const checkRules = compileRules(schema)
  const fillIn = compileDefaults(schema)
  return {
    schema,
    // Defaults add and drop fields of objects only, so a value keeps its type.
    applyDefaults: <T extends Json>(value: T) => fillIn(value) as T,
    prune: (value, unknown) => prune(schema, value, unknown),
    unknownFields: value => unknownFields(schema, value),
    validate: (value, old) => {
      const correlation = old === undefined ? undefined : new Correlation(schema, value, old)
      const outcome = new Outcome()
      checkValue(value, '', correlation, outcome)
      const errors = [...outcome.errors]
      checkEmbedded?.(value, '', errors)
      const listErrors = checkLists ? errorsOf(checkLists, value) : []
      // A list that had duplicates before may keep them.
      if (listErrors.length > 0 && !(checkLists && old !== undefined && errorsOf(checkLists, old).length > 0)) {
        errors.push(...listErrors)
      }
      if (checkRules && errors.some(error => blocksRules.has(error.type)))
        errors.push(invalid('<nil>', undefined, rulesNotChecked))
      else checkRules?.(value, old, correlation, errors)
      return errors
    },
  }
}

function errorsOf(check: ListCheck, value: Json): readonly FieldError[] {
  const errors: FieldError[] = []
  check(value, '', errors)
  return errors
}

const rulesNotChecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

const blocksRules: ReadonlySet<FieldError['type']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

/** What differs from kind to kind when objects are written: the seam between the server and the rules of each kind. */
import type { WritePart } from '../../../api/core/write-part.ts'
import type { FieldError } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import type { OpenApiSchema, ResolveSchema } from '../../../apimachinery/openapi-schema.ts'
import type { FieldSet } from '../../../apimachinery/ssa/field-set.ts'
import type { FieldType } from '../../../apimachinery/ssa/field-type.ts'
import type { ApiObject } from '../api-object.ts'

/** An object read from a request and what it holds too much. */
export interface Decoded {
  readonly object: ApiObject
  /** Paths of fields that the kind does not have, such as `spec.replica`. */
  readonly unknownFields: readonly string[]
}

/** The rules of one kind in one version. All functions are pure and leave their arguments alone. */
export interface ResourceStrategy {
  /**
   * Reads a JSON object as this kind: drops what the kind does not know and fills in defaults. Throws a
   * DecodeError for values of a wrong type. `known` is the stored object that `body` was made from, if it was: what they
   * share need not be read again.
   */
  decode(body: JsonObject, known?: ApiObject): Decoded
  /** Takes away what clients may not set on creation (status) and sets what the server sets (generation). */
  prepareForCreate(object: ApiObject): ApiObject
  /** Puts back what this part's URL does not write, and counts the generation up when the kind's rule says so. */
  prepareForUpdate(next: ApiObject, previous: ApiObject, part: WritePart): ApiObject
  /** What is wrong with a prepared object, metadata included. */
  validateCreate(object: ApiObject): readonly FieldError[]
  /** The same for an update; `next` has a resourceVersion. */
  validateUpdate(next: ApiObject, previous: ApiObject, part: WritePart): readonly FieldError[]
  /** Sentences for the user that do not stop the write. */
  warnings(object: ApiObject, previous: ApiObject | undefined): readonly string[]
  /** Whether a PUT may create the object. */
  readonly createsOnUpdate: boolean
  /** Whether a PUT without a resourceVersion replaces whatever is there. */
  readonly unconditionalUpdate: boolean
  /** Whether deletion answers with the object instead of a Status. */
  readonly returnsDeletedObject: boolean
  /** Whether dependents are orphaned when the caller does not say (the rule of ReplicationController and Job). */
  readonly orphansByDefault: boolean
  /** How long a deletion waits for the object's own shutdown, in seconds; undefined: it does not. Only pods do. */
  gracePeriodSeconds(object: ApiObject, requestedSeconds: number | undefined): number | undefined
  /** What shows, beside the metadata, that the object is being deleted: a phase, a condition, a finalizer. */
  startDeletion(object: ApiObject, now: string): ApiObject
  /** Loads what {@link fieldType} and {@link patchSchema} need. */
  load(): Promise<void>
  /** The type by which fields are owned. Call {@link load} first. */
  fieldType(): FieldType
  /** The schema for strategic merge patches; undefined for kinds that do not take them. Call {@link load} first. */
  patchSchema(): { readonly schema: OpenApiSchema; readonly resolve: ResolveSchema } | undefined
  /** Fields that the URL of a part does not write and nobody comes to own through it. */
  resetFields(part: WritePart): FieldSet | undefined
  /** The value of a field for field selectors: undefined for fields that this kind cannot be selected by. */
  selectableField(field: string): ((object: ApiObject) => string) | undefined
  /** Whether this is the stored version, so that stored objects need no conversion. */
  readonly isStored: boolean
  /** From the request's version to the stored one. */
  toStorage(object: ApiObject): ApiObject
  /** From the stored version to the request's. */
  fromStorage(object: ApiObject): ApiObject
  /** The columns of Table answers. */
  readonly columns: readonly TableColumn[]
  /** The cells of one object, one a column. */
  cells(object: ApiObject, nowMs: number): readonly unknown[]
  /** The conditions of its row (meta/v1 TableRowCondition); absent for kinds that have none. */
  rowConditions?(object: ApiObject): readonly JsonObject[]
}

/** meta/v1 TableColumnDefinition. */
export interface TableColumn {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  /** 0 is always shown; more only by `-o wide`. */
  readonly priority: number
}

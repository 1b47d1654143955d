/** The columns of kinds that declare none. */
import { fromTimestamp, humanDuration } from '../../../apimachinery/time.ts'
import type { ApiObject } from '../api-object.ts'
import type { TableColumn } from './strategy.ts'

/** Name and, in kinds that do not say otherwise, age. */
export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
}

/** How long the object has been there, as kubectl shows it. */
export function ageOf(object: ApiObject, nowMs: number): string {
  const created = fromTimestamp(object.metadata.creationTimestamp)
  return created ? humanDuration(nowMs - created.getTime()) : '<unknown>'
}

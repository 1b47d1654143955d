/** The Table of a Scale, which has no resource of its own. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { numberAt, objectAt } from '../draft.ts'
import { ageOf, type Cells, nameOf } from './cell.ts'
import { builtinColumns, type TableColumn } from './columns.ts'

// Names and ages are described alike everywhere.
const [name, , age] = builtinColumns['/v1/Namespace'] ?? []

/** The columns of a Scale of autoscaling/v1. */
export const scaleColumns: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: '', description: name?.description ?? '', priority: 0 },
  count('Desired', 'replicas is the desired number of instances for the scaled object.'),
  count('Available', 'replicas is the actual number of observed instances of the scaled object.'),
  { name: 'Age', type: 'string', format: '', description: age?.description ?? '', priority: 0 },
]

/** The cells of a Scale. */
export const scaleCells: Cells = (scale, now) => [
  nameOf(scale),
  replicas(objectAt(scale, 'spec')),
  replicas(objectAt(scale, 'status')),
  ageOf(scale, now),
]

function count(columnName: string, description: string): TableColumn {
  return { name: columnName, type: 'integer', format: '', description, priority: 0 }
}

function replicas(part: JsonObject): number {
  return numberAt(part, 'replicas') ?? 0
}

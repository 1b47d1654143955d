/** The refusal of an apply whose fields others own. */
import type { Status, StatusCause } from '../meta.ts'
import { type FieldPath, type FieldSet, pathsOf } from './field-set.ts'
import { type Ownership, ownerKey } from './managers.ts'
import { pathToText } from './path-element.ts'

/** One field that another owner has and that the apply would change. */
export interface Conflict {
  readonly owner: Ownership
  readonly path: FieldPath
}

/** One conflict a field, by owner. */
export function conflictsOf(owners: Iterable<readonly [owner: Ownership, fields: FieldSet]>): Conflict[] {
  return [...owners]
    .sort(([a], [b]) => (ownerKey(a) < ownerKey(b) ? -1 : 1))
    .flatMap(([owner, fields]) => pathsOf(fields).map(path => ({ owner, path })))
}

/** The Status that the API answers with (409), word for word. */
export function conflictStatus(conflicts: readonly Conflict[]): Status {
  const causes: StatusCause[] = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${ownerToText(owner)}`,
    field: pathToText(path),
  }))
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: conflictMessage(conflicts),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  }
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${ownerToText(first.owner)}: ${pathToText(first.path)}`
  }
  const byOwner = Map.groupBy(conflicts, ({ owner }) => owner)
  const lines = [...byOwner].flatMap(([owner, of]) => [
    `conflicts with ${ownerToText(owner)}:`,
    ...of.map(({ path }) => `- ${pathToText(path)}`),
  ])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function ownerToText({ manager, subresource, operation, apiVersion }: Ownership): string {
  const where = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(manager)}${where}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

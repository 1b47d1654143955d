/** Which names of a custom kind are free (apiextensions-apiserver pkg/controller/status/naming_controller.go). */
import type { ApiObject } from '../api-object.ts'
import { aggregate } from '../status-error.ts'
import { type DefinitionCondition, type DefinitionNames, specOf, statusOf } from './definition.ts'

/** The names that a CRD gets, and the condition that says whether these are all that it asked for. */
export interface Naming {
  readonly names: DefinitionNames
  readonly condition: Omit<DefinitionCondition, 'lastTransitionTime'>
}

/** Settles the names of `crd` beside those that other CRDs of its group have. */
export function settleNames(crd: ApiObject, others: readonly ApiObject[]): Naming {
  const { group, names: wanted } = specOf(crd)
  const accepted: Partial<DefinitionNames> = statusOf(crd).acceptedNames ?? {}
  const taken = others.filter(other => specOf(other).group === group).map(other => statusOf(other).acceptedNames)
  const resources = new Set(taken.flatMap(names => [names?.plural, names?.singular, ...(names?.shortNames ?? [])]))
  const kinds = new Set(taken.flatMap(names => [names?.kind, names?.listKind]))
  const conflicts: { reason: string; message: string }[] = []
  const settle = <N extends 'plural' | 'singular' | 'kind' | 'listKind'>(name: N, used: Set<string | undefined>) => {
    const value = wanted[name]
    if (value === accepted[name] || !used.has(value)) return value
    conflicts.push({ reason: `${capitalise(name)}Conflict`, message: inUse(value) })
    return accepted[name]
  }
  const plural = settle('plural', resources)
  const singular = settle('singular', resources)
  const clashing = (wanted.shortNames ?? []).filter(name => !accepted.shortNames?.includes(name) && resources.has(name))
  if (clashing.length > 0) conflicts.push({ reason: 'ShortNamesConflict', message: aggregate(clashing.map(inUse)) })
  const kind = settle('kind', kinds)
  const listKind = settle('listKind', kinds)
  const shortNames = clashing.length > 0 ? accepted.shortNames : wanted.shortNames
  const conflict = conflicts[conflicts.length - 1]
  return {
    names: {
      plural: plural ?? '',
      ...(singular ? { singular } : {}),
      ...(shortNames ? { shortNames } : {}),
      kind: kind ?? '',
      ...(listKind ? { listKind } : {}),
      ...(wanted.categories ? { categories: wanted.categories } : {}),
    },
    condition: conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  }
}

function inUse(name: string | undefined): string {
  return `${JSON.stringify(name ?? '')} is already in use`
}

function capitalise(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

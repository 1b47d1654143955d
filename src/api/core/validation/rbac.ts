/** Roles and their bindings. What is merely missing is said last, by a later stage of the API's. */
import { type FieldError, invalid, notSupportedInOrder, required } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, objectAt, objectsAt, stringAt, stringsAt } from '../draft.ts'
import { checkSubdomain, immutableMessage, type Problems, textProblems } from './checks.ts'
import { internalJson } from './internal-json.ts'
import { checkLabelSelector } from './labels.ts'
import { pathSegmentProblems } from './names.ts'

const group = 'rbac.authorization.k8s.io'

/** A Role or ClusterRole, but for its metadata. */
export function checkRole(role: JsonObject, namespaced: boolean): Problems {
  const rules = objectsAt(role, 'rules')
  return [
    ...rules.flatMap((rule, i) => checkRule(`rules[${i}]`, rule, namespaced)),
    ...(has(role, 'aggregationRule') ? checkAggregation(objectAt(role, 'aggregationRule')) : []),
    ...rules.flatMap((rule, i) => (stringsAt(rule, 'verbs').length === 0 ? [required(`rules[${i}].verbs`)] : [])),
  ]
}

function checkRule(path: string, rule: JsonObject, namespaced: boolean): Problems {
  const urls = stringsAt(rule, 'nonResourceURLs')
  const at = `${path}.nonResourceURLs`
  if (urls.length > 0) {
    const resources = ['apiGroups', 'resources', 'resourceNames'].some(key => stringsAt(rule, key).length > 0)
    return [
      ...(namespaced ? [invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs')] : []),
      ...(resources ? [invalid(at, urls, 'rules cannot apply to both regular resources and non-resource URLs')] : []),
    ]
  }
  const missing: readonly (readonly [string, string])[] = [
    ['apiGroups', 'resource rules must supply at least one api group'],
    ['resources', 'resource rules must supply at least one resource'],
  ]
  return missing.flatMap(([key, sentence]) =>
    stringsAt(rule, key).length === 0 ? [required(`${path}.${key}`, sentence)] : [],
  )
}

function checkAggregation(rule: JsonObject): Problems {
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = objectsAt(rule, 'clusterRoleSelectors')
  if (selectors.length === 0) {
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  }
  return selectors.flatMap((selector, i) => checkLabelSelector(`${path}[${i}]`, selector))
}

/** A RoleBinding or ClusterRoleBinding, but for its metadata. */
export function checkRoleBinding(binding: JsonObject, namespaced: boolean): Problems {
  const role = objectAt(binding, 'roleRef')
  const [apiGroup, kind, name] = ['apiGroup', 'kind', 'name'].map(key => stringAt(role, key)) as [
    string,
    string,
    string,
  ]
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const subjects = objectsAt(binding, 'subjects')
  return [
    ...(apiGroup === group ? [] : [notSupportedInOrder('roleRef.apiGroup', apiGroup, [group])]),
    ...(kinds.includes(kind) ? [] : [notSupportedInOrder('roleRef.kind', kind, kinds)]),
    ...(name === '' ? [] : textProblems('roleRef.name', name, text => pathSegmentProblems(text, false))),
    ...subjects.flatMap((subject, i) => checkSubject(`subjects[${i}]`, subject, namespaced)),
    ...subjects.flatMap((subject, i) => (stringAt(subject, 'name') === '' ? [required(`subjects[${i}].name`)] : [])),
    ...(name === '' ? [required('roleRef.name')] : []),
  ]
}

function checkSubject(path: string, subject: JsonObject, namespaced: boolean): Problems {
  const apiGroup = stringAt(subject, 'apiGroup')
  const name = stringAt(subject, 'name')
  const inGroup = (wanted: string): FieldError[] =>
    apiGroup === wanted ? [] : [notSupportedInOrder(`${path}.apiGroup`, apiGroup, [wanted])]
  switch (stringAt(subject, 'kind')) {
    case 'ServiceAccount':
      return [
        ...(name === '' ? [] : checkSubdomain(`${path}.name`, name)),
        ...inGroup(''),
        ...(namespaced || stringAt(subject, 'namespace') !== '' ? [] : [required(`${path}.namespace`)]),
      ]
    case 'User':
    case 'Group':
      return inGroup(group)
    default:
      return [notSupportedInOrder(`${path}.kind`, stringAt(subject, 'kind'), ['ServiceAccount', 'User', 'Group'])]
  }
}

/** The role of a binding never changes. */
export function checkRoleRefUpdate(next: JsonObject, previous: JsonObject): Problems {
  if (jsonEqual(next['roleRef'], previous['roleRef'])) return []
  const shown = internalJson('rbac.RoleRef', next['roleRef'])
  return [{ ...invalid('roleRef', '', ''), message: `Invalid value: ${shown}: ${immutableMessage}` }]
}

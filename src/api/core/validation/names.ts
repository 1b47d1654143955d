/** Which names objects of each built-in kind may have. */
import type { GroupVersionKind } from '../../../apimachinery/meta.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import type { NameRule } from './object-meta.ts'

const subdomain: NameRule = (name, isPrefix) => dns1123SubdomainProblems(isPrefix ? masked(name) : name)
const label: NameRule = (name, isPrefix) => dns1123LabelProblems(isPrefix ? masked(name) : name)
const pathSegment: NameRule = (name, isPrefix) => pathSegmentProblems(name, isPrefix)

// Something follows a prefix, so that a dash at its end is fine.
function masked(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix
}

/** What is wrong with a name that only has to fit into a URL. */
export function pathSegmentProblems(name: string, isPrefix: boolean): string[] {
  if (!isPrefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%'].filter(character => name.includes(character)).map(character => `may not contain '${character}'`)
}

const rules: Readonly<Record<string, NameRule>> = {
  '/Namespace': label,
  '/Service': label,
  'apps/StatefulSet': label,
  'rbac.authorization.k8s.io/ClusterRole': pathSegment,
  'rbac.authorization.k8s.io/ClusterRoleBinding': pathSegment,
  'rbac.authorization.k8s.io/Role': pathSegment,
  'rbac.authorization.k8s.io/RoleBinding': pathSegment,
}

/** The rule for names of a kind. */
export function nameRuleOf({ group, kind }: Pick<GroupVersionKind, 'group' | 'kind'>): NameRule {
  return rules[`${group}/${kind}`] ?? subdomain
}

/** What a schema cannot say about an AttachedCluster. */
import { type FieldError, invalid, required } from '../../apimachinery/field-error.ts'
import { configMapKeyProblems, dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import type { AttachedCluster } from './v1alpha1.ts'

/** What is wrong with an AttachedCluster that its schema accepts. Keys follow the rule of Secrets. */
export function validateAttachedCluster(cluster: AttachedCluster): FieldError[] {
  const { name, key } = cluster.spec?.kubeconfig ?? {}
  return [
    ...(name ? [] : [required('spec.kubeconfig.name', 'must be set')]),
    ...(name ? dns1123SubdomainProblems(name) : []).map(problem => invalid('spec.kubeconfig.name', name, problem)),
    ...(key ? [] : [required('spec.kubeconfig.key', 'must be set')]),
    ...(key ? configMapKeyProblems(key) : []).map(problem => invalid('spec.kubeconfig.key', key, problem)),
  ]
}

/** Defaults of the groups with one or two rules each. */
import { child, type Draft, each, ensure, fill, stringAt } from '../draft.ts'

/** Completes a NetworkPolicy. */
export function defaultNetworkPolicy(policy: Draft): void {
  const spec = ensure(policy, 'spec')
  const types = each(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  fill(spec, { policyTypes: types })
  for (const rule of [...each(spec, 'ingress'), ...each(spec, 'egress')]) {
    for (const port of each(rule, 'ports')) fill(port, { protocol: 'TCP' })
  }
}

/** Completes an IngressClass. */
export function defaultIngressClass(ingressClass: Draft): void {
  const parameters = child(child(ingressClass, 'spec'), 'parameters')
  if (parameters) fill(parameters, { scope: 'Cluster' })
}

/** Completes a RoleBinding or ClusterRoleBinding. */
export function defaultRoleBinding(binding: Draft): void {
  const group = 'rbac.authorization.k8s.io'
  const role = ensure(binding, 'roleRef')
  if (stringAt(role, 'apiGroup') === '') role['apiGroup'] = group
  for (const subject of each(binding, 'subjects')) {
    if (['User', 'Group'].includes(stringAt(subject, 'kind'))) fill(subject, { apiGroup: group })
  }
}

/** Completes an EndpointSlice. */
export function defaultEndpointSlice(slice: Draft): void {
  for (const port of each(slice, 'ports')) fill(port, { name: '', protocol: 'TCP' })
}

/** Completes a StorageClass. */
export function defaultStorageClass(storageClass: Draft): void {
  fill(storageClass, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
}

/** Completes a PriorityClass. */
export function defaultPriorityClass(priorityClass: Draft): void {
  fill(priorityClass, { preemptionPolicy: 'PreemptLowerPriority' })
}

/** Completes an APIService. */
export function defaultApiService(apiService: Draft): void {
  const service = child(child(apiService, 'spec'), 'service')
  if (service) fill(service, { port: 443 })
}

/** Completes a CustomResourceDefinition. */
export function defaultCustomResourceDefinition(crd: Draft): void {
  const spec = ensure(crd, 'spec')
  const names = ensure(spec, 'names')
  const kind = stringAt(names, 'kind')
  if (stringAt(names, 'singular') === '' && kind !== '') names['singular'] = kind.toLowerCase()
  if (stringAt(names, 'listKind') === '' && kind !== '') names['listKind'] = `${kind}List`
  fill(spec, { conversion: { strategy: 'None' } })
  const service = child(child(child(child(spec, 'conversion'), 'webhook'), 'clientConfig'), 'service')
  if (service) fill(service, { port: 443 })
  const stored = each(spec, 'versions').find(version => version['storage'] === true)
  const status = ensure(crd, 'status')
  const known = status['storedVersions']
  if (stored && !(Array.isArray(known) && known.length > 0)) status['storedVersions'] = [stringAt(stored, 'name')]
}

/** Completes a MutatingWebhookConfiguration. */
export function defaultMutatingWebhooks(configuration: Draft): void {
  for (const webhook of each(configuration, 'webhooks')) fill(webhook, { reinvocationPolicy: 'Never' })
  defaultValidatingWebhooks(configuration)
}

/** Completes a ValidatingWebhookConfiguration. */
export function defaultValidatingWebhooks(configuration: Draft): void {
  for (const webhook of each(configuration, 'webhooks')) {
    fill(webhook, {
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    })
    const service = child(child(webhook, 'clientConfig'), 'service')
    if (service) fill(service, { port: 443 })
    for (const rule of each(webhook, 'rules')) fill(rule, { scope: '*' })
  }
}

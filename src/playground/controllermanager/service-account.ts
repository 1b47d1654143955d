/** What every namespace gets: the ServiceAccount `default` and the ConfigMap with the cluster's CA. */
import { ConfigMap, Namespace, ServiceAccount } from '../../api/core/core-v1.ts'
import { isAlreadyExists } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { ControllerManagerDeps } from './deps.ts'

/** Makes the controller. `caPem` goes into kube-root-ca.crt. */
export function newNamespaceDefaultsController(deps: ControllerManagerDeps & { readonly caPem: string }): Controller {
  const { client, informers } = deps
  const namespaces = informers.informer(Namespace)
  const accounts = informers.informer(ServiceAccount)

  return newController({
    ...deps,
    reconciler: {
      name: 'namespace-defaults',
      async reconcile({ key: namespace }, signal) {
        const state = namespaces.get(namespace)
        if (!state || state.metadata?.deletionTimestamp) return {}
        await client
          .create(ServiceAccount, { metadata: { name: 'default', namespace } }, { signal })
          .catch(ignoreExisting)
        const data = { 'ca.crt': deps.caPem }
        await client
          .create(ConfigMap, { metadata: { name: 'kube-root-ca.crt', namespace }, data }, { signal })
          .catch(ignoreExisting)
        return {}
      },
    },
    sources: [
      watchSource(namespaces, { predicates: [event => event.type === 'added'] }),
      watchSource(accounts, {
        predicates: [event => event.type === 'deleted' && event.object.metadata?.name === 'default'],
        toKeys: ({ object }) => [object.metadata?.namespace ?? ''],
      }),
    ],
  })
}

function ignoreExisting(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}

/** The namespaces that a cluster has from its start. */
import { withMetadata } from '../api-object.ts'
import { type ServerContext, timestamp } from '../context.ts'

const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** Makes those of the initial namespaces that are not there. */
export function ensureNamespaces(server: ServerContext): void {
  const table = server.store.table('/namespaces')
  for (const name of initialNamespaces) {
    if (table.get(name)) continue
    const object = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: server.newUid(), creationTimestamp: timestamp(server.clock) },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }
    server.store.put(table, name, withMetadata(object, { labels: { 'kubernetes.io/metadata.name': name } }))
  }
}

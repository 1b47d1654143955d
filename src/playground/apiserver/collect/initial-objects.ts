/** Objects that the real server makes for itself when it starts. */
import { type ServerContext, timestamp } from '../context.ts'
import { addressIn } from '../service-addresses.ts'

/** The two classes of pods that the cluster itself needs. */
export function ensurePriorityClasses(server: ServerContext): void {
  const table = server.store.table('scheduling.k8s.io/priorityclasses')
  const classes = [
    {
      name: 'system-cluster-critical',
      value: 2_000_000_000,
      description:
        'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    },
    {
      name: 'system-node-critical',
      value: 2_000_001_000,
      description: 'Used for system critical pods that must not be moved from their current node.',
    },
  ]
  for (const { name, value, description } of classes) {
    if (table.get(name)) continue
    server.store.put(table, name, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name, uid: server.newUid(), generation: 1, creationTimestamp: timestamp(server.clock) },
      value,
      description,
      preemptionPolicy: 'PreemptLowerPriority',
    })
  }
}

/** default/kubernetes: the API as pods know it. */
export function ensureService(server: ServerContext, port: number): void {
  const table = server.store.table('/services')
  const key = 'default/kubernetes'
  const ip = addressIn(server.serviceAddresses.block, 1)
  if (table.get(key)) return
  server.store.put(table, key, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      uid: server.newUid(),
      creationTimestamp: timestamp(server.clock),
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
      clusterIP: ip,
      clusterIPs: [ip],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  })
}

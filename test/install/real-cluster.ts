/** A real control plane with a node, and a record of who asked what. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Node } from '../../src/api/core/core-v1.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { type RealControlPlane, startRealControlPlane } from '../support/real-control-plane.ts'
import { startEgressProxy } from './egress-proxy.ts'
import { startNode, type TestNode } from './node.ts'

/** One request as the API server's audit log tells of it. */
export interface Asked {
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly user: string
  readonly verb: string
  readonly group: string
  /** With its subresource: `canaries/status`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly code: number
}

/** A running cluster. */
export interface RealCluster {
  readonly plane: RealControlPlane
  readonly client: Client
  readonly node: TestNode
  readonly kubeconfigFile: string
  /** Requests of Serin's service accounts until now, oldest first. */
  asked(): readonly Asked[]
  close(): Promise<void>
}

const controllers = [
  'deployment-controller',
  'replicaset-controller',
  'daemonset-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'clusterrole-aggregation-controller',
]
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  userGroups: [system:serviceaccounts]
- level: None
`

/** Starts it; `network` of loopback addresses for its pods: 127.N.0.0/16. */
export async function startRealCluster(options: {
  readonly network: number
  /** Whether informers may begin with a watch; older servers, and this one without it, make them list first. */
  readonly streamedLists?: boolean
}): Promise<RealCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-cluster-'))
  const file = (name: string) => path.join(folder, name)
  let node: TestNode | undefined
  const proxy = await startEgressProxy(file('egress.sock'), address => node?.target(address))
  await writeFile(file('egress.yaml'), proxy.configuration)
  await writeFile(file('audit.yaml'), auditPolicy)
  await writeFile(file('audit.log'), '')
  const starting = startRealControlPlane({
    controllers,
    apiserverFlags: [
      `--egress-selector-config-file=${file('egress.yaml')}`,
      `--audit-policy-file=${file('audit.yaml')}`,
      `--audit-log-path=${file('audit.log')}`,
      ...(options.streamedLists === false ? ['--feature-gates=WatchList=false'] : []),
    ],
  })
  const plane = await starting.catch(async error => {
    await proxy.close()
    throw error
  })
  const client = newClient({ kubeconfig: plane.kubeconfig, clock: systemClock })
  await writeFile(file('kubeconfig'), plane.kubeconfig, { mode: 0o600 })
  await client.create(Node, { metadata: { name: 'node-1' } })
  // Admission marks a new node as not ready, which nobody takes back here.
  await client.patch(Node, { name: 'node-1' }, { type: 'merge', body: { spec: { taints: null } } })
  node = await startNode({ client, url: plane.url, caPem: plane.caPem, folder: file('pods'), network: options.network })
  const { close: closeNode } = node
  return {
    plane,
    client,
    node,
    kubeconfigFile: file('kubeconfig'),
    asked: () => askedIn(readFileSync(file('audit.log'), 'utf8')),
    async close() {
      await closeNode()
      await client.close()
      await plane.close()
      await proxy.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
    readonly apiGroup?: string
  }
  readonly responseStatus?: { readonly code?: number }
}

function askedIn(log: string): readonly Asked[] {
  // The last line may be half written.
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n')
  return lines.flatMap(line => {
    if (line === '') return []
    const { verb, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent // The API server's own format.
    if (!objectRef?.resource) return []
    const { resource, subresource, namespace = '', name = '', apiGroup = '' } = objectRef
    const full = subresource ? `${resource}/${subresource}` : resource
    return [
      { user: user.username, verb, group: apiGroup, resource: full, namespace, name, code: responseStatus?.code ?? 0 },
    ]
  })
}

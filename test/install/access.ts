/** Roles made of rows of the permission table, for a service account of a real cluster. */

import { Namespace, ServiceAccount } from '../../src/api/core/core-v1.ts'
import { ClusterRole, ClusterRoleBinding } from '../../src/api/core/rbac-v1.ts'
import type { Json } from '../../src/apimachinery/meta.ts'
import type { Permission, PermittedProgram } from '../../src/manager/permissions.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { eventually } from '../support/eventually.ts'
import { kubeconfigFor } from '../support/real-control-plane.ts'
import type { RealCluster } from './real-cluster.ts'

/** A service account whose rights a test changes. */
export interface Access {
  /** As the audit log names it. */
  readonly user: string
  readonly kubeconfig: string
  /** A client that acts as the account. */
  newClient(): Client
  /** Resolves when the account may do what `rows` say, and nothing else. */
  grant(rows: readonly Permission[]): Promise<void>
}

/** The namespace of the accounts. */
export const accessNamespace = 'serin-system'

/**
 * Makes the account. Rows are granted for the whole cluster, whatever their scope: which rows are needed is the
 * question here, and the chart's tests say where they hold.
 */
export async function newAccess(cluster: RealCluster, program: PermittedProgram): Promise<Access> {
  const { client, plane } = cluster
  const metadata = { name: program, namespace: accessNamespace }
  await client.apply(Namespace, { metadata: { name: accessNamespace } }, { fieldManager: 'test', force: true })
  await client.create(ServiceAccount, { metadata })
  await client.create(ClusterRole, { metadata: { name: program }, rules: [] })
  await client.create(ClusterRoleBinding, {
    metadata: { name: program },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: program },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  })
  const body: Json = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } }
  const path = `/api/v1/namespaces/${accessNamespace}/serviceaccounts/${program}/token`
  const { status } = (await client.request('POST', path, { body })) as { status: { token: string } }
  const kubeconfig = kubeconfigFor(plane.url, status.token, plane.caPem)
  const user = `system:serviceaccount:${accessNamespace}:${program}`
  return {
    user,
    kubeconfig,
    newClient: () => newClient({ kubeconfig, clock: systemClock }),
    async grant(rows) {
      const rules = rows.map(({ group, resources, verbs, names }) => ({
        apiGroups: [group],
        resources: [...resources],
        verbs: [...verbs],
        ...(names ? { resourceNames: names.map(filledIn) } : {}),
      }))
      await client.update(ClusterRole, { metadata: { name: program }, rules })
      // The authorizer follows the roles by a watch; its answer to a rule of the moment tells that it has caught up.
      const marker = {
        apiGroups: ['example.org'],
        resources: [`marker-${Math.random().toString(36).slice(2)}`],
        verbs: ['get'],
      }
      await client.update(ClusterRole, { metadata: { name: program }, rules: [...rules, marker] })
      const resourceAttributes = { group: 'example.org', resource: marker.resources[0] ?? '', verb: 'get' }
      const review: Json = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, resourceAttributes },
      }
      await eventually('the rights hold', async () => {
        const answer = await client.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
          body: review,
        })
        return (answer as { status: { allowed: boolean } }).status.allowed
      })
    },
  }
}

function filledIn(name: string): string {
  return name
    .replace('{{ .webhookName }}', 'serin-webhook')
    .replace('{{ .webhookSecret }}', 'serin-webhook-certificate')
}

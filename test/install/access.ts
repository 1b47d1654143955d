/** Roles made of rows of the permission table, for a service account of a real cluster. */

import { Namespace, ServiceAccount } from '../../src/api/core/core-v1.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../src/api/core/rbac-v1.ts'
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
  /** Gives what `rows` say in one namespace, and for rows of scope `own` in that of the accounts; takes nothing away. */
  grantIn(namespace: string, rows: readonly Permission[]): Promise<void>
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
      const rules = rows.map(ruleOf)
      await client.update(ClusterRole, { metadata: { name: program }, rules })
      // The authorizer follows the roles by a watch; its answer to a rule of the moment tells that it has caught up.
      const marker = {
        apiGroups: ['example.org'],
        resources: [`marker-${Math.random().toString(36).slice(2)}`],
        verbs: ['get'],
      }
      await client.update(ClusterRole, { metadata: { name: program }, rules: [...rules, marker] })
      await hold(marker, {})
    },
    async grantIn(namespace, rows) {
      const own = rows.filter(({ scope }) => scope === 'own')
      const served = rows.filter(({ scope }) => scope !== 'own')
      for (const [where, given] of [
        [accessNamespace, own],
        [namespace, served],
      ] as const) {
        if (given.length === 0) continue
        const rules = given.map(ruleOf)
        await client.create(Role, { metadata: { name: program, namespace: where }, rules })
        await client.create(RoleBinding, {
          metadata: { name: program, namespace: where },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: program },
          subjects: [{ kind: 'ServiceAccount', ...metadata }],
        })
        for (const rule of rules) await hold(rule, { namespace: where })
      }
    },
  }

  /** Waits until the account may do what comes first in the rule. */
  async function hold(rule: ReturnType<typeof ruleOf>, place: { readonly namespace?: string }): Promise<void> {
    const asked = { group: rule.apiGroups[0] ?? '', resource: rule.resources[0] ?? '', verb: rule.verbs[0] ?? '' }
    // A subresource has a field of its own.
    const [resource = '', subresource] = asked.resource.split('/')
    const resourceAttributes = { ...asked, ...place, resource, ...(subresource ? { subresource } : {}) }
    const body: Json = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, resourceAttributes },
    }
    await eventually('the rights hold', async () => {
      const answer = await client.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body })
      return (answer as { status: { allowed: boolean } }).status.allowed
    })
  }
}

function ruleOf({ group, resources, verbs, names }: Permission) {
  return {
    apiGroups: [group],
    resources: [...resources],
    verbs: [...verbs] as string[],
    ...(names ? { resourceNames: names.map(filledIn) } : {}),
  }
}

function filledIn(name: string): string {
  return name
    .replace('{{ .webhookName }}', 'serin-webhook')
    .replace('{{ .webhookSecret }}', 'serin-webhook-certificate')
}

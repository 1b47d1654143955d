import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Application } from '../../../src/api/apps/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace, Service } from '../../../src/api/core/core-v1.ts'
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import type { KubernetesObject } from '../../../src/apimachinery/meta.ts'
import { permissions } from '../../../src/manager/permissions.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { type ProxiedRequest, startApiProxy } from '../../support/api-proxy.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestHost } from '../../support/host.ts'
import { applicationOnHost, webRollout, webService } from '../../support/host-rollouts.ts'

const withinMs = 60_000
const rows = permissions.manager.filter(({ scope }) => scope === 'served' || scope === 'own' || scope === 'host')

/** Whether a row of the manager's role names it. */
function isPermitted(verb: string, group: string, resource: string): boolean {
  return rows.some(row => row.group === group && row.resources.includes(resource) && row.verbs.some(v => v === verb))
}

/** What a request asks of the role; undefined where it is not about objects. */
function askedBy({ method, path: of, isWatch }: ProxiedRequest) {
  const [, core, named, rest = ''] = /^\/(?:(api)\/v1|apis\/([^/]+)\/[^/]+)\/(.+)$/.exec(of) ?? []
  if (!core && !named) return undefined
  const [first = '', second, ...more] = rest.split('/')
  // Namespaces are objects, and the place of others.
  const [resource = '', name, sub] = first === 'namespaces' && more.length > 0 ? more : [first, second, ...more]
  const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
  const verb = verbs[method] ?? (isWatch ? 'watch' : name ? 'get' : 'list')
  return { verb, group: named ?? '', resource: sub ? `${resource}/${sub}` : resource }
}

describe('a rollout on the host itself', { timeout: 240_000 }, () => {
  let cluster: TestCluster
  let close: (() => Promise<void>) | undefined
  const refused = new Set<string>()
  before(async () => {
    cluster = await startTestCluster({ crds: true })
    const proxy = await startApiProxy({
      api: cluster.api,
      fault(request) {
        const asked = askedBy(request)
        if (!asked || isPermitted(asked.verb, asked.group, asked.resource)) return undefined
        refused.add(`${asked.verb} ${asked.resource}.${asked.group}`)
        return { kind: 'refuse', code: 403, reason: 'Forbidden' }
      },
      // An apply that makes an object needs the right to create it as well.
      written(request, answer) {
        const asked = askedBy(request)
        const { managedFields = [] } = (answer as KubernetesObject).metadata ?? {}
        if (asked?.verb !== 'patch' || managedFields.length !== 1 || managedFields[0]?.operation !== 'Apply') return
        if (!isPermitted('create', asked.group, asked.resource)) refused.add(`create ${asked.resource}.${asked.group}`)
      },
    })
    const client = newClient({ kubeconfig: proxy.kubeconfig, clock: systemClock })
    const host = await startTestHost(client)
    close = async () => {
      await host.close()
      await client.close()
      await proxy.close()
      await cluster.close()
    }
  })
  after(() => close?.())

  it("comes and goes by the rights of the manager's role", async () => {
    const { client } = cluster
    const onNginx = await webRollout('canary.yaml', 'unmarked', { trafficRoutingProvider: 'nginx' })
    const trafficRouting = { host: 'web.example.com', analysisTimes: 3 }
    const rollouts = [
      await webRollout('canary.yaml', 'marked'),
      await webRollout('canary.yaml', 'made'),
      { ...onNginx, rolloutPolicy: { ...onNginx.rolloutPolicy, trafficRouting } },
    ]
    for (const name of ['marked', 'unmarked']) await client.create(Namespace, { metadata: { name } })
    const ref = { namespace: 'default', name: 'on-host' }
    await client.create(Application, applicationOnHost(ref, rollouts))
    await eventually(
      'the mesh has its mark',
      async () => {
        const marks = await Promise.all(
          ['marked', 'made'].map(async name => (await client.fetchIfExists(Namespace, { name }))?.metadata?.labels),
        )
        return marks.every(labels => labels?.['istio-injection'] === 'enabled')
      },
      withinMs,
    )
    for (const namespace of ['marked', 'made', 'unmarked']) await client.create(Service, webService(namespace))
    const made = [
      ...['marked', 'made', 'unmarked'].map(namespace => [Canary, { namespace, name: 'web' }] as const),
      [Deployment, { namespace: 'made', name: 'web-testloader' }] as const,
      [Service, { namespace: 'made', name: 'web-testloader' }] as const,
      [Ingress, { namespace: 'unmarked', name: 'web' }] as const,
    ]
    for (const [type, where] of made) {
      await eventually(
        `${where.namespace} has its ${type.kind}`,
        () => client.fetchIfExists<KubernetesObject>(type, where),
        withinMs,
      )
    }
    await client.delete(Application, ref)
    await eventually('it is gone', async () => !(await client.fetchIfExists(Application, ref)), withinMs)
    for (const [type, where] of made) {
      assert.equal(
        await client.fetchIfExists<KubernetesObject>(type, where),
        undefined,
        `${type.kind} ${where.namespace}`,
      )
    }
    assert.deepEqual([...refused], [])
  })
})

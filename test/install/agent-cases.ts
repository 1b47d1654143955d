/** What an agent does, so that every right of its role is used. */
import type { ConfigMap, Secret } from '../../src/api/core/core-v1.ts'
import type { Ingress } from '../../src/api/core/networking-v1.ts'
import {
  type AlertProvider,
  Canary,
  type CanaryPhase,
  type CanarySpec,
  type MetricTemplate,
} from '../../src/api/flagger/v1beta1.ts'
import type { KubernetesObject } from '../../src/apimachinery/meta.ts'
import type { Client } from '../../src/runtime/client.ts'
import { eventually } from '../support/eventually.ts'
import { applyObject, canary, deployment } from '../support/rollout.ts'
import { autoscaler, autoscalerRef, daemonSet, daemonSetRef } from '../support/rollout-targets.ts'
import type { ScriptedPrometheus } from '../support/scripted-prometheus.ts'
import type { RoleCase } from './role.ts'

/** What a case works with: as a user of the cluster, in a namespace of its own. */
interface AgentCaseContext {
  readonly client: Client
  readonly ns: string
  readonly prometheus: ScriptedPrometheus
}

interface AgentCase {
  readonly name: string
  run(context: AgentCaseContext): Promise<void>
}

const withinMs = 90_000
const interval = '200ms'

async function apply({ client }: AgentCaseContext, ...objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) await applyObject(client, object)
}

function phase({ client, ns }: AgentCaseContext, wanted: CanaryPhase): Promise<Canary> {
  const read = async () => {
    const found = await client.fetch(Canary, { namespace: ns, name: 'podinfo' })
    return found.status?.phase === wanted ? found : undefined
  }
  return eventually(`the canary of ${ns} is ${wanted}`, read, withinMs)
}

const configured = { envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'password' } }] }

const settings = (ns: string, value: string): readonly (ConfigMap | Secret)[] => [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: ns }, data: { value } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password', namespace: ns }, stringData: { value } },
]

const scaler = (ns: string, maxReplicas: number) => autoscaler(ns, { minReplicas: 1, maxReplicas })

const cases: readonly AgentCase[] = [
  {
    name: 'a revision that fails its checks again and again is taken back, and the target is put back when its Canary goes',
    async run(context) {
      const { ns, client, prometheus } = context
      await apply(context, deployment(ns), canary(ns, { interval, threshold: 3 }, { revertOnDeletion: true }))
      await phase(context, 'Initialized')
      prometheus.script(ns, { successRate: 70 })
      await apply(context, deployment(ns, ['--ui-message=two'], 0))
      await phase(context, 'Failed')
      const ref = { namespace: ns, name: 'podinfo' }
      await client.delete(Canary, ref)
      await eventually(`the canary of ${ns} has gone`, async () => !(await client.fetchIfExists(Canary, ref)), withinMs)
    },
  },
  {
    name: 'a Deployment with configuration, Secrets and an autoscaler goes from one revision to the next behind Istio',
    async run(context) {
      const { ns } = context
      const template: MetricTemplate = {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'MetricTemplate',
        metadata: { name: 'errors', namespace: ns },
        spec: {
          provider: { type: 'prometheus', address: 'http://127.0.0.1:9', secretRef: { name: 'password' } },
          query: 'errors',
        },
      }
      const alert: AlertProvider = {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'AlertProvider',
        metadata: { name: 'chat', namespace: ns },
        spec: { type: 'slack', address: 'http://127.0.0.1:9' },
      }
      const manifest = (service: Partial<NonNullable<CanarySpec['service']>> = {}) =>
        canary(
          ns,
          { interval, stepWeight: 50, maxWeight: 50 },
          {
            service: { port: 80, targetPort: 9898, ...service },
            autoscalerRef,
          },
        )
      await apply(context, template, alert, ...settings(ns, 'one'), scaler(ns, 3))
      await apply(context, deployment(ns, [], 1, configured), manifest())
      await phase(context, 'Initialized')
      await apply(
        context,
        manifest({ timeout: '7s', trafficPolicy: { tls: { mode: 'DISABLE' } }, portName: 'web' }),
        scaler(ns, 4),
      )
      await apply(context, ...settings(ns, 'two'), deployment(ns, ['--ui-message=two'], 0, configured))
      await phase(context, 'Succeeded')
    },
  },
  {
    name: 'a DaemonSet goes from one revision to the next',
    async run(context) {
      const { ns } = context
      await apply(context, daemonSet(ns), canary(ns, { interval }, { targetRef: daemonSetRef }))
      await phase(context, 'Initialized')
      await apply(context, daemonSet(ns, ['--ui-message=two']))
      await phase(context, 'Succeeded')
    },
  },
  {
    name: 'a ScaledObject of KEDA is paused and has a copy for the primary',
    async run(context) {
      const { ns } = context
      const scaledObject = (maxReplicaCount: number) => ({
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name: 'podinfo', namespace: ns },
        spec: {
          scaleTargetRef: { name: 'podinfo' },
          minReplicaCount: 1,
          maxReplicaCount,
          triggers: [{ type: 'cpu', name: 'cpu' }],
        },
      })
      const autoscalerRef = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo' } as const
      await apply(context, scaledObject(3), deployment(ns), canary(ns, { interval }, { autoscalerRef }))
      await phase(context, 'Initialized')
      await apply(context, scaledObject(4), deployment(ns, ['--ui-message=two'], 0))
      await phase(context, 'Succeeded')
    },
  },
  {
    name: 'a TrafficRoute of Kuma, which is of the whole cluster, goes when its Canary does',
    async run(context) {
      const { ns, client } = context
      await apply(context, deployment(ns), canary(ns, { interval }, { provider: 'kuma', revertOnDeletion: true }))
      await phase(context, 'Initialized')
      await apply(context, deployment(ns, ['--ui-message=two'], 0))
      await phase(context, 'Succeeded')
      const ref = { namespace: ns, name: 'podinfo' }
      await client.delete(Canary, ref)
      await eventually(`the canary of ${ns} has gone`, async () => !(await client.fetchIfExists(Canary, ref)), withinMs)
    },
  },
  {
    name: 'an HTTPRoute of the Gateway API shares out the traffic',
    async run(context) {
      const { ns } = context
      const service = {
        port: 80,
        targetPort: 9898,
        hosts: ['app.example.com'],
        gatewayRefs: [{ name: 'gateway', namespace: ns }],
      }
      await apply(context, deployment(ns), canary(ns, { interval }, { provider: 'gatewayapi:v1', service }))
      await phase(context, 'Initialized')
      await apply(context, deployment(ns, ['--ui-message=two'], 0))
      await phase(context, 'Succeeded')
    },
  },
  {
    name: 'an Ingress of nginx leads to both revisions',
    async run(context) {
      const { ns } = context
      const ingress: Ingress = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'podinfo', namespace: ns },
        spec: {
          ingressClassName: 'nginx',
          rules: [
            {
              host: 'app.example.com',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
      }
      const spec = {
        provider: 'nginx',
        ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' },
      } as const
      await apply(context, ingress, deployment(ns), canary(ns, { interval }, spec))
      await phase(context, 'Initialized')
      await apply(context, deployment(ns, ['--ui-message=two'], 0))
      await phase(context, 'Succeeded')
    },
  },
]

type AgentCaseEnv = Omit<AgentCaseContext, 'ns'> & { close(): Promise<void> }

/** All of them. */
export const agentCases: readonly RoleCase<AgentCaseEnv>[] = cases.map(({ name, run }) => ({
  name,
  run: ({ client, prometheus }, ns) => run({ client, prometheus, ns }),
}))

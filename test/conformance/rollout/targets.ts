/** What is rolled out: kinds of targets, their configs, their autoscalers and the copy that the primary is. */
import assert from 'node:assert/strict'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/core/autoscaling-v2.ts'
import { ConfigMap, Pod, Secret, Service } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { ScaledObject } from '../../../src/controllers/canary/scaler.ts'
import type { ScaledObject as ScaledObjectType } from '../../../src/rollout/primary/scaler.ts'
import { eventually } from '../../support/eventually.ts'
import { newKubectl } from '../../support/kubectl.ts'
import { canary, deployment, podTemplate } from '../../support/rollout.ts'
import { autoscaler, autoscalerRef, daemonSet, daemonSetRef, lookOf, readsLook } from '../../support/rollout-targets.ts'
import type { RolloutCase } from './case.ts'

const interval = '500ms'
const newArgs = ['--ui-message=new']
const withinMs = 60_000

/** All of them. */
export const targetCases: readonly RolloutCase[] = [
  {
    name: 'a change of a ConfigMap or Secret alone is a new version, and the pods of the primary start with its copy at the promotion',
    async run(context) {
      const { ns, client } = context
      const config = (color: string) => ({ ...lookOf(ns, { color }), binaryData: { logo: 'AAEC' } })
      const secret = (token: string): Secret => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'access', namespace: ns },
        stringData: { token },
      })
      const target = deployment(ns, [], 1, {
        ...readsLook,
        env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'access', key: 'token' } } }],
      })
      const copyOf = async () => {
        const [look, access] = await Promise.all([
          client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' }),
          client.fetch(Secret, { namespace: ns, name: 'access-primary' }),
        ])
        return [look.data, look.binaryData, Buffer.from(access.data?.['token'] ?? '', 'base64').toString()]
      }
      /** Pods read their environment once: those of before the promotion have to go. */
      const generation = async () =>
        (await context.deployment('podinfo-primary')).metadata?.annotations?.['deployment.kubernetes.io/revision']
      await context.apply(config('red'), secret('one'), target, canary(ns, { interval }))
      const { status } = await context.phase('Initialized')
      assert.deepEqual(Object.keys(status?.trackedConfigs ?? {}).sort(), ['configmap/look', 'secret/access'])
      assert.deepEqual(await copyOf(), [{ color: 'red' }, { logo: 'AAEC' }, 'one'])
      await context.apply(config('green'))
      await context.phase('Succeeded')
      assert.deepEqual(await copyOf(), [{ color: 'green' }, { logo: 'AAEC' }, 'one'])
      assert.equal(await generation(), '2')
      await context.apply(secret('two'))
      await context.phase('Progressing')
      await context.phase('Succeeded')
      assert.deepEqual(await copyOf(), [{ color: 'green' }, { logo: 'AAEC' }, 'two'])
      assert.equal(await generation(), '3')
    },
  },
  {
    name: 'a config that changes during an analysis begins it again in pods that have read it',
    async run(context) {
      const { ns, client } = context
      const config = (color: string): ConfigMap => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'look', namespace: ns },
        data: { color },
      })
      const pods = async () => {
        const { items } = await client.list(Pod, { namespace: ns, labelSelector: 'app=podinfo' })
        return items.map(({ metadata }) => metadata?.uid)
      }
      const target = deployment(ns, [], 1, { envFrom: [{ configMapRef: { name: 'look' } }] })
      await context.apply(config('red'), target, canary(ns, { interval: '1s', stepWeight: 10, maxWeight: 30 }))
      await context.phase('Initialized')
      await context.apply(config('green'))
      await eventually('it has traffic', () => context.host.judge.weights(ns).includes(10), withinMs)
      const before = await pods()
      assert.equal(before.length, 1)
      await context.apply(config('blue'))
      await eventually(
        'the canary has another pod',
        async () => (await pods()).some(uid => !before.includes(uid)),
        withinMs,
      )
      await context.phase('Succeeded')
      assert.deepEqual((await client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' })).data, { color: 'blue' })
    },
  },
  {
    name: 'a primary that was deleted comes back with the config that was promoted, not with the one that was refused',
    async run(context) {
      const { ns, client } = context
      const ref = { namespace: ns, name: 'podinfo-primary' }
      const copy = async () => (await client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' })).data
      const idOf = ({ spec }: Deployment) => spec.template.metadata?.annotations?.['flagger-id']
      const target = deployment(ns, [], 1, readsLook)
      await context.apply(lookOf(ns, { color: 'red' }), target, canary(ns, { interval }))
      await context.phase('Initialized')
      context.measure({ successRate: 50 })
      await context.apply(lookOf(ns, { color: 'green' }))
      await context.phase('Failed')
      const before = await context.deployment('podinfo-primary')
      await client.delete(Deployment, ref)
      const again = await eventually(
        'the primary is there again',
        async () => {
          const found = await client.fetchIfExists(Deployment, ref)
          return found && found.metadata?.uid !== before.metadata?.uid ? found : undefined
        },
        withinMs,
      )
      assert.deepEqual(await copy(), { color: 'red' })
      // It names what was copied, so that another promotion of the refused one would replace the pods.
      assert.equal(idOf(again), idOf(before))
    },
  },
  {
    name: 'what two Canaries track has a copy for each, and the promotion of one changes nothing under the other',
    async run(context) {
      const { ns, client } = context
      const first = deployment(ns, [], 1, readsLook)
      const labels = { app: 'other' }
      const second: Deployment = {
        ...first,
        metadata: { name: 'other', namespace: ns },
        spec: {
          ...first.spec,
          selector: { matchLabels: labels },
          template: { ...first.spec.template, metadata: { labels } },
        },
      }
      const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } as const
      const otherCanary = (suspend: boolean) => ({
        ...canary(ns, { interval }, { targetRef, suspend }),
        metadata: { name: 'other', namespace: ns },
      })
      const other = (phase: string) =>
        eventually(
          `the other is ${phase}`,
          async () => (await client.fetch(Canary, { namespace: ns, name: 'other' })).status?.phase === phase,
          withinMs,
        )
      const colors = async () => {
        const names = ['look-primary', 'look-other-primary']
        const copies = await Promise.all(names.map(name => client.fetch(ConfigMap, { namespace: ns, name })))
        return copies.map(({ data }) => data?.['color'])
      }
      await context.apply(lookOf(ns, { color: 'red' }), first, canary(ns, { interval }))
      await context.phase('Initialized')
      await context.apply(second, otherCanary(false))
      await other('Initialized')
      assert.deepEqual(await colors(), ['red', 'red'])
      await context.apply(otherCanary(true), lookOf(ns, { color: 'green' }))
      await context.phase('Succeeded')
      assert.deepEqual(await colors(), ['green', 'red'])
      await context.apply(otherCanary(false))
      await other('Succeeded')
      assert.deepEqual(await colors(), ['green', 'green'])
      const [container] = (await context.deployment('other-primary')).spec.template.spec?.containers ?? []
      assert.equal(container?.envFrom?.[0]?.configMapRef?.name, 'look-other-primary')
    },
  },
  {
    name: 'a DaemonSet is taken off its nodes between rollouts',
    async run(context) {
      const { ns } = context
      const scheduled = async (name: string) => (await context.daemonSet(name)).status?.desiredNumberScheduled
      await context.apply(daemonSet(ns), canary(ns, { interval }, { targetRef: daemonSetRef }))
      await context.phase('Initialized')
      await eventually('the target has no pods', async () => (await scheduled('podinfo')) === 0, withinMs)
      assert.equal(await scheduled('podinfo-primary'), 2)
      await context.apply(daemonSet(ns, newArgs))
      await context.phase('Succeeded')
      const primary = await context.daemonSet('podinfo-primary')
      assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), newArgs[0])
      assert.equal(primary.spec.template.spec?.nodeSelector, undefined)
      await eventually('the target has no pods again', async () => (await scheduled('podinfo')) === 0, withinMs)
    },
  },
  {
    name: "a Service is copied, and the primary's follows at the promotion",
    async run(context) {
      const { ns, client } = context
      const service = (version: string): Service => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'podinfo', namespace: ns },
        spec: { selector: { app: 'podinfo', version }, ports: [{ name: 'http', port: 80, targetPort: 9898 }] },
      })
      const selector = async (name: string) => (await client.fetch(Service, { namespace: ns, name })).spec?.selector
      const targetRef = { apiVersion: 'v1', kind: 'Service', name: 'podinfo' } as const
      await context.apply(
        service('one'),
        canary(ns, { interval, iterations: 1 }, { targetRef, provider: 'kubernetes' }),
      )
      await context.phase('Initialized')
      await context.apply(service('two'))
      await eventually(
        'the copy follows at once',
        async () => (await selector('podinfo-canary'))?.['version'] === 'two',
        withinMs,
      )
      await context.phase('Succeeded')
      assert.deepEqual(await selector('podinfo-primary'), { app: 'podinfo', version: 'two' })
    },
  },
  {
    name: 'the primary of an autoscaled target has an autoscaler of its own and never fewer pods than before',
    async run(context) {
      const { ns, client } = context
      await context.apply(autoscaler(ns), deployment(ns, [], 3), canary(ns, { interval }, { autoscalerRef }))
      await context.phase('Initialized')
      const sizes = new Set<number | undefined>()
      await context.apply(deployment(ns, newArgs, 0))
      await eventually(
        'the rollout ends',
        async () => {
          sizes.add((await context.deployment('podinfo-primary')).spec.replicas)
          return context.trail().at(-1)?.startsWith('Succeeded')
        },
        withinMs,
      )
      assert.deepEqual([...sizes], [3])
      const own = await client.fetch(HorizontalPodAutoscaler, { namespace: ns, name: 'podinfo-primary' })
      assert.deepEqual(
        [own.spec.scaleTargetRef.name, own.spec.minReplicas, own.spec.maxReplicas],
        ['podinfo-primary', 2, 4],
      )
      await context.apply(autoscaler(ns, { maxReplicas: 6 }))
      await eventually(
        "the primary's follows without a rollout",
        async () => {
          const { spec } = await client.fetch(HorizontalPodAutoscaler, { namespace: ns, name: 'podinfo-primary' })
          return spec.maxReplicas === 6
        },
        withinMs,
      )
    },
  },
  {
    name: "a ScaledObject is paused between rollouts, and the primary's asks about the primary",
    async run(context) {
      const { ns, client } = context
      const scaledObject: ScaledObjectType = {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name: 'podinfo', namespace: ns },
        spec: {
          scaleTargetRef: { name: 'podinfo' },
          minReplicaCount: 1,
          maxReplicaCount: 4,
          triggers: [
            { type: 'prometheus', name: 'load', metadata: { query: 'sum(rate(requests{app="podinfo"}[1m]))' } },
          ],
        },
      }
      const autoscalerRef = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo' } as const
      const fetch = (name: string) => client.fetch(ScaledObject, { namespace: ns, name })
      const paused = async () => (await fetch('podinfo')).metadata?.annotations?.['autoscaling.keda.sh/paused-replicas']
      await context.apply(scaledObject, deployment(ns), canary(ns, { interval: '1s' }, { autoscalerRef }))
      await context.phase('Initialized')
      assert.equal(await paused(), '0')
      const { spec, metadata } = await fetch('podinfo-primary')
      assert.deepEqual(spec, {
        ...scaledObject.spec,
        scaleTargetRef: { name: 'podinfo-primary' },
        triggers: [
          { type: 'prometheus', name: 'load', metadata: { query: 'sum(rate(requests{app="podinfo-primary"}[1m]))' } },
        ],
      })
      assert.equal(metadata?.annotations?.['autoscaling.keda.sh/paused-replicas'], undefined)
      await context.apply(deployment(ns, newArgs, 0))
      await context.phase('Progressing')
      assert.equal(await paused(), undefined)
      await context.phase('Succeeded')
      assert.equal(await paused(), '0')
    },
  },
  {
    name: "a primary keeps its pods apart as the target's are, by its own name",
    async run(context) {
      const { ns } = context
      const plain = deployment(ns)
      const labelSelector = { matchLabels: { app: 'podinfo' } }
      const target: Deployment = {
        ...plain,
        spec: {
          ...plain.spec,
          template: {
            ...plain.spec.template,
            spec: {
              ...podTemplate().spec,
              topologySpreadConstraints: [
                { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
              ],
              affinity: {
                podAntiAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } },
                  ],
                },
              },
            },
          },
        },
      }
      await context.apply(target, canary(ns, { interval }))
      await context.phase('Initialized')
      const { spec } = await context.deployment('podinfo-primary')
      const own = { matchLabels: { app: 'podinfo-primary' } }
      assert.deepEqual(spec.selector, own)
      assert.deepEqual(spec.template.spec?.topologySpreadConstraints?.[0]?.labelSelector, own)
      const [term] =
        spec.template.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
      assert.deepEqual(term?.podAffinityTerm.labelSelector, own)
    },
  },
  {
    name: 'kubectl shows how a rollout stands',
    async run(context) {
      const { ns, host } = context
      await context.apply(deployment(ns), canary(ns, { interval }))
      await context.phase('Initialized')
      const kubectl = await newKubectl(host.kubeconfig, ns)
      try {
        const { stdout } = await kubectl.run('kubectl get canary podinfo')
        const [head = '', row = ''] = stdout.trim().split('\n')
        assert.deepEqual(head.split(/\s+/), ['NAME', 'STATUS', 'WEIGHT', 'LASTTRANSITIONTIME'])
        assert.match(row, /^podinfo\s+Initialized\s+0\s+\d{4}-\d\d-\d\dT[\d:]+Z$/)
      } finally {
        await kubectl.close()
      }
    },
  },
]

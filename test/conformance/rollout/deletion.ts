/** Canaries that are deleted while their targets have no pods: whatever has become of them, people get these back. */
import assert from 'node:assert/strict'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Service } from '../../../src/api/core/core-v1.ts'
import { Canary, type CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment } from '../../support/rollout.ts'
import type { RolloutCase } from './case.ts'

const interval = '500ms'

/** Edits that nobody can carry out, and what cannot be given back after them. */
const refusedEdits: readonly {
  readonly edit: string
  readonly spec: Partial<CanarySpec>
  readonly refusal: RegExp
  readonly lost?: RegExp
}[] = [
  {
    edit: 'a provider that is not supported',
    spec: { provider: 'linkerd' },
    refusal: /^traffic provider "linkerd" is not supported/,
    lost: /^Could not be restored: routes: traffic provider "linkerd" is not supported/,
  },
  {
    edit: 'a provider that cannot have such a target',
    spec: { provider: 'knative' },
    refusal: /as target if provider is set to knative/,
    lost: /^Could not be restored: routes: traffic provider "knative" is not supported/,
  },
  { edit: 'half a second as deadline', spec: { progressDeadlineSeconds: 0.5 }, refusal: /must be an integer/ },
  { edit: 'a provider that misses its Ingress', spec: { provider: 'nginx' }, refusal: /ingressRef must name/ },
  {
    edit: 'an autoscaler that is not there',
    spec: { autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' } },
    refusal: /HorizontalPodAutoscaler podinfo\.\S+ get query error: not found/,
  },
]

/** All of them. */
export const deletionCases: readonly RolloutCase[] = [
  {
    name: 'a Canary that is deleted with revertOnDeletion gives the target its pods and its Service back',
    async run(context) {
      const { ns, client } = context
      const ref = { namespace: ns, name: 'podinfo' }
      const service: Service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: ref,
        spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 80, targetPort: 9898 }] },
      }
      await context.apply(service, deployment(ns, [], 2), canary(ns, { interval }, { revertOnDeletion: true }))
      await context.phase('Initialized')
      await client.delete(Canary, ref)
      await eventually('it is gone', async () => !(await client.fetchIfExists(Canary, ref)), 60_000)
      assert.equal((await context.deployment('podinfo')).spec.replicas, 2)
      assert.deepEqual((await client.fetch(Service, ref)).spec?.selector, { app: 'podinfo' })
      const primary = { namespace: ns, name: 'podinfo-primary' }
      await eventually('the primary goes', async () => !(await client.fetchIfExists(Deployment, primary)), 60_000)
    },
  },
  {
    name: 'a Canary that became malformed still gives its target back when it is deleted',
    async run(context) {
      const { ns, client } = context
      const ref = { namespace: ns, name: 'podinfo' }
      await context.apply(deployment(ns, [], 2), canary(ns, { interval }, { revertOnDeletion: true }))
      await context.phase('Initialized')
      await context.apply(canary(ns, { interval, stepWeights: [50, 20] }, { revertOnDeletion: true }))
      await context.said(/stepWeights\[1\]/)
      await client.delete(Canary, ref)
      await eventually('it is gone', async () => !(await client.fetchIfExists(Canary, ref)), 60_000)
      assert.equal((await context.deployment('podinfo')).spec.replicas, 2)
    },
  },
  ...refusedEdits.map(
    ({ edit, spec, refusal, lost }): RolloutCase => ({
      name: `a Canary that is refused for ${edit} still gives its target back when it is deleted`,
      async run(context) {
        const { ns, client } = context
        const ref = { namespace: ns, name: 'podinfo' }
        await context.apply(deployment(ns, [], 2), canary(ns, { interval }, { revertOnDeletion: true }))
        await context.phase('Initialized')
        await context.apply(canary(ns, { interval }, { revertOnDeletion: true, ...spec }))
        await context.said(refusal)
        await client.delete(Canary, ref)
        await eventually('it is gone', async () => !(await client.fetchIfExists(Canary, ref)), 60_000)
        assert.equal((await context.deployment('podinfo')).spec.replicas, 2)
        if (lost) await context.said(lost)
      },
    }),
  ),
  {
    name: 'a Canary that was refused from the first and bears the finalizer can be deleted',
    async run(context) {
      const { ns, client } = context
      const ref = { namespace: ns, name: 'podinfo' }
      const refused = canary(ns, { interval }, { revertOnDeletion: true, provider: 'linkerd' })
      const metadata = { ...refused.metadata, finalizers: ['finalizer.flagger.app'] }
      await context.apply({ ...refused, metadata })
      await context.said(/^traffic provider "linkerd" is not supported/)
      await client.delete(Canary, ref)
      await eventually('it is gone', async () => !(await client.fetchIfExists(Canary, ref)), 60_000)
      await context.said(/^Could not be restored: deployment podinfo/)
    },
  },
  {
    name: 'a Canary without a spec that bears the finalizer can be deleted',
    async run(context) {
      const { ns, client } = context
      const ref = { namespace: ns, name: 'podinfo' }
      const { spec: _, ...bare } = canary(ns, { interval })
      await context.apply({ ...bare, metadata: { ...bare.metadata, finalizers: ['finalizer.flagger.app'] } })
      await context.said(/spec: Required value/)
      await client.delete(Canary, ref)
      await eventually('it is gone', async () => !(await client.fetchIfExists(Canary, ref)), 60_000)
    },
  },
]

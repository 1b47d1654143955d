/** Versions that must not stay, and what people do against and for them. */
import assert from 'node:assert/strict'
import type { Deployment } from '../../../src/api/core/apps-v1.ts'
import type { CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { brokenImage, brokenPrimaryImage } from '../workloads/host.ts'
import type { RolloutCase, RolloutContext } from './case.ts'

const interval = '500ms'
const success = { name: 'request-success-rate', interval: '10s', thresholdRange: { min: 99 } }
const duration = { name: 'request-duration', interval: '10s', thresholdRange: { max: 500 } }
const newArgs = ['--ui-message=new']

/** Everything is as it was before, and the refused version has no pods. */
async function isRolledBack(context: RolloutContext): Promise<void> {
  const { status } = await context.phase('Failed')
  assert.equal(status?.canaryWeight, 0)
  assert.deepEqual(await context.weights(), [100, 0])
  assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
  const primary = await context.deployment('podinfo-primary')
  assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--port=9898')
  const promoted = status?.conditions?.find(({ type }) => type === 'Promoted')
  assert.deepEqual(
    [promoted?.status, promoted?.reason, promoted?.message],
    ['False', 'Failed', 'Canary analysis failed, Deployment scaled to zero.'],
  )
}

const failing: readonly {
  readonly name: string
  readonly measured: Parameters<RolloutContext['measure']>[0]
  readonly event: (ns: string) => string
}[] = [
  {
    name: 'a version that answers with errors is rolled back',
    measured: { successRate: 95 },
    event: ns => `Halt podinfo.${ns} advancement success rate 95.00% < 99%`,
  },
  {
    name: 'a version that is slow is rolled back',
    measured: { durationMs: 700 },
    event: ns => `Halt podinfo.${ns} advancement request duration 700ms > 500ms`,
  },
]

/** All of them. */
export const failureCases: readonly RolloutCase[] = [
  ...failing.map(
    ({ name, measured, event }): RolloutCase => ({
      name,
      async run(context) {
        const { ns } = context
        await context.apply(deployment(ns), canary(ns, { interval, metrics: [success, duration] }))
        await context.phase('Initialized')
        context.measure(measured)
        await context.apply(deployment(ns, newArgs, 0))
        await isRolledBack(context)
        await context.said(
          event(ns),
          `Rolling back podinfo.${ns} failed checks threshold reached 2`,
          `Canary failed! Scaling down podinfo.${ns}`,
        )
      },
    }),
  ),
  {
    name: 'a version that nobody calls is rolled back, and events say that there is no traffic',
    async run(context) {
      const { ns } = context
      context.measure({ state: 'noData' })
      await context.apply(deployment(ns), canary(ns, { interval }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, newArgs, 0))
      await isRolledBack(context)
      const halt = 'Halt advancement no values found for istio metric request-success-rate'
      await context.said(new RegExp(`${halt} probably podinfo.${ns} is not receiving traffic`))
    },
  },
  {
    name: 'a version whose pods never become ready gets no traffic and is rolled back at its deadline',
    async run(context) {
      const { ns } = context
      await context.apply(deployment(ns), canary(ns, { interval }, { progressDeadlineSeconds: 2 }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, [], 0, { image: brokenImage }))
      await isRolledBack(context)
      assert.deepEqual(context.host.judge.weights(ns), [0])
    },
  },
  {
    name: 'a failed promotion keeps the healthy canary, and the next revision begins without traffic',
    async run(context) {
      const { ns, host } = context
      const version = (container: { readonly image?: string }, replicas = 0): Deployment => {
        const { spec, ...rest } = deployment(ns, [], replicas, container)
        // Long enough for the canary's pod on a busy machine.
        return { ...rest, spec: { ...spec, progressDeadlineSeconds: 10 } }
      }
      await context.apply(version({}, 1), canary(ns, { interval }))
      await context.phase('Initialized')
      await context.apply(version({ image: brokenPrimaryImage }))
      const { status } = await context.phase('Failed')
      assert.equal(status?.canaryWeight, 100)
      assert.deepEqual(await context.weights(), [0, 100])
      assert.equal((await context.deployment('podinfo')).spec.replicas, 1)
      await context.said(
        `Promotion of podinfo.${ns} failed, primary not ready: podinfo-primary.${ns} not ready: deployment "podinfo-primary" exceeded its progress deadline`,
      )
      await context.apply(version({ image: 'ghcr.io/stefanprodan/podinfo:6.0.1' }))
      await context.phase('Succeeded')
      assert.deepEqual(host.judge.weights(ns), [0, 50, 100, 0, 50, 0])
    },
  },
  {
    name: 'another version in the middle of an analysis begins it again',
    async run(context) {
      const { ns } = context
      await context.apply(deployment(ns), canary(ns, { interval: '1s', stepWeight: 10, maxWeight: 30 }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, ['--ui-message=second'], 0))
      await eventually('it has traffic', () => context.host.judge.weights(ns).includes(10), 60_000)
      await context.apply(deployment(ns, newArgs, 0))
      await context.phase('Succeeded')
      const primary = await context.deployment('podinfo-primary')
      assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), newArgs[0])
      await context.said(`New revision detected! Restarting analysis for podinfo.${ns}`)
    },
  },
  {
    name: 'going back to the promoted version in the middle of an analysis ends the rollout',
    async run(context) {
      const { ns } = context
      await context.apply(deployment(ns), canary(ns, { interval: '1s', stepWeight: 10, maxWeight: 30 }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, newArgs, 0))
      await eventually('it has traffic', () => context.host.judge.weights(ns).includes(10), 60_000)
      await context.apply(deployment(ns, [], 0))
      const { status } = await context.phase('Succeeded')
      assert.equal(status?.lastAppliedSpec, status?.lastPromotedSpec)
      assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
      assert.deepEqual(await context.weights(), [100, 0])
      assert.ok(!context.trail().some(entry => entry.startsWith('Promoting')))
    },
  },
  {
    name: 'gates hold the rollout and the promotion until they open',
    async run(context) {
      const { ns, host } = context
      const gate = (type: NonNullable<NonNullable<CanarySpec['analysis']['webhooks']>[number]['type']>) => ({
        name: type,
        type,
        url: `${host.gates.server.url}/${ns}/${type}`,
      })
      const webhooks = [gate('confirm-rollout'), gate('confirm-promotion')]
      await context.apply(deployment(ns), canary(ns, { interval, webhooks }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, newArgs, 0))
      await context.phase('Waiting')
      host.gates.open(`/${ns}/confirm-rollout`)
      await context.phase('WaitingPromotion')
      host.gates.open(`/${ns}/confirm-promotion`)
      await context.phase('Succeeded')
      assert.deepEqual(context.trail('Waiting'), [
        'Waiting 0 0',
        'Progressing 0 0',
        'Progressing 50 0',
        'WaitingPromotion 50 0',
        'Promoting 50 0',
        'Finalising 0 0',
        'Succeeded 0 0',
      ])
    },
  },
  {
    name: 'nothing happens while the Canary is suspended',
    async run(context) {
      const { ns } = context
      await context.apply(deployment(ns), canary(ns, { interval }))
      await context.phase('Initialized')
      await context.apply(canary(ns, { interval }, { suspend: true }))
      await context.said('skipping canary run as object is suspended')
      await context.apply(deployment(ns, newArgs, 0))
      await context.apply(canary(ns, { interval }))
      await context.phase('Succeeded')
    },
  },
]

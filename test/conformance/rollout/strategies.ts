/** How traffic moves: each strategy, from the change of the target to the end. */
import assert from 'node:assert/strict'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment } from '../../support/rollout.ts'
import type { RolloutCase, RolloutContext } from './case.ts'

const interval = '500ms'
const newArgs = ['--ui-message=new']

/** Brings the Canary up, changes the target, and waits for the end. */
async function promoted(context: RolloutContext, manifest: ReturnType<typeof canary>): Promise<void> {
  const { ns } = context
  await context.apply(deployment(ns), manifest)
  await context.phase('Initialized')
  await context.apply(deployment(ns, newArgs, 0))
  await context.phase('Succeeded')
  const primary = await context.deployment('podinfo-primary')
  assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), newArgs[0])
  assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
}

/** All of them. */
export const strategyCases: readonly RolloutCase[] = [
  {
    name: 'a canary goes up by its step to the maximum, is promoted and leaves',
    async run(context) {
      const { ns } = context
      await promoted(context, canary(ns, { interval, stepWeight: 20, maxWeight: 50 }))
      assert.deepEqual(context.trail(), [
        'Initializing 0 0',
        'Initialized 0 0',
        'Progressing 0 0',
        'Progressing 20 0',
        'Progressing 40 0',
        'Progressing 60 0',
        'Promoting 60 0',
        'Finalising 0 0',
        'Succeeded 0 0',
      ])
      assert.deepEqual(await context.weights(), [100, 0])
      await context.said(
        `Initialization done! podinfo.${ns}`,
        `New revision detected! Scaling up podinfo.${ns}`,
        `Starting canary analysis for podinfo.${ns}`,
        `Advance podinfo.${ns} canary weight 20`,
        `Advance podinfo.${ns} canary weight 60`,
        `Copying podinfo.${ns} template spec to podinfo-primary.${ns}`,
        'Routing all traffic to primary',
        `Promotion completed! Scaling down podinfo.${ns}`,
      )
    },
  },
  {
    name: 'every step of a long rollout has its event',
    async run(context) {
      const { ns } = context
      await promoted(context, canary(ns, { interval: '100ms', stepWeight: 4, maxWeight: 100 }))
      const weights = Array.from({ length: 25 }, (_, step) => 4 * (step + 1))
      await context.said(...weights.map(weight => new RegExp(`^Advance podinfo.${ns} canary weight ${weight}$`)))
      await context.said(`Promotion completed! Scaling down podinfo.${ns}`)
    },
  },
  {
    name: 'listed weights are taken one by one, and traffic returns in the steps of the promotion',
    async run(context) {
      const { ns } = context
      await promoted(context, canary(ns, { interval, stepWeights: [1, 10, 80], stepWeightPromotion: 30 }))
      assert.deepEqual(context.host.judge.weights(ns), [0, 1, 10, 80, 50, 20, 0])
      assert.deepEqual(context.trail('Promoting').slice(0, 3), ['Promoting 80 0', 'Promoting 50 0', 'Promoting 20 0'])
    },
  },
  {
    name: 'an A/B test sends those who match to the canary, and nobody else',
    async run(context) {
      const { ns } = context
      const match = [{ headers: { cookie: { regex: '^(.*?;)?(canary=always)(;.*)?$' } } }]
      await promoted(context, canary(ns, { interval, iterations: 2, match }))
      assert.deepEqual(context.trail('Progressing'), [
        'Progressing 0 0',
        'Progressing 0 1',
        'Progressing 0 2',
        'Promoting 0 2',
        'Finalising 0 0',
        'Succeeded 0 0',
      ])
      assert.deepEqual(context.host.judge.weights(ns), [0, 100, 0])
      await context.said(`Advance podinfo.${ns} canary iteration 2/2`)
    },
  },
  {
    name: 'blue/green in a mesh switches all traffic once the checks have passed',
    async run(context) {
      const { ns } = context
      await promoted(context, canary(ns, { interval, iterations: 2 }))
      assert.deepEqual(context.trail('Progressing'), [
        'Progressing 0 0',
        'Progressing 0 1',
        'Progressing 0 2',
        'Progressing 0 3',
        'Promoting 0 3',
        'Finalising 0 0',
        'Succeeded 0 0',
      ])
      assert.deepEqual(context.host.judge.weights(ns), [0, 100, 0])
      await context.said('Routing all traffic to canary')
    },
  },
  {
    name: 'blue/green with mirroring sends copies before it sends requests',
    async run(context) {
      const { ns, client } = context
      await context.apply(deployment(ns), canary(ns, { interval: '1s', iterations: 2, mirror: true }))
      await context.phase('Initialized')
      await context.apply(deployment(ns, newArgs, 0))
      await eventually(
        'requests are mirrored',
        async () => {
          const { spec } = await client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
          return spec.http?.[0]?.mirror?.host === 'podinfo-canary'
        },
        60_000,
      )
      await context.phase('Succeeded')
      await context.said('Stop traffic mirroring and route all traffic to canary')
      assert.deepEqual(context.host.judge.weights(ns), [0, 100, 0])
    },
  },
  {
    name: 'blue/green without a mesh leaves the routes alone and rolls the primary',
    async run(context) {
      const { ns, client } = context
      await promoted(context, canary(ns, { interval, iterations: 2, metrics: [] }, { provider: 'kubernetes' }))
      assert.equal(await client.fetchIfExists(VirtualService, { namespace: ns, name: 'podinfo' }), undefined)
    },
  },
  {
    name: 'a session cookie keeps people on the canary while it has a share, and is taken back after',
    async run(context) {
      const { ns, client } = context
      const sessionAffinity = { cookieName: 'flagger-cookie', maxAge: 300 }
      await context.apply(
        deployment(ns),
        canary(ns, { interval: '1s', stepWeight: 50, maxWeight: 50, sessionAffinity }),
      )
      await context.phase('Initialized')
      await context.apply(deployment(ns, newArgs, 0))
      const cookie = await eventually(
        'a cookie is given',
        async () => {
          const { spec } = await client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
          const routes = spec.http?.flatMap(({ route = [] }) => route) ?? []
          return routes.map(({ headers }) => headers?.response?.add?.['Set-Cookie']).find(Boolean)
        },
        60_000,
      )
      assert.match(cookie, /^flagger-cookie=[A-Za-z]{10}; Max-Age=300$/)
      const { status } = await context.phase('Succeeded')
      assert.equal(status?.sessionAffinityCookie ?? '', '')
      assert.equal(status?.previousSessionAffinityCookie, cookie.split(';')[0])
    },
  },
  {
    name: 'without analysis a ready canary is promoted at once',
    async run(context) {
      const { ns } = context
      await promoted(context, canary(ns, { interval }, { skipAnalysis: true }))
      assert.deepEqual(context.trail('Progressing'), ['Progressing 0 0', 'Succeeded 0 0'])
      assert.deepEqual(context.host.judge.weights(ns), [0])
      await context.said(`Promotion completed! Canary analysis was skipped for podinfo.${ns}`)
    },
  },
]

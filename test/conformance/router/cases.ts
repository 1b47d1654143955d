/** What holds of every traffic router, on every API. */
import assert from 'node:assert/strict'
import { controllerOf } from '../../../src/apimachinery/owner-references.ts'
import type { Routes } from '../../../src/router/router.ts'
import { eventually } from '../../support/eventually.ts'
import { noCookies, type RouterContext } from './context.ts'
import type { RouterFeature } from './subjects.ts'

/** One sentence about routers. */
export interface RouterCase {
  readonly name: string
  readonly needs?: readonly RouterFeature[]
  readonly run: (context: RouterContext) => Promise<void>
}

const signal = new AbortController().signal
const at = (canaryWeight: number, mirrored = false): Routes => ({
  primaryWeight: 100 - canaryWeight,
  canaryWeight,
  mirrored,
})

async function routedAt(context: RouterContext, weight: number) {
  const { router, target } = context
  await router.reconcile(target(), signal)
  await router.setRoutes(target(), at(weight), noCookies, signal)
}

const versions = async ({ made }: RouterContext) =>
  (await made()).map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`).sort()

/** All of them. */
export const routerCases: readonly RouterCase[] = [
  {
    name: 'misses its objects before the first reconcile, and has them after it, with all traffic on the primary',
    async run({ router, target, made }) {
      assert.equal(router.state(target()), 'absent')
      assert.deepEqual(router.getRoutes(target()), at(0))
      await router.reconcile(target(), signal)
      assert.equal(router.state(target()), 'current')
      assert.deepEqual(router.getRoutes(target()), at(0))
      assert.ok((await made()).length > 0)
    },
  },
  {
    name: 'reads the weights that it has set',
    async run({ router, target }) {
      await router.reconcile(target(), signal)
      for (const weight of [10, 50, 100, 0, 30]) {
        await router.setRoutes(target(), at(weight), noCookies, signal)
        assert.deepEqual(router.getRoutes(target()), at(weight))
        assert.equal(router.state(target()), 'current')
      }
    },
  },
  {
    name: 'reads the same from what the API stored',
    async run(context) {
      await routedAt(context, 40)
      await context.settled()
      assert.deepEqual(context.router.getRoutes(context.target()), at(40))
      assert.equal(context.router.state(context.target()), 'current')
    },
  },
  {
    name: 'writes nothing where nothing differs',
    async run(context) {
      await routedAt(context, 20)
      const before = await versions(context)
      await routedAt(context, 20)
      await context.settled()
      await routedAt(context, 20)
      assert.deepEqual(await versions(context), before)
    },
  },
  {
    name: 'sets routes before the first reconcile as well',
    async run({ router, target }) {
      await router.setRoutes(target(), at(20), noCookies, signal)
      assert.deepEqual(router.getRoutes(target()), at(20))
      await router.reconcile(target(), signal)
      assert.deepEqual(router.getRoutes(target()), at(20))
    },
  },
  {
    name: 'makes objects that go with the Canary',
    async run(context) {
      await routedAt(context, 10)
      for (const object of await context.made()) {
        // An object of the whole cluster cannot belong to one of a namespace.
        if (object.metadata?.namespace === undefined) continue
        assert.equal(controllerOf(object)?.uid, context.target().owner.uid, object.metadata.name)
      }
    },
  },
  {
    name: 'makes them again when somebody deletes them',
    async run(context) {
      const { router, target } = context
      await routedAt(context, 20)
      await context.settled()
      await context.deleteMade()
      await eventually('the router misses them', () => router.state(target()) === 'absent', 30_000)
      await router.reconcile(target(), signal)
      assert.equal(router.state(target()), 'current')
      assert.deepEqual(router.getRoutes(target()), at(0))
    },
  },
  {
    name: 'sends those who match to the canary, and takes them back',
    needs: ['match'],
    async run({ router, target }) {
      const match = [{ headers: { 'x-canary': { exact: 'insider' } } }]
      const test = target({ analysis: { iterations: 3, match } })
      await router.reconcile(test, signal)
      assert.deepEqual(router.getRoutes(test), at(0))
      await router.setRoutes(test, at(100), noCookies, signal)
      assert.deepEqual(router.getRoutes(test), at(100))
      assert.equal(router.state(test), 'current')
      await router.setRoutes(test, at(0), noCookies, signal)
      assert.deepEqual(router.getRoutes(test), at(0))
    },
  },
  {
    name: 'copies requests to the canary, and stops it',
    needs: ['mirror'],
    async run({ router, target }) {
      const test = target({ analysis: { iterations: 3, mirror: true } })
      await router.reconcile(test, signal)
      await router.setRoutes(test, at(0, true), noCookies, signal)
      assert.deepEqual(router.getRoutes(test), at(0, true))
      assert.equal(router.state(test), 'current')
      await router.setRoutes(test, at(0), noCookies, signal)
      assert.deepEqual(router.getRoutes(test), at(0))
    },
  },
  {
    name: 'keeps clients on their side by cookies, and lets them go at the end',
    needs: ['affinity'],
    async run({ router, target }) {
      const test = target({ analysis: { sessionAffinity: { cookieName: 'side' } } })
      const cookies = { current: 'side=abc', previous: '', primary: '' }
      await router.reconcile(test, signal)
      await router.setRoutes(test, at(30), cookies, signal)
      assert.deepEqual(router.getRoutes(test), at(30))
      assert.equal(router.state(test), 'current')
      await router.setRoutes(test, at(0), { current: '', previous: 'side=abc', primary: '' }, signal)
      assert.deepEqual(router.getRoutes(test), at(0))
      assert.equal(router.state(test), 'current')
    },
  },
  {
    name: 'leaves what the user brought as it was',
    async run(context) {
      const { client, subject, namespace, router, target } = context
      const given = () =>
        Promise.all(
          subject.given.map(({ type, object }) => client.fetch(type, { namespace, name: object.metadata?.name ?? '' })),
        )
      const before = await given()
      await routedAt(context, 60)
      await router.setRoutes(target(), at(0), noCookies, signal)
      await router.finalize(target(), signal)
      assert.deepEqual(await given(), before)
    },
  },
]

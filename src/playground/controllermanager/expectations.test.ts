import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Expectations } from './expectations.ts'

const pod = (uid: string) => ({ metadata: { name: uid, uid } })

describe('what a controller expects of its cache', () => {
  const cases: readonly {
    readonly name: string
    readonly did: (to: Expectations<ReturnType<typeof pod>>) => unknown
    readonly want: readonly string[]
  }[] = [
    { name: 'is the cache as it is by default', did: () => {}, want: ['a', 'b'] },
    { name: 'has what was just created', did: to => to.create('web', async () => pod('c')), want: ['a', 'b', 'c'] },
    { name: 'has nothing twice', did: to => to.create('web', async () => pod('a')), want: ['a', 'b'] },
    { name: 'lacks what was just deleted', did: to => to.deleted('web', pod('a')), want: ['b'] },
    {
      name: 'forgets what was created once the cache has heard of it',
      async did(to) {
        await to.create('web', async () => pod('c'))
        to.observed('web', pod('c'))
      },
      want: ['a', 'b'],
    },
    {
      name: 'forgets what was created and gone again before the answer came',
      async did(to) {
        await to.create('web', async () => {
          to.observed('web', pod('c'))
          to.gone('web', pod('c'))
          return pod('c')
        })
      },
      want: ['a', 'b'],
    },
    {
      name: 'forgets nothing of what else is created then',
      async did(to) {
        const other = to.create('web', async () => pod('d'))
        await to.create('web', async () => {
          to.gone('web', pod('c'))
          return pod('c')
        })
        await other
      },
      want: ['a', 'b', 'd'],
    },
    {
      name: 'forgets what was deleted once it is gone',
      did(to) {
        to.deleted('web', pod('a'))
        to.gone('web', pod('a'))
      },
      want: ['a', 'b'],
    },
    { name: 'keeps owners apart', did: to => to.create('shop', async () => pod('c')), want: ['a', 'b'] },
  ]
  for (const { name, did, want } of cases) {
    it(name, async () => {
      const expectations = new Expectations<ReturnType<typeof pod>>()
      await did(expectations)
      const seen = expectations.apply('web', [pod('a'), pod('b')])
      assert.deepEqual(
        seen.map(({ metadata }) => metadata.uid),
        want,
      )
    })
  }
})

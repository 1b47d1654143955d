import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Expectations } from './expectations.ts'

const pod = (uid: string) => ({ metadata: { name: uid, uid } })

describe('what a controller expects of its cache', () => {
  const cases: readonly { name: string; did: (to: Expectations<ReturnType<typeof pod>>) => void; want: string[] }[] = [
    { name: 'is the cache as it is by default', did: () => {}, want: ['a', 'b'] },
    { name: 'has what was just created', did: to => to.created('web', pod('c')), want: ['a', 'b', 'c'] },
    { name: 'has nothing twice', did: to => to.created('web', pod('a')), want: ['a', 'b'] },
    { name: 'lacks what was just deleted', did: to => to.deleted('web', pod('a')), want: ['b'] },
    {
      name: 'forgets what was created once the cache has heard of it',
      did(to) {
        to.created('web', pod('c'))
        to.observed('web', pod('c'))
      },
      want: ['a', 'b'],
    },
    {
      name: 'forgets what was deleted once it is gone',
      did(to) {
        to.deleted('web', pod('a'))
        to.gone('web', pod('a'))
      },
      want: ['a', 'b'],
    },
    { name: 'keeps owners apart', did: to => to.created('shop', pod('c')), want: ['a', 'b'] },
  ]
  for (const { name, did, want } of cases) {
    it(name, () => {
      const expectations = new Expectations<ReturnType<typeof pod>>()
      did(expectations)
      const seen = expectations.apply('web', [pod('a'), pod('b')])
      assert.deepEqual(
        seen.map(({ metadata }) => metadata.uid),
        want,
      )
    })
  }
})

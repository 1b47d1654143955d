import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newAbsentProviders } from './absent-providers.ts'

it('a provider that is missing is news once to each Canary, and again when it was there in between', () => {
  const absent = newAbsentProviders()
  const news = (...names: readonly string[]) => names.map(name => absent.isNews(name, 'ops/slack'))
  assert.deepEqual(news('a/one', 'a/one', 'a/two'), [true, false, true])
  assert.equal(absent.isNews('a/one', 'ops/teams'), true)
  absent.found('a/one', 'ops/slack')
  assert.deepEqual(news('a/one', 'a/one', 'a/two'), [true, false, false])
  absent.forget('a/one')
  assert.deepEqual(news('a/one', 'a/two'), [true, false])
})

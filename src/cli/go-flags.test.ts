import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withTwoDashes } from './go-flags.ts'

const cases: readonly { name: string; given: readonly string[]; want: readonly string[] }[] = [
  {
    name: 'one dash is as good as two for the agent',
    given: ['agent', '-mesh-provider=istio', '--port=1'],
    want: ['agent', '--mesh-provider=istio', '--port=1'],
  },
  { name: 'short flags and negative numbers stay', given: ['agent', '-f', '-1'], want: ['agent', '-f', '-1'] },
  {
    name: 'a name that begins with no- is kept from its opposite',
    given: ['agent', '-no-cross-namespace-refs=true'],
    want: ['agent', '--refuse-cross-namespace-refs=true'],
  },
  { name: 'other commands are left alone', given: ['kubectl', '-namespace=x'], want: ['kubectl', '-namespace=x'] },
]
for (const { name, given, want } of cases) it(name, () => assert.deepEqual(withTwoDashes(given), want))

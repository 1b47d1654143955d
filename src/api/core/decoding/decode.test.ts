import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { newBuiltinDecoder } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import { hasNoDuplicates } from './duplicates.ts'
import { strictProblems } from './strict.ts'

const decoder = newBuiltinDecoder()
const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' }
const configMap = { group: '', version: 'v1', kind: 'ConfigMap' }
const role = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role' }

function problemsOf(text: string): string[] {
  const value = JSON.parse(text) as JsonObject
  return strictProblems(text, value, decoder.decode(deployment, value).unknownFields)
}

describe('decoding a built-in kind', () => {
  it('drops what the kind does not have and tells where it was', () => {
    const { object, unknownFields } = decoder.decode(deployment, {
      spec: { foo: 1, template: { Spec: {}, spec: { containers: [{ name: 'a' }, { name: 'b', nane: 'x' }] } } },
    })
    assert.deepEqual(unknownFields, ['spec.foo', 'spec.template.Spec', 'spec.template.spec.containers[1].nane'])
    assert.deepEqual(object['spec'], {
      selector: null,
      template: {
        metadata: {},
        spec: {
          containers: [
            { name: 'a', resources: {} },
            { name: 'b', resources: {} },
          ],
        },
      },
      strategy: {},
    })
  })

  it('takes what it shares with a known object as it is, and reads all else', () => {
    const { object: known } = decoder.decode(deployment, {
      metadata: { name: 'a', labels: { a: 'b' } },
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'a' }] } } },
    })
    const spec = known['spec'] as JsonObject
    const patched = { ...known, metadata: { name: 'a', labels: { a: 'c' } }, spec: { ...spec, replicas: 2, foo: 1 } }
    const { object, unknownFields } = decoder.decode(deployment, patched, known)
    assert.deepEqual(object, { ...known, metadata: { name: 'a', labels: { a: 'c' } }, spec: { ...spec, replicas: 2 } })
    assert.deepEqual(unknownFields, ['spec.foo'])
    assert.equal((object['spec'] as JsonObject)['template'], spec['template'])
    assert.equal(decoder.decode(deployment, { ...known, status: {} }, known).object['spec'], spec)
  })

  it('leaves the input as it is', () => {
    const input = { data: { a: 'b' }, metadata: { labels: {} } }
    const before = structuredClone(input)
    decoder.decode(configMap, input)
    assert.deepEqual(input, before)
  })

  it('writes an empty list that is required as null, as it comes back from storage', () => {
    assert.deepEqual(decoder.decode(role, { metadata: { name: 'a' }, rules: [] }).object['rules'], null)
  })

  it('refuses a kind that is not built in', () => {
    assert.throws(() => decoder.decode({ group: 'x', version: 'v1', kind: 'Y' }, {}), DecodeError)
    assert.deepEqual(
      [decoder.knows(deployment), decoder.knows({ group: 'x', version: 'v1', kind: 'Y' })],
      [true, false],
    )
  })
})

describe('strict decoding', () => {
  // What a kube-apiserver 1.37.2 says, in its order.
  const cases: readonly { name: string; text: string; want: string[] }[] = [
    { name: 'finds nothing wrong with good text', text: '{"spec":{"replicas":1}}', want: [] },
    {
      name: 'reports duplicate and unknown fields as they stand in the text',
      text: '{"spec":{"replicas":1,"replicas":2,"foo":1,"template":{"Spec":1,"spec":{"containers":[{"nane":"x"}]}}}}',
      want: [
        'duplicate field "spec.replicas"',
        'unknown field "spec.foo"',
        'unknown field "spec.template.Spec"',
        'unknown field "spec.template.spec.containers[0].nane"',
      ],
    },
    {
      name: 'reports a duplicate once and in its place',
      text: '{"spec":{"foo":1,"paused":true,"paused":true,"paused":false}}',
      want: ['unknown field "spec.foo"', 'duplicate field "spec.paused"'],
    },
    {
      name: 'tells items of lists apart',
      text: '{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b","name":"c"}]}}}}',
      want: ['duplicate field "spec.template.spec.containers[1].name"'],
    },
    {
      name: 'is not misled by brackets and quotes in strings',
      text: '{"metadata":{"annotations":{"a":"}],{\\"a\\":1,\\\\","b":"{"}},"spec":{"foo":"\\""}}',
      want: ['unknown field "spec.foo"'],
    },
  ]
  for (const { name, text, want } of cases) it(name, () => assert.deepEqual(problemsOf(text), want))

  it('tells text without duplicates by the number of its fields', () => {
    const name = fc.oneof(fc.constantFrom('a', '"', '\\', '\\"', '":', '__proto__', '1'), fc.string())
    const { tree } = fc.letrec<{ tree: Json }>(tie => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(name, fc.integer(), fc.constant(null)),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        assert.ok(hasNoDuplicates(text, JSON.parse(text)))
        const doubled = `{"k" : ${text},"l":"\\\\", "k"\t:${text}}`
        assert.ok(!hasNoDuplicates(doubled, JSON.parse(doubled)))
      }),
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesObject } from '../apimachinery/meta.ts'
import { fieldChanges } from './object-diff.ts'

const object = (spec: object, metadata: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', ...metadata }, spec }) as KubernetesObject

const cases: readonly { name: string; before: KubernetesObject; after: KubernetesObject; want: readonly string[] }[] = [
  { name: 'nothing', before: object({ a: 1 }), after: object({ a: 1 }), want: [] },
  { name: 'a value', before: object({ a: { b: 1 } }), after: object({ a: { b: 2 } }), want: ['spec.a.b: 1 -> 2'] },
  { name: 'a field that comes', before: object({}), after: object({ a: 'x' }), want: ['spec: - {}', 'spec.a: + "x"'] },
  { name: 'a field that goes', before: object({ a: 1, b: [] }), after: object({ a: 1 }), want: ['spec.b: - []'] },
  {
    name: 'an item of a list',
    before: object({ a: [{ b: 1 }, { b: 2 }] }),
    after: object({ a: [{ b: 1 }, { b: 3 }] }),
    want: ['spec.a[1].b: 2 -> 3'],
  },
  {
    name: 'a label, but nothing that the API keeps',
    before: object({ a: 1 }, { uid: 'u', generation: 1, labels: { x: 'y' } }),
    after: object({ a: 1 }, { uid: 'v', generation: 2, labels: { x: 'z' } }),
    want: ['metadata.labels.x: "y" -> "z"'],
  },
]

describe('what differs between two states of an object', () => {
  for (const { name, before, after, want } of cases) {
    it(`is ${name}`, () => assert.deepEqual(fieldChanges(before, after), want))
  }
})

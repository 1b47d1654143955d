import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ApiObject, withFields, withMetadata } from './api-object.ts'

const object: ApiObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', labels: { a: 'b' }, uid: '1' },
  data: { a: 'b' },
}

describe('an object with changes', () => {
  it('has what is given, lacks what is undefined, and keeps the order of the rest', () => {
    const changed = withMetadata(object, { uid: '2', labels: undefined, generation: 1, deletionTimestamp: undefined })
    assert.equal(JSON.stringify(changed.metadata), '{"name":"a","uid":"2","generation":1}')
    assert.deepEqual(Object.keys(changed.metadata), ['name', 'uid', 'generation'])
    assert.deepEqual(Object.keys(withFields(object, { data: undefined, status: undefined })), [
      'apiVersion',
      'kind',
      'metadata',
    ])
    assert.deepEqual(Object.keys(object.metadata), ['name', 'labels', 'uid'])
  })

  it('is the same object when nothing changes', () => {
    assert.equal(withMetadata(object, { uid: '1', deletionTimestamp: undefined }), object)
    assert.equal(withFields(object, { status: undefined, kind: 'ConfigMap' }), object)
  })
})

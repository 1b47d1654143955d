import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FieldError, toText } from '../../../apimachinery/field-error.ts'
import { checkConfigMap, checkSecret } from './config.ts'
import { validateObjectMeta } from './object-meta.ts'

// What a kube-apiserver 1.37.2 says of values that are too large to be recorded whole.
const texts = (errors: readonly FieldError[]) => errors.map(toText)
const megabyte = 'x'.repeat(1024 * 1024)

describe('limits of sizes', () => {
  it('let a megabyte of configuration through', () => {
    assert.deepEqual(texts(checkConfigMap({ data: { a: megabyte } })), [])
    assert.deepEqual(texts(checkSecret({ data: { a: Buffer.from(megabyte).toString('base64') } })), [])
  })

  it('refuse more than a megabyte of configuration', () => {
    const wanted = 'Too long: may not be more than 1048576 bytes'
    assert.deepEqual(texts(checkConfigMap({ data: { a: `${megabyte}x` } })), [`[]: ${wanted}`])
    const secret = { data: { a: Buffer.from(`${megabyte}x`).toString('base64') } }
    assert.deepEqual(texts(checkSecret(secret)), [`data: ${wanted}`])
  })

  it('refuse annotations of more than 256 KiB', () => {
    const rules = { namespaced: false, nameProblems: () => [], qualifiedFinalizers: true }
    const annotations = { a: 'x'.repeat(256 * 1024) }
    const wanted = 'metadata.annotations: Too long: may not be more than 262144 bytes'
    assert.deepEqual(texts(validateObjectMeta({ name: 'a', annotations }, rules)), [wanted])
  })
})

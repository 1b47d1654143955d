import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeProtobuf } from './protobuf.ts'

/** Writes fields the way protobuf does: text and messages by length, numbers as varints. */
function message(...fields: readonly (readonly [number, string | number | Buffer])[]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(BigInt(field << 3)), ...varint(BigInt(value))])
      const bytes = Buffer.from(value)
      return Buffer.concat([Buffer.from([...varint(BigInt((field << 3) | 2)), ...varint(BigInt(bytes.length))]), bytes])
    }),
  )
}

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, value)
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return [...bytes, Number(left)]
}

function body(apiVersion: string, kind: string, object: Buffer): Buffer {
  const typeMeta = message([1, apiVersion], [2, kind])
  return Buffer.concat([Buffer.from('k8s\0'), message([1, typeMeta], [2, object], [3, ''], [4, ''])])
}

const metadata = message([1, 'a'], [3, 'default'], [8, message()], [11, message([1, 'k'], [2, 'v'])])
const readMetadata = { name: 'a', namespace: 'default', labels: { k: 'v' } }

describe('an object in protobuf', () => {
  it('is read with maps of text and bytes', () => {
    const object = message(
      [1, metadata],
      [2, message([1, 'x'], [2, '1'])],
      [3, message([1, 'b'], [2, Buffer.of(1, 2)])],
    )
    const { object: read } = decodeProtobuf(body('v1', 'ConfigMap', object), {
      group: '',
      version: 'v1',
      kind: 'ConfigMap',
    })
    assert.deepEqual(read, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: readMetadata,
      data: { x: '1' },
      binaryData: { b: 'AQI=' },
    })
  })

  it('is read with embedded structs in place, quantities, times and numbers-or-text', () => {
    const emptyDir = message([2, message([1, 'Memory'], [2, message([1, '1Gi'])])])
    const volume = message([1, 'v'], [2, emptyDir])
    const probe = message([1, message([2, message([2, message([1, 0], [2, 8080], [3, ''])])])], [2, -1])
    const container = message([1, 'c'], [10, probe])
    const spec = message([1, volume], [2, container])
    const object = message([1, message([1, 'p'], [8, message([1, 1_767_225_600])])], [2, spec])
    const { object: read } = decodeProtobuf(body('v1', 'Pod', object), { group: '', version: 'v1', kind: 'Pod' })
    assert.deepEqual(read, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
        containers: [{ name: 'c', livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: -1 } }],
      },
    })
  })

  it('says what it is, whatever it is read as', () => {
    const { apiVersion, kind } = decodeProtobuf(body('apps/v1', 'Deployment', message([1, metadata])), {
      group: '',
      version: 'v1',
      kind: 'ConfigMap',
    })
    assert.deepEqual([apiVersion, kind], ['apps/v1', 'Deployment'])
  })

  const whole = body('v1', 'ConfigMap', message([1, metadata]))
  for (const [what, bytes] of [
    ['something else', Buffer.from('{"kind":"ConfigMap"}')],
    ['a part of one', whole.subarray(0, whole.length - 12)],
    ['a number without an end', body('v1', 'ConfigMap', Buffer.of(0x08, 0xff, 0xff))],
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => decodeProtobuf(bytes, { group: '', version: 'v1', kind: 'ConfigMap' }), {
        reason: 'DecodeFailed',
      })
    })
  }
})

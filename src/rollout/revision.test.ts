import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PodTemplateSpec } from '../api/core/core-v1.ts'
import { canonicalJson } from '../apimachinery/canonical-json.ts'
import { checksumOf, configReferences, isTracked, trackedChecksums } from './config-tracking.ts'
import { dumpOf, flaggerHashOf, webhookChecksum } from './flagger-hash.ts'
import { equalWithoutNulls, flaggerRevisionOf, revisionOf, scaleToZeroKey, withoutNulls } from './revision.ts'

const template: PodTemplateSpec = {
  metadata: { labels: { app: 'podinfo' }, annotations: { 'prometheus.io/port': '9797' } },
  spec: {
    containers: [
      {
        name: 'podinfo',
        image: 'ghcr.io/stefanprodan/podinfo:6.0.0',
        env: [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'colors', key: 'main' } } }],
        resources: { limits: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
}

describe('revisionOf', () => {
  // These values stand in statuses of running rollouts. If this test fails, every workload would be analysed anew.
  it('gives the hashes that it always gave', () => {
    assert.equal(revisionOf({ kind: 'Deployment', template }), 's1-c531629f71359af5')
    assert.equal(revisionOf({ kind: 'Service', spec: { ports: [{ port: 80 }] } }), 's1-8bcdc6ba70ca1f00')
    assert.equal(
      revisionOf({ kind: 'KnativeService', latestCreatedRevisionName: 'podinfo-00001' }),
      's1-ea4faf9e1700c32c',
    )
  })

  it('does not depend on the order of keys, nor on members that are null', () => {
    const { metadata, spec } = template
    const other = { spec, metadata: { creationTimestamp: null, ...metadata } } as unknown as PodTemplateSpec
    assert.equal(revisionOf({ kind: 'Deployment', template: other }), revisionOf({ kind: 'Deployment', template }))
  })

  it('changes with labels and annotations of the pods', () => {
    const labelled = { ...template, metadata: { ...template.metadata, labels: { app: 'podinfo', tier: 'web' } } }
    assert.notEqual(
      revisionOf({ kind: 'Deployment', template: labelled }),
      revisionOf({ kind: 'Deployment', template }),
    )
  })

  it('of a DaemonSet is the same whether it has its pods or not', () => {
    const atZero = {
      ...template,
      spec: { ...template.spec, containers: [], nodeSelector: { [scaleToZeroKey]: 'true' } },
    }
    const full = { ...template, spec: { ...template.spec, containers: [] } }
    assert.equal(revisionOf({ kind: 'DaemonSet', template: atZero }), revisionOf({ kind: 'DaemonSet', template: full }))
    assert.equal(
      flaggerRevisionOf({ kind: 'DaemonSet', template: atZero }),
      flaggerRevisionOf({ kind: 'DaemonSet', template: full }),
    )
  })
})

describe("Flagger's hash", () => {
  const vectors: readonly { type: string; value: unknown; want: string }[] = [
    { type: 'string', value: 'podinfo-00001', want: '5498f4fcd6' },
    { type: 'v1.PodTemplateSpec', value: { spec: { containers: null } }, want: '85748b7f68' },
    { type: 'v1.PodTemplateSpec', value: { spec: { nodeSelector: {} } }, want: '7f9cb96595' },
    { type: 'v1.ServiceSpec', value: {}, want: '55f5bb485' },
  ]
  for (const { type, value, want } of vectors) {
    it(`of ${type} ${JSON.stringify(value)} is ${want}`, () => assert.equal(flaggerHashOf(type, value), want))
  }

  it('is taken over a text in which every field stands', () => {
    const text = dumpOf('v1.PodTemplateSpec', {})
    assert.equal(text.length, 1977)
    assert.ok(text.startsWith('(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) GenerateName:(string)'))
  })

  const quantities: readonly (readonly [string, string])[] = [
    [
      '100m',
      '{i:(resource.int64Amount){value:(int64)100 scale:(resource.Scale)-3} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)100m Format:(resource.Format)DecimalSI}',
    ],
    [
      '64Mi',
      '{i:(resource.int64Amount){value:(int64)67108864 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string) Format:(resource.Format)BinarySI}',
    ],
    [
      '1.5',
      '{i:(resource.int64Amount){value:(int64)15 scale:(resource.Scale)-1} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string) Format:(resource.Format)DecimalSI}',
    ],
  ]
  for (const [text, want] of quantities) {
    it(`knows how ${text} is kept in memory`, () =>
      assert.equal(dumpOf('resource.Quantity', text), `(resource.Quantity)${want}`))
  }

  it('of the status is the checksum of webhooks', () => {
    assert.equal(webhookChecksum(undefined, ''), '758df7c9fc')
    assert.equal(webhookChecksum(undefined, '4cb74184589'), '7c9d467496')
    assert.equal(webhookChecksum({}, '4cb74184589'), '56966965f5')
    assert.equal(
      webhookChecksum({ 'configmap/a': '484637c76acaa7c6', 'configmap/b': '2' }, '4cb74184589'),
      '6dbcbcb766',
    )
  })
})

describe('config tracking', () => {
  const checksums: readonly { name: string; data: Readonly<Record<string, string>> | undefined; want: string }[] = [
    { name: 'one key', data: { color: 'red' }, want: '241889ca0604e333' },
    { name: 'no data', data: undefined, want: '74234e98afe7498f' },
    { name: 'empty data', data: {}, want: '44136fa355b3678a' },
    { name: 'characters that Go escapes', data: { b: '<a href="x">&</a>\u2028\n', a: 'é' }, want: '16b26b17a9a10837' },
    {
      name: 'a Secret',
      data: { apiKey: 'dGVzdA==', username: 'dGVzdA==', password: 'dGVzdA==' },
      want: '706737bf88c752ac',
    },
  ]
  for (const { name, data, want } of checksums) {
    it(`gives Flagger's checksum of ${name}`, () =>
      assert.deepEqual(checksumOf(data ? { data } : {}), { checksum: want }))
  }

  it('counts binaryData, and still knows the checksum that Flagger has of the object', () => {
    const one = checksumOf({ data: { color: 'red' }, binaryData: { logo: 'AAEC' } })
    const other = checksumOf({ data: { color: 'red' }, binaryData: { logo: 'AAED' } })
    assert.notEqual(one.checksum, other.checksum)
    assert.equal(one.flaggerChecksum, '241889ca0604e333')
  })

  it('finds references in volumes, projected volumes, env and envFrom, in init containers too', () => {
    const found = configReferences({
      spec: {
        initContainers: [{ name: 'init', envFrom: [{ secretRef: { name: 'init' } }] }],
        containers: [
          {
            name: 'main',
            env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'key', key: 'k', optional: true } } }],
          },
        ],
        volumes: [
          { name: 'a', configMap: { name: 'files' } },
          { name: 'b', secret: { secretName: 'certs' } },
          {
            name: 'c',
            projected: { sources: [{ configMap: { name: 'part' } }, { secret: { name: 'part', optional: true } }] },
          },
        ],
      },
    })
    assert.deepEqual(
      found.map(({ kind, name, optional }) => `${kind}/${name}${optional ? '?' : ''}`),
      ['configmap/files', 'secret/certs', 'configmap/part', 'secret/part?', 'secret/init', 'secret/key?'],
    )
  })

  it('leaves out what opts out, and Secrets that hold no configuration', () => {
    const annotations = { 'flagger.app/config-tracking': 'disabled' }
    assert.equal(isTracked({ metadata: { annotations } }, 'configmap'), false)
    assert.equal(isTracked({ type: 'kubernetes.io/service-account-token' }, 'secret'), false)
    assert.equal(isTracked({ type: 'kubernetes.io/tls' }, 'secret'), true)
    assert.equal(isTracked({ data: {} }, 'secret'), true)
  })

  const optional = { kind: 'configmap', name: 'a', optional: true } as const
  const before = { 'configmap/a': '241889ca0604e333' }

  it('an optional object that cannot be read now is taken to be as it was', () => {
    const result = trackedChecksums(
      'test',
      [{ reference: optional, read: { kind: 'unreadable', message: 'timeout' } }],
      before,
    )
    assert.deepEqual(result, { configs: { 'configmap/a': { checksum: '241889ca0604e333' } } })
  })

  it('an optional object that is not there is gone', () => {
    assert.deepEqual(trackedChecksums('test', [{ reference: optional, read: { kind: 'notFound' } }], before), {
      configs: {},
    })
  })

  it('an object that the pods need and that is not there is a problem', () => {
    const reference = { ...optional, optional: false }
    assert.deepEqual(trackedChecksums('test', [{ reference, read: { kind: 'notFound' } }], before), {
      problem: 'GetTargetConfigs failed: configmap a.test get query error: not found',
    })
  })
})

describe('equalWithoutNulls', () => {
  it('is whether the canonical forms without nulls are equal', () => {
    const text = (value: unknown) => canonicalJson(withoutNulls(value))
    const key = fc.constantFrom('a', 'b', 'c')
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, 0, 1, '', 'x', true),
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(key, tie('any'), { maxKeys: 3 }),
      ),
    })).any
    let equal = 0
    fc.assert(
      fc.property(value, value, (a, b) => {
        const isEqual = text(a) === text(b)
        if (isEqual) equal += 1
        assert.equal(equalWithoutNulls(a, b), isEqual)
        assert.ok(equalWithoutNulls(a, structuredClone(a)))
      }),
      { numRuns: 3_000 },
    )
    assert.ok(equal > 50, `${equal} pairs were equal`)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customResourceDefinition } from '../apimachinery/crd.ts'
import { validateDefinition } from '../apimachinery/crd-validation.ts'
import { toText } from '../apimachinery/field-error.ts'
import type { Json, JsonObject } from '../apimachinery/meta.ts'
import { compileColumn } from '../apimachinery/printer-columns.ts'
import { compileSchema } from '../apimachinery/structural/compile.ts'
import { allKinds } from './all-kinds.ts'
import { Canary } from './flagger/v1beta1.ts'
import { HTTPRoute } from './gateway-api/v1.ts'
import { HelmRelease } from './helm/v2.ts'
import { Kustomization } from './kustomize/v1.ts'
import { GitRepository } from './source/v1.ts'

describe('the custom kinds', () => {
  for (const kind of allKinds) {
    it(`${kind.kind} makes a CRD that the API accepts`, () => {
      assert.deepEqual(validateDefinition(customResourceDefinition(kind) as unknown as JsonObject).map(toText), [])
    })
  }

  it('kubectl get canary shows what it always showed', () => {
    const canary: Json = {
      metadata: { name: 'web' },
      spec: { analysis: { interval: '1m', stepWeight: 10, stepWeights: [1, 2] } },
      status: { phase: 'Progressing', canaryWeight: 10, failedChecks: 0, lastTransitionTime: '2026-01-01T00:00:00Z' },
    }
    const shown = Canary.columns.map(column => [
      column.name,
      column.priority ?? 0,
      compileColumn(column)(canary, new Date(0)),
    ])
    assert.deepEqual(shown, [
      ['Status', 0, 'Progressing'],
      ['Weight', 0, '10'],
      ['Suspended', 1, null],
      ['FailedChecks', 1, '0'],
      ['Interval', 1, '1m'],
      ['Mirror', 1, null],
      ['StepWeight', 1, '10'],
      ['StepWeights', 1, '[1,2]'],
      ['MaxWeight', 1, null],
      ['LastTransitionTime', 0, '2026-01-01T00:00:00Z'],
    ])
  })
})

interface Case {
  readonly name: string
  readonly kind: (typeof allKinds)[number]
  readonly spec: Json
  readonly want: readonly string[]
}

const canarySpec = { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } }

// What kube-apiserver 1.37.2 says about the same objects with the published CRDs.
const refused: readonly Case[] = [
  {
    name: 'a Canary with two ways to advance',
    kind: Canary,
    spec: { ...canarySpec, analysis: { interval: '1m', threshold: 1, stepWeight: 1, iterations: 1 } },
    want: [
      '<nil>: Invalid value: "": "spec.analysis" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  },
  {
    name: 'a Canary whose interval is in hours',
    kind: Canary,
    spec: { ...canarySpec, analysis: { interval: '1h', threshold: 1, stepWeight: 1 } },
    want: ['spec.analysis.interval: Invalid value: "1h": spec.analysis.interval in body should match \'^[0-9]+(m|s)\''],
  },
  {
    name: 'a GitRepository of an unknown scheme',
    kind: GitRepository,
    spec: { interval: '1m', url: 'ftp://x' },
    want: ['spec.url: Invalid value: "ftp://x": spec.url in body should match \'^(http|https|ssh)://.*$\''],
  },
  {
    name: 'a GitRepository with an identity that its provider has not',
    kind: GitRepository,
    spec: { interval: '1m', url: 'https://x', serviceAccountName: 'a' },
    want: ["spec: Invalid value: serviceAccountName can only be set when provider is 'azure' or 'aws'"],
  },
  {
    name: 'a Kustomization for two clusters',
    kind: Kustomization,
    spec: {
      interval: '1m',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'x' },
      kubeConfig: { secretRef: { name: 'a' }, configMapRef: { name: 'b' } },
    },
    want: [
      'spec.kubeConfig: Invalid value: exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified',
    ],
  },
  {
    name: 'a HelmRelease without chart',
    kind: HelmRelease,
    spec: { interval: '1m' },
    want: ['spec: Invalid value: either chart or chartRef must be set'],
  },
  {
    name: 'an HTTPRoute to a Service without port',
    kind: HTTPRoute,
    spec: { rules: [{ backendRefs: [{ name: 'web' }] }] },
    want: ['spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference'],
  },
  {
    name: 'an HTTPRoute with a path that is no path',
    kind: HTTPRoute,
    spec: { rules: [{ matches: [{ path: { type: 'Exact', value: '/a//b' } }] }] },
    want: [
      "spec.rules[0].matches[0].path: Invalid value: must not contain '//' when type one of ['Exact', 'PathPrefix']",
    ],
  },
]

describe('the schemas refuse', () => {
  for (const { name, kind, spec, want } of refused) {
    it(name, () => {
      const schema = compileSchema(kind.openAPIV3Schema)
      const object = { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { name: 'x' }, spec }
      assert.deepEqual(schema.validate(schema.applyDefaults(object)).map(toText), want)
    })
  }
})

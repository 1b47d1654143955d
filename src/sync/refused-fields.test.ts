import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type RefusedField,
  refusalOf,
  refusedInGitRepository,
  refusedInHelmChart,
  refusedInHelmRelease,
  refusedInHelmRepository,
  refusedInKustomization,
  refusedInOciRepository,
} from './refused-fields.ts'

interface Case {
  readonly kind: string
  /** Lists of several kinds: here they get whole objects of theirs. */
  readonly refused: readonly RefusedField<never>[]
  /** A spec that is taken. */
  readonly plain: object
  /** What is refused, added to the plain one, and the text; one for each rule, in their order. */
  readonly cases: readonly (readonly [added: object, message: string])[]
}

const useSecret = 'use generic with a Secret'
const noSignatures = 'spec.verify is not supported; signatures cannot be checked here'
const secret = { name: 's' }

const appliers: Case['cases'] = [
  [{ healthCheckExprs: [{ apiVersion: 'a/v1', current: 'true' }] }, 'spec.healthCheckExprs is not supported'],
  [{ dependsOn: [{ name: 'a', readyExpr: 'true' }] }, 'spec.dependsOn[].readyExpr is not supported'],
  [{ kubeConfig: { configMapRef: secret } }, 'spec.kubeConfig.configMapRef is not supported; use secretRef'],
  [{ serviceAccountName: 'a' }, 'spec.serviceAccountName is not supported; it works together with spec.kubeConfig'],
]

const kinds: readonly Case[] = [
  {
    kind: 'GitRepository',
    refused: refusedInGitRepository,
    plain: { url: 'https://a/b', provider: 'generic', proxySecretRef: secret },
    cases: [
      [{ provider: 'github' }, `spec.provider: github is not supported; ${useSecret}`],
      [{ serviceAccountName: 'a' }, 'spec.serviceAccountName is not supported; name the Secret in spec.secretRef'],
      [{ verify: { secretRef: secret } }, noSignatures],
      [{ url: 'ssh://a/b' }, 'spec.proxySecretRef is not supported; a proxy works for http and https'],
    ],
  },
  {
    kind: 'HelmRepository',
    refused: refusedInHelmRepository,
    plain: { url: 'https://a', provider: 'aws' },
    cases: [[{ type: 'oci' }, `spec.provider: aws is not supported; ${useSecret}`]],
  },
  {
    kind: 'HelmChart',
    refused: refusedInHelmChart,
    plain: { chart: 'a', sourceRef: { kind: 'GitRepository', name: 'a' }, valuesFiles: ['v.yaml'] },
    cases: [
      [{ sourceRef: { kind: 'Bucket', name: 'a' } }, 'spec.sourceRef.kind: Bucket is not supported'],
      [{ verify: { provider: 'cosign' } }, noSignatures],
      [
        { sourceRef: { kind: 'HelmRepository', name: 'a' } },
        'spec.valuesFiles is not supported; it works for charts of a GitRepository',
      ],
    ],
  },
  {
    kind: 'OCIRepository',
    refused: refusedInOciRepository,
    plain: { url: 'oci://a/b', provider: 'generic' },
    cases: [
      [{ provider: 'gcp' }, `spec.provider: gcp is not supported; ${useSecret}`],
      [{ verify: { provider: 'notation' } }, noSignatures],
      [{ serviceAccountName: 'a' }, 'spec.serviceAccountName is not supported; name the Secret in spec.secretRef'],
    ],
  },
  {
    kind: 'Kustomization',
    refused: refusedInKustomization,
    plain: { sourceRef: { kind: 'GitRepository', name: 'a' }, dependsOn: [{ name: 'b' }] },
    cases: [
      [
        { sourceRef: { kind: 'ExternalArtifact', name: 'a' } },
        'spec.sourceRef.kind: ExternalArtifact is not supported',
      ],
      [{ decryption: { provider: 'sops' } }, 'spec.decryption is not supported'],
      ...appliers,
    ],
  },
  {
    kind: 'HelmRelease',
    refused: refusedInHelmRelease,
    plain: {
      chart: { spec: { chart: 'a', sourceRef: { kind: 'HelmRepository', name: 'a' } } },
      driftDetection: { mode: 'enabled' },
      storageNamespace: 'mine',
    },
    cases: [
      [
        { chart: undefined, chartRef: { kind: 'OCIRepository', name: 'a' } },
        'spec.chartRef.kind: OCIRepository is not supported; use a HelmRepository of type oci',
      ],
      [
        { chart: { spec: { chart: 'a', sourceRef: { kind: 'Bucket', name: 'a' } } } },
        'spec.chart.spec.sourceRef.kind: Bucket is not supported',
      ],
      [
        {
          chart: {
            spec: { chart: 'a', sourceRef: { kind: 'HelmRepository', name: 'a' }, verify: { provider: 'cosign' } },
          },
        },
        'spec.chart.spec.verify is not supported; signatures cannot be checked here',
      ],
      [{ postRenderers: [{ kustomize: {} }] }, 'spec.postRenderers is not supported'],
      [{ commonMetadata: { labels: { a: 'b' } } }, 'spec.commonMetadata is not supported'],
      [{ storageNamespace: 'elsewhere' }, 'spec.storageNamespace is not supported'],
      ...appliers,
    ],
  },
]

describe('what the built-in controllers cannot do', () => {
  for (const { kind, refused, plain, cases } of kinds) {
    const refusal = (added: object) =>
      refusalOf(refused, { metadata: { name: 'x', namespace: 'mine' }, spec: { ...plain, ...added } } as never)

    it(`does not keep a plain ${kind} from being taken`, () => assert.equal(refusal({}), undefined))

    for (const [i, { field }] of refused.entries()) {
      it(`is refused by its name: ${field} of a ${kind}`, () => {
        const [added, message] = cases[i] ?? [{}, 'no case for this rule']
        assert.equal(refusal(added)?.message, message)
        assert.ok(message.startsWith(field))
      })
    }
  }

  it('has the reasons of Flux where it has some', () => {
    const cloud = { spec: { url: 'https://a/b', provider: 'azure' } } as never
    assert.equal(refusalOf<never>(refusedInGitRepository, cloud)?.reason, 'InvalidProviderConfiguration')
  })
})

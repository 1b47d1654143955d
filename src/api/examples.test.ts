import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { toText } from '../apimachinery/field-error.ts'
import type { CustomKind } from '../apimachinery/kind.ts'
import { apiVersionOf, type Json, type KubernetesObject } from '../apimachinery/meta.ts'
import { compileSchema } from '../apimachinery/structural/compile.ts'
import { parseYamlDocuments } from '../apimachinery/yaml.ts'
import { allKinds } from './all-kinds.ts'
import type { Application } from './apps/v1alpha1.ts'
import { validateApplication } from './apps/v1alpha1-validation.ts'
import { applicationWarnings } from './apps/v1alpha1-warnings.ts'
import type { Fleet } from './fleet/v1alpha1.ts'
import { validateFleet } from './fleet/v1alpha1-validation.ts'

const folder = path.join(import.meta.dirname, '../../test/examples')

const manifests = globSync('**/*.yaml', { cwd: folder })
  .sort()
  .flatMap(file =>
    parseYamlDocuments(readFileSync(path.join(folder, file), 'utf8')).map((document, i) => ({
      title: `${file}#${i}`,
      // Manifests are objects; what they lack, the tests below find out.
      object: document as unknown as KubernetesObject,
    })),
  )

const withKinds = manifests.flatMap(({ title, object }) => {
  const kind = allKinds.find(({ kind, ...type }) => kind === object.kind && apiVersionOf(type) === object.apiVersion)
  return kind ? [{ title, object, kind }] : []
})

function stored(kind: CustomKind, object: KubernetesObject): { value: Json; errors: string[]; unknown: string[] } {
  const schema = compileSchema(kind.openAPIV3Schema)
  const value = object as unknown as Json
  const defaulted = schema.applyDefaults(value)
  return { value: defaulted, errors: schema.validate(defaulted).map(toText), unknown: schema.unknownFields(value) }
}

describe('the example manifests', () => {
  it('are there', () => {
    assert.equal(withKinds.filter(({ kind }) => kind.kind === 'Application').length, 13)
    assert.ok(manifests.length >= 25)
  })
  for (const { title, object, kind } of withKinds) {
    it(`${title} fits the schema of ${kind.kind} and has no unknown fields`, () => {
      const { errors, unknown } = stored(kind, object)
      assert.deepEqual({ errors, unknown }, { errors: [], unknown: [] })
    })
  }
})

const found = withKinds.map(({ title, object, kind }) => {
  const { value } = stored(kind, object)
  // The schema of the kind, checked above, vouches for the type.
  const errors =
    kind.kind === 'Application'
      ? validateApplication(value as unknown as Application)
      : kind.kind === 'Fleet'
        ? validateFleet(value as unknown as Fleet)
        : []
  const warnings = kind.kind === 'Application' ? applicationWarnings(value as unknown as Application) : []
  return { title, problems: [...errors.map(toText), ...warnings] }
})

describe('what validation says about the examples', () => {
  it('nothing, but for their known defects', () => {
    assert.deepEqual(
      found.filter(({ problems }) => problems.length > 0).map(({ title, problems }) => [title, ...problems]),
      [
        [
          'applications/canaryKuma.yaml#0',
          'spec.syncPolicies[0].rollout.rolloutPolicy.trafficAnalysis.webhooks.command[0]: calls podinfo-canary.test, which is none of the services of this rollout (backend, backend-canary, backend-primary in namespace webapp)',
        ],
        [
          'applications/canaryWithCustomMetric.yaml#0',
          "metadata.name: Invalid value: \"CustomMetric-demo\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
          'spec.syncPolicies[0].rollout.rolloutPolicy.trafficAnalysis.metrics[1].thresholdRange: istio-request-success-rate has only a maximum, so the rollout fails while requests succeed; set min instead',
        ],
      ],
    )
  })
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { allKinds } from '../../src/api/all-kinds.ts'
import {
  validateAlertProvider,
  validateCanary,
  validateMetricTemplate,
} from '../../src/api/flagger/v1beta1-validation.ts'
import type { FieldError } from '../../src/apimachinery/field-error.ts'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'
import { compileSchema } from '../../src/apimachinery/structural/compile.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import { newReviewers } from '../../src/manager/webhook/review.ts'
import { normalise } from '../../src/rollout/normalise.ts'
import { canaryBases } from './bases.ts'
import { mutatedManifests } from './mutate.ts'

// The long run is `npm run test:fuzz`.
const numRuns = Number(process.env['SERIN_FUZZ_RUNS'] ?? 300)
const seed = Number(process.env['SERIN_FUZZ_SEED'] ?? 20_261_127)
/** CPU time that one manifest may take: a hundred times what the slowest takes, and far below a probe's patience. */
const maxCpuMs = 1_000

const folder = path.join(import.meta.dirname, '../examples/applications')
const applications = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .flatMap(name => parseYamlDocuments(readFileSync(path.join(folder, name), 'utf8')))
  .filter(document => (document as JsonObject)['kind'] === 'Application') as JsonObject[]
const fleet: JsonObject = {
  apiVersion: 'fleet.kurator.dev/v1alpha1',
  kind: 'Fleet',
  metadata: { name: 'quickstart', namespace: 'default' },
  spec: {
    clusters: [{ name: 'kurator-member1', kind: 'AttachedCluster' }],
    plugin: { flagger: { publicTestloader: true, trafficRoutingProvider: 'istio' } },
  },
}
const template: JsonObject = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'MetricTemplate',
  metadata: { name: 'errors', namespace: 'web' },
  spec: {
    provider: { type: 'prometheus', address: 'http://prometheus:9090' },
    query: 'sum(rate(x{a="{{ target }}"}[{{ interval }}]))',
  },
}
const alerts: JsonObject = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'AlertProvider',
  metadata: { name: 'slack', namespace: 'web' },
  spec: { type: 'slack', address: 'https://hooks.example.test/x' },
}

const schemas = new Map(allKinds.map(kind => [kind.kind, compileSchema(kind.openAPIV3Schema)]))
const reviewers = newReviewers({ noCrossNamespaceRefs: true })
const paths: Readonly<Record<string, string>> = {
  Application: '/validate-apps-kurator-dev-v1alpha1-application',
  Fleet: '/validate-fleet-kurator-dev-v1alpha1-fleet',
  Canary: '/validate-flagger-app-v1beta1-canary',
}

/** Errors as the API would give them: those of the schema, else those of admission. */
function problemsOf(manifest: JsonObject): readonly FieldError[] {
  const kind = String(manifest['kind'])
  const bySchema = schemas.get(kind)?.validate(manifest) ?? []
  const reviewer = reviewers[paths[kind] ?? '']
  const review = reviewer?.({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', name: 'n', namespace: 'web', operation: 'CREATE', object: manifest as Json },
  } as unknown as Json)
  if (review) {
    const { allowed, status } = review.response
    assert.ok(allowed || (status?.message ?? '').length > 0, 'a refusal says why')
  }
  if (bySchema.length > 0) return bySchema
  // The schema has said that it is one.
  if (kind === 'Canary') {
    const normalised = normalise(manifest as never, { provider: 'istio' })
    return [...validateCanary(manifest as never), ...('errors' in normalised ? normalised.errors : [])]
  }
  if (kind === 'MetricTemplate') return validateMetricTemplate(manifest as never)
  return kind === 'AlertProvider' ? validateAlertProvider(manifest as never) : []
}

describe('admission of manifests that were changed at random', () => {
  it('ends quickly, and every refusal names a field and says what is wrong with it', () => {
    let refused = 0
    let slowestMs = 0
    fc.assert(
      fc.property(mutatedManifests([...canaryBases, ...applications, fleet, template, alerts]), manifest => {
        const started = process.cpuUsage()
        const problems = problemsOf(manifest)
        const { user, system } = process.cpuUsage(started)
        slowestMs = Math.max(slowestMs, (user + system) / 1000)
        assert.ok((user + system) / 1000 < maxCpuMs, `took ${(user + system) / 1000} ms`)
        if (problems.length > 0) refused += 1
        for (const { field, message } of problems) {
          assert.match(field, /^[a-z<]/i, `${field}: ${message}`)
          assert.ok(message.length > 0 && message.length < 100_000)
        }
      }),
      { numRuns, seed },
    )
    assert.ok(refused > numRuns / 5, `only ${refused} of ${numRuns} were refused: the changes do not reach far enough`)
    assert.ok(refused < numRuns, 'all were refused: nothing goes on to a reconcile')
    process.stdout.write(
      `# ${numRuns} manifests, ${refused} refused, the slowest took ${slowestMs.toFixed(0)} ms of CPU\n`,
    )
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })
})

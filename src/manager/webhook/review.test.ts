import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../apimachinery/meta.ts'
import { newReviewers, ReviewError } from './review.ts'

const reviewers = newReviewers({ noCrossNamespaceRefs: true })
const mutate = '/mutate-apps-kurator-dev-v1alpha1-application'
const validate = '/validate-apps-kurator-dev-v1alpha1-application'

const rolloutOf = (provider: string, trafficRouting: JsonObject): JsonObject => ({
  testLoader: false,
  trafficRoutingProvider: provider,
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' },
  serviceName: 'web',
  port: 80,
  rolloutPolicy: { trafficRouting, trafficAnalysis: { checkIntervalSeconds: 30, checkFailedTimes: 2 } },
})

const application = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps.kurator.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { source: { gitRepository: { interval: '1m', url: 'https://example.com/web.git' } }, ...spec },
})

const canary = (analysis: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    service: { port: 80 },
    analysis: { interval: '30s', threshold: 2, maxWeight: 50, stepWeight: 10, ...analysis },
    ...spec,
  },
})

function review(path: string, object: JsonObject) {
  const request = { uid: 'one', name: 'web', object, operation: 'CREATE' }
  const answer = reviewers[path]?.({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
  assert.equal(answer?.response.uid, 'one')
  assert.ok(answer)
  return answer.response
}

describe('admission of Applications', () => {
  const twoFleets = application({
    destination: { fleet: 'east' },
    syncPolicies: [
      { name: 'web', destination: { fleet: 'west' }, kustomization: { interval: '1m', path: '.', prune: true } },
    ],
  })

  it('refuses fleets that differ, with the field and what is allowed, as the API words it', () => {
    const { allowed, status } = review(validate, twoFleets)
    assert.equal(allowed, false)
    assert.equal(status?.code, 422)
    assert.match(
      status?.message ?? '',
      /^Application.apps.kurator.dev "web" is invalid: spec.syncPolicies\[0\].destination.fleet: Invalid value: "west": must be same as application.spec.destination.fleet:east/,
    )
    assert.deepEqual(
      status?.details?.causes?.map(({ field }) => field),
      ['spec.syncPolicies[0].destination.fleet'],
    )
  })

  it('lets an object go that is on its way out, whatever it says', () => {
    const leaving = { ...twoFleets, metadata: { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' } }
    assert.deepEqual(review(validate, leaving), { uid: 'one', allowed: true })
  })

  it("fills in kuma's protocol by a patch", () => {
    const rollout = rolloutOf('kuma', { analysisTimes: 5 })
    const given = application({
      syncPolicies: [{ kustomization: { interval: '1m', path: '.', prune: true }, rollout }],
    })
    const { allowed, patch, patchType } = review(mutate, given)
    assert.deepEqual({ allowed, patchType }, { allowed: true, patchType: 'JSONPatch' })
    const [operation] = JSON.parse(Buffer.from(patch ?? '', 'base64').toString()) as [
      { path: string; value: JsonObject },
    ]
    assert.equal(operation.path, '/spec')
    assert.match(JSON.stringify(operation.value), /"protocol":"http"/)
  })

  it('changes nothing where there is nothing to fill in', () => {
    const given = application({ syncPolicies: [{ kustomization: { interval: '1m', path: '.', prune: true } }] })
    assert.deepEqual(review(mutate, given), { uid: 'one', allowed: true })
  })
})

describe('admission of other kinds', () => {
  const cases: readonly { name: string; path: string; object: JsonObject; message: RegExp }[] = [
    {
      name: 'a Fleet with a member of another kind',
      path: '/validate-fleet-kurator-dev-v1alpha1-fleet',
      object: {
        apiVersion: 'fleet.kurator.dev/v1alpha1',
        kind: 'Fleet',
        metadata: { name: 'web' },
        spec: { clusters: [{ kind: 'Node', name: 'a' }] },
      },
      message: /spec.clusters\[0\].kind: Unsupported value: "Node"/,
    },
    {
      name: 'a Canary that uses a template of another namespace',
      path: '/validate-flagger-app-v1beta1-canary',
      object: canary({ metrics: [{ name: 'x', templateRef: { name: 'errors', namespace: 'other' } }] }),
      message: /can't access metric template errors.other, cross-namespace references are blocked/,
    },
    {
      name: 'a Canary without a port',
      path: '/validate-flagger-app-v1beta1-canary',
      object: canary({}, { service: null }),
      message: /spec.service: Required value: the workload needs a port/,
    },
  ]
  for (const { name, path, object, message } of cases) {
    it(`refuses ${name}`, () => {
      const given = JSON.parse(JSON.stringify(object, (_, value) => value ?? undefined)) as JsonObject
      const { allowed, status } = review(path, given)
      assert.equal(allowed, false)
      assert.match(status?.message ?? '', message)
    })
  }

  it('accepts a good Canary', () => {
    assert.deepEqual(review('/validate-flagger-app-v1beta1-canary', canary({})), { uid: 'one', allowed: true })
  })

  it('says what is wrong with a request that is no review', () => {
    const reviewer = reviewers[validate]
    assert.throws(() => reviewer?.({ kind: 'Pod' }), ReviewError)
  })
})

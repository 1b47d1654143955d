import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FluxObserved, fluxIsPresent } from './flux-presence.ts'

const now = new Date('2026-01-01T00:01:00Z')
const lease = (name: string, renewTime: string, holderIdentity = 'flux') => ({
  metadata: { name, namespace: 'flux-system' },
  spec: { holderIdentity, renewTime, leaseDurationSeconds: 35 },
})
const partOfFlux = { 'app.kubernetes.io/part-of': 'flux' }

describe("Flux's controllers", () => {
  const cases: readonly { name: string; given: Partial<FluxObserved>; want: boolean }[] = [
    { name: 'are not there where nothing was seen', given: {}, want: false },
    {
      name: 'are there while a Lease of theirs is renewed',
      given: { leases: [lease('kustomize-controller-leader-election', '2026-01-01T00:00:30.000000Z')] },
      want: true,
    },
    {
      name: 'are there in shards, too',
      given: { leases: [lease('kustomize-controller-leader-election-0a1b2c3d', '2026-01-01T00:00:30.000000Z')] },
      want: true,
    },
    {
      name: 'are gone when the Lease is old',
      given: { leases: [lease('kustomize-controller-leader-election', '2025-12-31T23:59:00.000000Z')] },
      want: false,
    },
    {
      name: 'are not meant by the Lease that the built-in controllers hold',
      given: {
        leases: [lease('kustomize-controller-leader-election', '2026-01-01T00:00:30.000000Z', 'serin')],
        ownIdentity: 'serin',
      },
      want: false,
    },
    {
      name: 'are not meant by the Lease of another controller',
      given: { leases: [lease('helm-controller-leader-election', '2026-01-01T00:00:30.000000Z')] },
      want: false,
    },
    {
      name: 'are there while their Deployment has ready pods',
      given: { deployments: [{ name: 'kustomize-controller', readyReplicas: 1, labels: partOfFlux }] },
      want: true,
    },
    {
      name: 'are not there when their Deployment is scaled to zero',
      given: { deployments: [{ name: 'kustomize-controller', readyReplicas: 0, labels: partOfFlux }] },
      want: false,
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      assert.equal(fluxIsPresent({ leases: [], deployments: [], now, ...c.given }, 'kustomize-controller'), c.want)
    })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newAdmitter } from './admission.ts'

const kind = { group: 'apps.kurator.dev', version: 'v1alpha1', kind: 'Application' }
const source = { gitRepository: { interval: '1m', url: 'https://example.org/a.git' } }
const kustomization = { interval: '1m', prune: true }

function application(syncPolicies: readonly object[]) {
  return {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'a' },
    spec: { source, syncPolicies },
  }
}

describe('admission', () => {
  const admit = newAdmitter()

  it('lets an Application pass as it is', () => {
    const object = application([{ kustomization }])
    assert.deepEqual(admit(kind, object), { object, errors: [] })
  })

  it('refuses fleets that differ, naming the field', () => {
    const { errors } = admit(
      kind,
      application([
        { kustomization, destination: { fleet: 'one' } },
        { kustomization, destination: { fleet: 'two' } },
      ]),
    )
    assert.deepEqual(
      errors.map(({ field }) => field),
      ['spec.syncPolicies[1].destination.fleet'],
    )
  })

  it('leaves to the API what its schema refuses', () => {
    const broken = { apiVersion: 'apps.kurator.dev/v1alpha1', kind: 'Application', metadata: { name: 'a' }, spec: {} }
    assert.deepEqual(admit(kind, broken), { object: broken, errors: [] })
  })

  it('has nothing to say of other kinds', () => {
    const object = { metadata: { name: 'a' } }
    assert.deepEqual(admit({ group: '', version: 'v1', kind: 'ConfigMap' }, object), { object, errors: [] })
  })
})

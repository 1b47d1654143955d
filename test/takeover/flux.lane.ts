// What Serin writes for Flux's controllers, on a real kube-apiserver with the definitions that Flux publishes.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Application } from '../../src/api/apps/v1alpha1.ts'
import { defaultApplication } from '../../src/api/apps/v1alpha1-defaults.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import { jsonEqual } from '../../src/apimachinery/json.ts'
import type { Json, JsonObject, KubernetesObject } from '../../src/apimachinery/meta.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import { planHost } from '../../src/controllers/application/host-plan.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { installDefinitions } from '../support/kinds.ts'
import { type RealControlPlane, startRealControlPlane } from '../support/real-control-plane.ts'
import { upstreamDefinitions } from '../support/real-flagger.ts'

const folder = path.join(import.meta.dirname, '../examples/applications')
const applications = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .flatMap(name => parseYamlDocuments(readFileSync(path.join(folder, name), 'utf8')))
  .filter(document => (document as JsonObject)['kind'] === 'Application') as unknown as Application[] // Checked by their own tests.

describe('what Applications become, with the definitions of Flux', { timeout: 300_000 }, () => {
  let api: RealControlPlane
  let client: Client

  before(async () => {
    api = await startRealControlPlane({ controllers: [] })
    client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
    const assets = process.env['FLAGGER_ASSETS'] ?? ''
    const sets = await Promise.all(['source', 'kustomize', 'helm'].map(name => upstreamDefinitions(assets, name)))
    await installDefinitions(client, sets.flat())
    await client.create(Namespace, { metadata: { name: 'flux' } })
  })
  after(async () => {
    await client?.close()
    await api?.close()
  })

  for (const [at, given] of applications.entries()) {
    const name = `${given.metadata.name}-${at}`.toLowerCase()
    it(`${given.metadata.name} is taken whole, field by field`, async () => {
      const application = defaultApplication({
        ...given,
        metadata: { ...given.metadata, namespace: 'flux', name, uid: `uid-${at}` },
      } as Application)
      const targets = [{ kind: 'AttachedCluster' as const, name: 'east', kubeConfig: { name: 'east', key: 'value' } }]
      const policies = application.spec.syncPolicies.map((policy, index) => ({ index, policy, targets }))
      const wanted = planHost(application, policies)
      assert.ok(wanted.length >= 2)
      for (const { type, object } of wanted) {
        const { ownerReferences: _, ...metadata } = object.metadata ?? {}
        const stored = await client.create(type, { ...object, metadata }, { fieldValidation: 'Strict' })
        assert.deepEqual(lost(specOf(object), specOf(stored)), [], `${type.kind} ${metadata.name}`)
      }
    })
  }
})

const specOf = (object: KubernetesObject) => (object as { spec?: Json }).spec ?? {}

/** Paths of what was sent and is not there; what the server added does not count. */
function lost(sent: Json, stored: Json | undefined, at = 'spec'): readonly string[] {
  if (typeof sent !== 'object' || sent === null) return jsonEqual(sent, stored) ? [] : [at]
  if (typeof stored !== 'object' || stored === null) return [at]
  return Object.entries(sent).flatMap(([key, value]) =>
    lost(value as Json, (stored as JsonObject)[key], `${at}.${key}`),
  )
}

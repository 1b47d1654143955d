import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { JsonObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts'
import { type FieldRule, ignoredPathsOf, withoutIgnored } from './field-rules.ts'
import type { Manifest } from './identity.ts'
import { rulesOf } from './rollout-rules.ts'

const manifest = (spec: JsonObject, kind = 'Deployment', apiVersion = 'apps/v1'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'backend', namespace: 'web', labels: { app: 'backend' } },
  spec,
})
const owner = (name: string, operation: 'Apply' | 'Update', fieldsV1: JsonObject): ManagedFieldsEntry => ({
  manager: name,
  operation,
  fieldsV1,
})
const live = (spec: JsonObject, managedFields: readonly ManagedFieldsEntry[] = []) =>
  ({ ...manifest(spec), metadata: { name: 'backend', managedFields } }) as unknown as Manifest // As from the wire.
const replicas = { 'f:spec': { 'f:replicas': {} } }

describe('a field that is left to others', () => {
  const cases: readonly { name: string; wanted: JsonObject; live: Manifest; sent: JsonObject }[] = [
    {
      name: 'is left out where another manager owns it',
      wanted: { replicas: 3, paused: false },
      live: live({ replicas: 0 }, [owner('flagger', 'Update', replicas)]),
      sent: { paused: false },
    },
    {
      name: 'takes the live value where only we own it: leaving it out would reset it',
      wanted: { replicas: 3 },
      live: live({ replicas: 5 }, [owner('kustomize-controller', 'Apply', replicas)]),
      sent: { replicas: 5 },
    },
    {
      name: 'is sent where it is the same',
      wanted: { replicas: 3 },
      live: live({ replicas: 3 }),
      sent: { replicas: 3 },
    },
    { name: 'is left out where the object does not have it', wanted: { replicas: 3 }, live: live({}), sent: {} },
    { name: 'is not made up where Git does not name it', wanted: {}, live: live({ replicas: 3 }), sent: {} },
  ]
  for (const c of cases) {
    it(c.name, () => {
      const sent = withoutIgnored(manifest(c.wanted), c.live as never, ['/spec/replicas'], 'kustomize-controller')
      assert.deepEqual(sent['spec'], c.sent)
    })
  }

  it('may have a slash and a tilde in its name', () => {
    const wanted = { nodeSelector: { 'a/b~c': 'x', d: 'y' } }
    const sent = withoutIgnored(manifest(wanted), live({}) as never, ['/spec/nodeSelector/a~1b~0c'], 'm')
    assert.deepEqual(sent['spec'], { nodeSelector: { d: 'y' } })
  })
})

describe('a rule', () => {
  const cases: readonly { name: string; target: FieldRule['target']; matches: boolean }[] = [
    { name: 'without a target is for all', target: undefined as never, matches: true },
    {
      name: 'is for what its expressions match as a whole',
      target: { kind: 'Deploy.*', name: 'back.+' },
      matches: true,
    },
    { name: 'is not for what they match in part', target: { kind: 'Deploy' }, matches: false },
    { name: 'is for what its label selector selects', target: { labelSelector: 'app=backend' }, matches: true },
    { name: 'is not for other labels', target: { labelSelector: 'app=frontend' }, matches: false },
    { name: 'is not for another group', target: { group: 'batch', kind: 'Deployment' }, matches: false },
  ]
  for (const c of cases) {
    it(c.name, () => {
      const rule: FieldRule = { paths: ['/spec/replicas'], ...(c.target ? { target: c.target } : {}) }
      assert.deepEqual(ignoredPathsOf(manifest({}), [rule]), c.matches ? ['/spec/replicas'] : [])
    })
  }
})

describe('the rules of a Canary', () => {
  const canary = {
    metadata: { name: 'c', namespace: 'web' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' },
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'backend' },
      service: { port: 80, name: 'apex' },
      analysis: {},
    },
  } as unknown as Canary // What the rules read.
  const cases: readonly { name: string; kind: string; apiVersion: string; object: string; want: readonly string[] }[] =
    [
      {
        name: "hold the target's size",
        kind: 'Deployment',
        apiVersion: 'apps/v1',
        object: 'backend',
        want: ['/spec/replicas'],
      },
      {
        name: 'leave other Deployments alone',
        kind: 'Deployment',
        apiVersion: 'apps/v1',
        object: 'backend-2',
        want: [],
      },
      {
        name: 'hold where the apex Service leads',
        kind: 'Service',
        apiVersion: 'v1',
        object: 'apex',
        want: ['/spec/selector', '/spec/ports'],
      },
      { name: 'leave other Services alone', kind: 'Service', apiVersion: 'v1', object: 'backend', want: [] },
      {
        name: "hold the autoscaler's lower bound",
        kind: 'HorizontalPodAutoscaler',
        apiVersion: 'autoscaling/v2',
        object: 'backend',
        want: ['/spec/minReplicas'],
      },
    ]
  for (const c of cases) {
    it(c.name, () => {
      const object = { ...manifest({}, c.kind, c.apiVersion), metadata: { name: c.object, namespace: 'web' } }
      assert.deepEqual(ignoredPathsOf(object as Manifest, rulesOf(canary)), c.want)
    })
  }
})

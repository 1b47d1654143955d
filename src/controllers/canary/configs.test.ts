import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../../test/support/canned-view.ts'
import { ConfigMap, type PodTemplateSpec } from '../../api/core/core-v1.ts'
import { normalise } from '../../rollout/normalise.ts'
import { copyNames } from './configs.ts'

const analysis = { interval: '10s', threshold: 1, stepWeight: 10 }
const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' } as const
const canary = normalise(
  { metadata: { name: 'podinfo', namespace: 'test', uid: 'a' }, spec: { targetRef, analysis } },
  { provider: 'istio' },
)
const configs = { 'configmap/look': { checksum: 'red' } }

/** A copy that belongs to the Canaries of these names. */
function copy(name: string, ...owners: readonly string[]): readonly [typeof ConfigMap, ConfigMap] {
  const ownerReferences = owners.map(owner => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    name: owner,
    uid: `uid of ${owner}`,
  }))
  return [ConfigMap, { metadata: { name, namespace: 'test', ownerReferences }, data: { color: 'red' } }]
}

function primary(config: string): PodTemplateSpec {
  return { spec: { containers: [{ name: 'web', image: 'web', envFrom: [{ configMapRef: { name: config } }] }] } }
}

describe('the copy of a config', () => {
  const cases: readonly {
    readonly name: string
    readonly copies: readonly (readonly [typeof ConfigMap, ConfigMap])[]
    readonly primary?: PodTemplateSpec
    readonly want: readonly [inUse: string, wanted: string]
  }[] = [
    { name: 'has the common name where nobody else has it', copies: [], want: ['look-primary', 'look-primary'] },
    {
      name: 'keeps it where it is its own, also after the Canary was made anew',
      copies: [copy('look-primary', 'podinfo')],
      primary: primary('look-primary'),
      want: ['look-primary', 'look-primary'],
    },
    {
      name: "has a name of its own where the common one is another Canary's",
      copies: [copy('look-primary', 'other')],
      want: ['look-podinfo-primary', 'look-podinfo-primary'],
    },
    {
      name: 'keeps its own name when the common one is free again',
      copies: [copy('look-podinfo-primary', 'podinfo')],
      primary: primary('look-podinfo-primary'),
      want: ['look-podinfo-primary', 'look-podinfo-primary'],
    },
    {
      name: 'that Flagger made for two stays in use until the next promotion',
      copies: [copy('look-primary', 'other', 'podinfo')],
      primary: primary('look-primary'),
      want: ['look-primary', 'look-podinfo-primary'],
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      assert.ok('spec' in canary)
      const { inUse, wanted } = copyNames(cannedView(c.copies).view, canary.spec, configs, c.primary)
      assert.deepEqual([inUse.get('configmap/look'), wanted.get('configmap/look')], c.want)
    })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generatedName, type TargetCluster } from './policy-names.ts'

const member1: TargetCluster = { kind: 'AttachedCluster', name: 'kurator-member1' }

describe('generated names', () => {
  const cases: readonly { policy: string; target: TargetCluster; want: RegExp }[] = [
    { policy: 'rollout-demo-0', target: member1, want: /^rollout-demo-0-attachedcluster-kurator-member1$/ },
    { policy: 'demo-1', target: { kind: 'currentCluster', name: 'host' }, want: /^demo-1-currentcluster-host$/ },
    { policy: 'web', target: { kind: 'Cluster', name: 'Prod' }, want: /^web-cluster-prod$/ },
    { policy: 'p'.repeat(60), target: member1, want: /^p{54}-[0-9a-z]{8}$/ },
  ]
  for (const c of cases) {
    it(`of ${c.policy.slice(0, 20)} in ${c.target.name} have at most 63 characters`, () => {
      const name = generatedName(c.policy, c.target)
      assert.match(name, c.want)
      assert.ok(name.length <= 63)
    })
  }

  it('that are cut stay apart', () => {
    const long = 'p'.repeat(60)
    assert.notEqual(generatedName(long, member1), generatedName(long, { ...member1, name: 'kurator-member2' }))
  })
})

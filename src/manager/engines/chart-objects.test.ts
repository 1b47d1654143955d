import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HelmRelease } from '../../api/helm/v2.ts'
import type { EngineMember, RolloutPlugin } from '../../controllers/fleet/engine.ts'
import type { RemoteCluster } from '../../runtime/remote-clusters.ts'
import { chartsOf, stateOf } from './chart-objects.ts'

const owner = { apiVersion: 'fleet.kurator.dev/v1alpha1', kind: 'Fleet', name: 'quickstart', uid: 'u' }
const member: EngineMember = {
  ref: { namespace: 'default', name: 'east' },
  fleet: 'quickstart',
  cluster: {} as RemoteCluster, // Charts reach it by its Secret.
  kubeConfig: { name: 'east-config', key: 'value' },
  owner,
}
const chart = { name: 'serin', version: '1.2.3', url: 'http://charts.example.com' }
const specOf = (plugin: RolloutPlugin) =>
  chartsOf(member, plugin, chart, owner).map(({ component, release, repository }) => ({
    component,
    repository: repository as unknown as { metadata: { name: string }; spec: { type: string; url: string } },
    release: release as unknown as HelmRelease, // What is made is what the API takes.
  }))

describe("charts of a Fleet's rollout plugin", () => {
  it("bring Serin's agent of this version, with values of the Fleet over its own", () => {
    const [engine, ...others] = specOf({ trafficRoutingProvider: 'istio', extraArgs: { agent: { replicas: 2 } } })
    assert.deepEqual(others, [])
    assert.equal(engine?.release.metadata.name, 'serin-agent-east')
    assert.deepEqual(engine?.release.metadata.ownerReferences, [owner])
    assert.equal(engine?.release.spec.chart?.spec.version, '1.2.3')
    assert.equal(engine?.release.spec.targetNamespace, 'istio-system')
    assert.deepEqual(engine?.release.spec.kubeConfig, { secretRef: { name: 'east-config', key: 'value' } })
    assert.deepEqual(engine?.release.spec.values, {
      manager: { enabled: false },
      crds: { serin: false, flux: false, flagger: true },
      agent: { enabled: true, meshProvider: 'istio', clusterName: 'east', replicas: 2 },
    })
  })

  it('bring the shared load tester under the name that rollouts call', () => {
    const components = specOf({ trafficRoutingProvider: 'nginx', publicTestloader: true })
    const [, loader] = components
    assert.equal(loader?.release.metadata.name, 'testloader-east')
    assert.equal(loader?.release.spec.targetNamespace, 'ingress-nginx')
  })

  it('bring the chart that the Fleet names, with what it leaves out as in Kurator', () => {
    const [engine] = specOf({
      trafficRoutingProvider: 'istio',
      chart: { name: 'flagger' },
      extraArgs: { logLevel: 'debug' },
    })
    assert.equal(engine?.component, 'flagger')
    assert.deepEqual(engine?.repository.spec, { type: 'oci', interval: '5m0s', url: 'oci://ghcr.io/fluxcd/charts' })
    assert.equal(engine?.release.spec.chart?.spec.version, '1.x')
    assert.deepEqual(engine?.release.spec.values, { nodeSelector: { 'kubernetes.io/os': 'linux' }, logLevel: 'debug' })
  })
})

describe('what a Fleet says of an engine', () => {
  const release = (
    status: 'True' | 'False' | 'Unknown',
    generations: readonly [number, number],
    reason: string,
    message: string,
  ) =>
    ({
      metadata: { generation: generations[0] },
      status: { observedGeneration: generations[1], conditions: [{ type: 'Ready', status, reason, message }] },
    }) as unknown as HelmRelease // As much of it as is read.
  const cases = [
    {
      name: 'ready when its release is',
      live: release('True', [2, 2], 'InstallSucceeded', 'ok'),
      want: { ready: true },
    },
    {
      name: 'not ready while the release is of an older wish',
      live: release('True', [3, 2], 'InstallSucceeded', 'ok'),
      want: { ready: false, reason: 'Installing', message: 'ok' },
    },
    {
      name: 'the reason of a failure, and whose it is',
      live: release('False', [2, 2], 'InstallFailed', 'no quota'),
      want: { ready: false, reason: 'InstallFailed', message: 'no quota' },
    },
    {
      name: 'that nothing has happened yet',
      live: undefined,
      want: { ready: false, reason: 'Installing', message: 'waits to be installed' },
    },
  ] as const
  for (const { name, live, want } of cases) {
    it(name, () => {
      const plugins = [{ name: 'serin-agent', ...want }]
      const whose = 'message' in want ? { message: `plugin serin-agent: ${want.message}` } : {}
      assert.deepEqual(stateOf([{ component: 'serin-agent', ...(live ? { live } : {}) }]), {
        engine: 'agent',
        ...want,
        ...whose,
        plugins,
      })
    })
  }

  it('each plugin for itself, and as a whole the first that is not ready', () => {
    const state = stateOf([
      { component: 'serin-agent', live: release('True', [1, 1], 'InstallSucceeded', 'ok') },
      { component: 'testloader', live: release('False', [1, 1], 'InstallFailed', 'no quota') },
    ])
    assert.deepEqual(state, {
      engine: 'agent',
      ready: false,
      reason: 'InstallFailed',
      message: 'plugin testloader: no quota',
      plugins: [
        { name: 'serin-agent', ready: true },
        { name: 'testloader', ready: false, reason: 'InstallFailed', message: 'no quota' },
      ],
    })
  })
})

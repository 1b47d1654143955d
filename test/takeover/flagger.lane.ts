// Rollouts handed from the real Flagger to the agent and back, on a real kube-apiserver with Flagger's own definitions.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { trafficKinds } from '../../src/api/all-kinds.ts'
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { Namespace, Service } from '../../src/api/core/core-v1.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../src/api/istio/networking.ts'
import type { KubernetesObject, ResourceType } from '../../src/apimachinery/meta.ts'
import { startAgent } from '../../src/manager/agent.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { eventually } from '../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { type RealControlPlane, startRealControlPlane } from '../support/real-control-plane.ts'
import { startFlagger, upstreamDefinitions } from '../support/real-flagger.ts'
import { applyObject, canary, deployment } from '../support/rollout.ts'
import { followRollout, type RolloutHistory } from '../support/rollout-history.ts'
import { engineDeployment, runDeployments } from '../support/run-deployments.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { newHome, serin } from '../support/serin.ts'
import { simulatePods } from '../support/simulated-pods.ts'

const assets = process.env['FLAGGER_ASSETS'] ?? ''
const engines = 'istio-system'
const patienceMs = 300_000
const names = ['idle', 'rolling', 'failed'] as const
type Name = (typeof names)[number]

describe('Canaries that change hands', { timeout: 1_500_000 }, () => {
  const closers: (() => unknown)[] = []
  let api: RealControlPlane
  let client: Client
  let prometheus: ScriptedPrometheus
  let home: string
  let kubeconfig: string
  const histories = {} as Record<Name, RolloutHistory>
  const flaggerLogs: string[] = []

  before(async () => {
    api = await startRealControlPlane()
    closers.push(() => api.close())
    client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
    closers.push(() => client.close())
    prometheus = await startScriptedPrometheus()
    closers.push(() => prometheus.close())
    const folder = await newHome()
    closers.push(() => folder.remove())
    home = folder.dir
    kubeconfig = path.join(home, 'kubeconfig')
    await writeFile(kubeconfig, api.kubeconfig, { mode: 0o600 })
    await installDefinitions(client, [
      ...definitionsOf(trafficKinds),
      ...(await upstreamDefinitions(assets, 'flagger')),
    ])
    for (const name of [engines, ...names]) await client.create(Namespace, { metadata: { name } })
    for (const name of names) {
      closers.push(await simulatePods(client, 200, name))
      const history = await followRollout(client, name)
      histories[name] = history
      closers.push(() => history.close())
    }
    await client.create(
      Deployment,
      engineDeployment(engines, 'flagger', 'ghcr.io/fluxcd/flagger:1.44.0', ['./flagger', '-mesh-provider=istio'], 1),
    )
    await client.create(
      Deployment,
      engineDeployment(engines, 'serin-agent', 'registry.example/serin:0.1.0', ['serin', 'agent'], 0),
    )
    closers.push(
      await runDeployments(client, engines, {
        async flagger() {
          const flagger = startFlagger({ assets, kubeconfig, metricsServer: prometheus.url })
          return async () => {
            await flagger.stop()
            flaggerLogs.push(flagger.log())
          }
        },
        async 'serin-agent'() {
          const own = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
          const agent = await startAgent({
            client: own,
            clock: systemClock,
            random: Math.random,
            log: silentLogger,
            metricsServer: prometheus.url,
            meshProvider: 'istio',
          })
          return async () => {
            await agent.close()
            await own.close()
          }
        },
      }),
    )
  })
  after(async () => {
    for (const closer of closers.reverse()) await closer()
  })

  const statusOf = async (namespace: Name) => (await client.fetch(Canary, { namespace, name: 'podinfo' })).status
  const inPhase = (name: Name, phase: string) =>
    eventually(`${name} is ${phase}`, () => histories[name].steps.at(-1)?.startsWith(`${phase} `), patienceMs)
  const atWeight = (name: Name, weight: number) =>
    eventually(`${name} is at ${weight}`, () => histories[name].steps.at(-1) === `Progressing ${weight}`, patienceMs)
  const release = (namespace: Name, message: string) =>
    applyObject(client, deployment(namespace, [`--ui-message=${message}`], 0))
  const migrate = (...args: readonly string[]) => serin(home, 'migrate', ...args, '--kubeconfig', kubeconfig)

  it('are begun, moved and refused by Flagger', async () => {
    for (const name of names) {
      await client.create(Deployment, deployment(name, ['--ui-message=first'], 1))
      await client.create(Canary, canary(name, { interval: '10s', stepWeight: 5, maxWeight: 50, threshold: 1 }))
    }
    await Promise.all(names.map(name => inPhase(name, 'Initialized')))
    prometheus.script('failed', { successRate: 50 })
    await Promise.all([release('failed', 'bad'), release('rolling', 'second')])
    await Promise.all([inPhase('failed', 'Failed'), atWeight('rolling', 10)])
    prometheus.script('failed', {})
  })

  it('are described before they change hands, and left alone', async () => {
    const before = await snapshot(client)
    const { code, stdout, stderr } = await migrate('from-flagger')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^1\. Stop Flagger and wait until its pods have gone\.$/m)
    assert.match(stdout, /^ +Deployment istio-system\/flagger: 1 replicas to 0$/m)
    assert.match(stdout, /^ +idle\/podinfo: Initialized: Nothing has changed\.$/m)
    assert.match(stdout, /^ +failed\/podinfo: Failed: Nothing has changed\.$/m)
    assert.match(stdout, /^ +rolling\/podinfo: Progressing at \d+%: /m)
    assert.match(stdout, /Nothing was changed\. Add --yes to do it\./)
    assert.deepEqual(withoutMoving(await snapshot(client)), withoutMoving(before))
  })

  it('go on with the agent where Flagger left them, and nothing restarts', async () => {
    const before = await snapshot(client)
    for (const name of names) histories[name].forget()
    const { code, stderr } = await migrate('from-flagger', '--yes')
    assert.equal(code, 0, stderr)
    await inPhase('rolling', 'Succeeded')
    // Flagger may have taken one more step before it ended; none is taken twice, and the analysis does not begin again.
    const weights = assertTakenOver(histories.rolling)
    assert.equal(weights.at(-1), 50)
    const after = await snapshot(client)
    assert.deepEqual(only(after, ['idle', 'failed']), only(before, ['idle', 'failed']))
    assert.deepEqual(histories.idle.promoted, [])
    assert.equal(histories.rolling.promoted.length, 1)
    assert.deepEqual([(await statusOf('idle'))?.phase, (await statusOf('failed'))?.phase], ['Initialized', 'Failed'])
  })

  it('are described before they go back, with the hashes that Flagger would have written', async () => {
    await release('idle', 'second')
    await atWeight('idle', 10)
    const { code, stdout, stderr } = await migrate('to-flagger')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^ +Deployment istio-system\/serin-agent: 1 replicas to 0$/m)
    assert.match(stdout, /^ +idle\/podinfo: Progressing at \d+%: s1-[0-9a-f]+ becomes [4-9bcdf]+$/m)
    // Flagger wrote these, and the agent had no reason to write them again.
    assert.match(stdout, /^ +rolling\/podinfo: Succeeded: nothing to write$/m)
    assert.match(stdout, /^ +failed\/podinfo: Failed: nothing to write$/m)
  })

  it('go on with Flagger where the agent left them, and nothing restarts', async () => {
    const before = await snapshot(client)
    for (const name of names) histories[name].forget()
    const { code, stderr } = await migrate('to-flagger', '--yes')
    assert.equal(code, 0, stderr)
    await inPhase('idle', 'Succeeded')
    assertTakenOver(histories.idle)
    assert.equal(histories.idle.promoted.length, 1)
    // It has looked at the others all the time, and seen no new revision.
    const after = await snapshot(client)
    assert.deepEqual(pods(only(after, ['rolling', 'failed'])), pods(only(before, ['rolling', 'failed'])))
    assert.ok(!histories.rolling.steps.some(step => step.startsWith('Progressing')), histories.rolling.steps.join('; '))
    assert.ok(!histories.failed.steps.some(step => step.startsWith('Progressing')), histories.failed.steps.join('; '))
  })
})

/** The weights of an analysis that was taken over at 10% or later; fails where one was left out or taken twice. */
function assertTakenOver({ steps }: RolloutHistory): readonly number[] {
  const weights = steps.filter(step => step.startsWith('Progressing')).map(step => Number(step.split(' ')[1]))
  const isNext = (weight: number, at: number) => at === 0 || weight === (weights[at - 1] ?? 0) + 5
  assert.ok(weights.every(isNext) && (weights[0] ?? 0) >= 10, weights.join(', '))
  return weights
}

/** Identity and content of everything that an engine makes or scales. */
interface Seen {
  readonly key: string
  readonly uid: string
  readonly spec: string
}

async function snapshot(client: Client): Promise<readonly Seen[]> {
  const all: Seen[] = []
  for (const type of [Deployment, Service, VirtualService] as readonly ResourceType[]) {
    for (const namespace of names) {
      const { items } = await client.list(type, { namespace })
      for (const object of items as readonly (KubernetesObject & { spec?: unknown })[]) {
        const { name = '', uid = '' } = object.metadata ?? {}
        all.push({ key: `${type.kind} ${namespace}/${name}`, uid, spec: JSON.stringify(object.spec) })
      }
    }
  }
  return all.sort((a, b) => a.key.localeCompare(b.key))
}

const only = (seen: readonly Seen[], wanted: readonly Name[]) =>
  seen.filter(({ key }) => wanted.some(name => key.includes(` ${name}/`)))
const withoutMoving = (seen: readonly Seen[]) => seen.filter(({ key }) => !key.includes(' rolling/'))
const pods = (seen: readonly Seen[]) => seen.filter(({ key }) => key.startsWith('Deployment'))

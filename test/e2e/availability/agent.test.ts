import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Lease } from '../../../src/api/core/coordination-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { newReplicas, type Replica, type Replicas } from '../../support/replicas.ts'
import { applyObject, canary, deployment } from '../../support/rollout.ts'
import { followRollout, type RolloutHistory } from '../../support/rollout-history.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../../support/scripted-prometheus.ts'
import { simulatePods } from '../../support/simulated-pods.ts'
import type { TappedWrite } from '../../support/tapped-api.ts'

const namespace = 'web'
const leaseRef = { namespace: 'kube-system', name: 'flagger-leader-election' }
// Shorter than in production, so that a death costs seconds; long enough for a machine that has other work.
const leaseFlags = ['lease-duration=2s', 'renew-deadline=1600ms', 'retry-period=200ms'].map(
  flag => `--leader-election-${flag}`,
)
const patienceMs = 240_000
const wholeRollout = [0, 20, 40]
  .map(weight => `Progressing ${weight}`)
  .concat('Promoting 40', 'Finalising 0', 'Succeeded 0')

describe('agents that stand in for one another', { timeout: 600_000 }, () => {
  let cluster: TestCluster
  let prometheus: ScriptedPrometheus
  let history: RolloutHistory
  let replicas: Replicas
  let folder: string
  let stopPods: () => Promise<void>
  let onWrite: (write: TappedWrite, replica: Replica) => void = () => {}

  before(async () => {
    cluster = await startTestCluster({ crds: true })
    folder = await mkdtemp(path.join(tmpdir(), 'serin-replicas-'))
    prometheus = await startScriptedPrometheus()
    stopPods = await simulatePods(cluster.client, 100)
    history = await followRollout(cluster.client, namespace)
    await cluster.client.create(Namespace, { metadata: { name: namespace } })
    await cluster.client.create(Namespace, { metadata: { name: 'kube-system' } }).catch(() => {}) // It may be there.
    const args = ['agent', '--enable-leader-election', '--metrics-server', prometheus.url, '--min-interval=500ms']
    replicas = newReplicas({
      api: cluster.api,
      folder,
      args: [...args, ...leaseFlags],
      onWrite: (write, replica) => onWrite(write, replica),
    })
    await Promise.all([replicas.add(), replicas.add()])
  })
  after(async () => {
    await replicas?.close()
    await history?.close()
    await stopPods?.()
    await prometheus?.close()
    await cluster?.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const inPhase = (phase: string) =>
    eventually(`the canary is ${phase}`, () => history.steps.at(-1)?.startsWith(`${phase} `), patienceMs)
  const release = (message: string) =>
    applyObject(cluster.client, deployment(namespace, [`--ui-message=${message}`], 0))
  const isRolloutWrite = ({ path: at }: TappedWrite) => !at.includes('/leases') && !at.includes('/events')
  const holder = async () => (await cluster.client.fetchIfExists(Lease, leaseRef))?.spec?.holderIdentity

  /** What a write is about, so that each kind of it kills one leader. */
  const aboutOf = ({ method, path: at, body }: TappedWrite) => {
    const resource = at.replace(/^.*\/namespaces\/[^/]+\//, '')
    const { phase, canaryWeight } = (JSON.parse(body || '{}') as { status?: Canary['status'] }).status ?? {}
    const weight = /"subset-canary".*?"weight":(\d+)|-canary"[^}]*\}[^}]*?"weight":(\d+)/.exec(body)
    return [method, resource, phase ?? '', canaryWeight ?? weight?.[1] ?? weight?.[2] ?? ''].join(' ').trim()
  }
  const killEachTime = () => {
    const killedAt = new Set<string>()
    onWrite = (write, replica) => {
      const about = aboutOf(write)
      if (!isRolloutWrite(write) || killedAt.has(about)) return
      killedAt.add(about)
      replica.kill('SIGKILL')
    }
    return killedAt
  }

  it('begin a Canary although the leader is killed after each of its writes', async () => {
    const killedAt = killEachTime()
    const created = deployment(namespace, ['--ui-message=first'], 1)
    await cluster.client.create(Deployment, created)
    await cluster.client.create(Canary, canary(namespace, { interval: '1s', stepWeight: 20, maxWeight: 40 }))
    await inPhase('Initialized')
    assert.ok(killedAt.size >= 4, `only ${killedAt.size} leaders were killed: ${[...killedAt].join('; ')}`)
    assert.deepEqual(history.steps, [' 0', 'Initializing 0', 'Initialized 0'])
    assert.equal(history.promoted.length, 1)
  })

  it('promote a revision in the same steps although the leader is killed after each of its writes', async () => {
    history.forget()
    const killedAt = killEachTime()
    await release('second')
    await inPhase('Succeeded')
    assert.ok(killedAt.size >= 6, `only ${killedAt.size} leaders were killed: ${[...killedAt].join('; ')}`)
    assert.deepEqual(history.steps, wholeRollout)
    // A leader that dies between the routes and the status has its step repeated, never passed over.
    for (const [at, weight] of history.weights.entries()) {
      assert.ok(weight - (history.weights[at - 1] ?? 0) <= 20, `weights jumped: ${history.weights.join(', ')}`)
    }
    assert.equal(Math.max(...history.weights), 40)
    assert.equal(history.weights.at(-1), 0)
    assert.equal(history.promoted.length, 1, 'the primary got the revision once')
    assert.match(history.promoted[0] ?? '', /--ui-message=second/)
  })

  it('take a bad revision back although the leader is killed after each of its writes', async () => {
    history.forget()
    prometheus.script(namespace, { successRate: 50 })
    const killedAt = killEachTime()
    await release('bad')
    await inPhase('Failed')
    prometheus.script(namespace, {})
    assert.ok(killedAt.size >= 3, `only ${killedAt.size} leaders were killed: ${[...killedAt].join('; ')}`)
    assert.deepEqual(history.steps, ['Progressing 0', 'Progressing 20', 'Failed 0'])
    assert.equal(history.weights.at(-1), 0)
    assert.deepEqual(history.promoted, [])
  })

  it('go on while the leader is frozen, and stay in step when it wakes up', async () => {
    history.forget()
    let leader: Replica | undefined
    onWrite = (write, replica) => {
      if (isRolloutWrite(write)) leader ??= replica
    }
    await release('third')
    await eventually('the canary has traffic', () => history.steps.includes('Progressing 20'), patienceMs)
    const frozen = leader
    assert.ok(frozen)
    frozen.kill('SIGSTOP')
    await eventually('another has gone on', () => history.steps.includes('Progressing 40'), patienceMs)
    frozen.kill('SIGCONT')
    assert.equal(await frozen.ended, 1)
    await inPhase('Succeeded')
    assert.deepEqual(history.steps, wholeRollout)
  })

  it('hand over at once when the leader is told to end', async () => {
    history.forget()
    let leader: Replica | undefined
    let released = false
    onWrite = (write, replica) => {
      if (isRolloutWrite(write)) leader ??= replica
      if (write.path.includes('/leases') && write.body.includes('"holderIdentity":""')) released = true
    }
    await release('fourth')
    await eventually('the canary has traffic', () => history.steps.includes('Progressing 20'), patienceMs)
    const before = await holder()
    leader?.kill('SIGTERM')
    assert.equal(await leader?.ended, 0)
    assert.ok(released, 'the Lease was given up')
    await eventually('another leads', async () => ![before, ''].includes(await holder()), patienceMs)
    await inPhase('Succeeded')
    assert.equal(history.promoted.length, 1)
  })

  it('tell the truth on their probes, leader or not', async () => {
    await eventually('two run', () => replicas.running().length === 2)
    for (const replica of replicas.running()) {
      const url = await eventually('it serves', () => /"url":"(http:[^"]+)"/.exec(replica.log())?.[1], patienceMs)
      await eventually('it is ready', async () => (await fetch(`${url}/readyz`)).ok, patienceMs)
      assert.equal((await fetch(`${url}/healthz`)).status, 200)
      const ready = await (await fetch(`${url}/readyz?verbose`)).text()
      assert.match(ready, /\[\+\]informers ok/)
      assert.match(await (await fetch(`${url}/healthz?verbose`)).text(), /\[\+\]loops ok/)
    }
  })
})

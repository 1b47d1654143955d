import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import { flaggerRevisionOf } from '../../../src/rollout/revision.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { commandsOf } from '../../support/guide-commands.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { followRollout, type RolloutHistory } from '../../support/rollout-history.ts'
import { engineDeployment, runDeployments } from '../../support/run-deployments.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../../support/scripted-prometheus.ts'
import { newHome, serin } from '../../support/serin.ts'
import { simulatePods } from '../../support/simulated-pods.ts'

const engines = 'istio-system'
const patienceMs = 60_000

describe('serin migrate', { timeout: 300_000 }, () => {
  const closers: (() => unknown)[] = []
  let cluster: TestCluster
  let prometheus: ScriptedPrometheus
  let history: RolloutHistory
  let home: string
  /** Programs that ran, in the order in which they began and ended. */
  const told: string[] = []

  before(async () => {
    cluster = await startTestCluster({ crds: true })
    closers.push(() => cluster.close())
    prometheus = await startScriptedPrometheus()
    closers.push(() => prometheus.close())
    const folder = await newHome()
    closers.push(() => folder.remove())
    home = folder.dir
    await writeFile(path.join(home, 'member.config'), cluster.api.kubeconfig, { mode: 0o600 })
    for (const name of [engines, 'web']) await cluster.client.create(Namespace, { metadata: { name } })
    closers.push(await simulatePods(cluster.client, 50, 'web'))
    history = await followRollout(cluster.client, 'web')
    closers.push(() => history.close())
    // It stands for Flagger: the lane with the real one shows that Flagger goes on from such a status.
    const flagger = async () => {
      told.push('flagger begins')
      return async () => void told.push('flagger ends')
    }
    closers.push(await runDeployments(cluster.client, engines, { flagger, 'serin-agent': agent }))
  })
  after(async () => {
    for (const closer of closers.reverse()) await closer()
  })

  async function agent() {
    told.push('agent begins')
    const running = await startAgent({
      ...quickAgent,
      client: cluster.newClient(),
      metricsServer: prometheus.url,
      minIntervalMs: 200,
    })
    return async () => {
      await running.close()
      told.push('agent ends')
    }
  }

  /** The commands that were run; the program's working directory is the home. */
  const ran: string[] = []
  const migrate = (...args: readonly string[]) => {
    const [way = '', ...flags] = args
    const command = ['migrate', way, '--kubeconfig', 'member.config', ...flags]
    ran.push(`serin ${command.join(' ')}`)
    return serin(home, ...command)
  }
  const scale = (name: string, replicas: number) =>
    cluster.client.patch(Deployment, { namespace: engines, name }, { type: 'merge', body: { spec: { replicas } } })
  const inPhase = (phase: string) =>
    eventually(`the canary is ${phase}`, () => history.steps.at(-1)?.startsWith(`${phase} `), patienceMs)

  it('says that there is nothing to stop or start in an empty cluster', async () => {
    const { code, stdout, stderr } = await migrate('from-flagger')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^1\. Flagger does not run in this cluster: nothing to stop\.$/m)
    assert.match(stdout, /the agent is not installed: install it with these flags/)
  })

  it('gives a cluster to Flagger: the agent ends, the statuses get its hashes, it begins', async () => {
    await cluster.client.create(
      Deployment,
      engineDeployment(
        engines,
        'serin-agent',
        'registry.example/serin:0.1.0',
        ['serin', 'agent', '--mesh-provider=istio'],
        1,
      ),
    )
    await cluster.client.create(
      Deployment,
      engineDeployment(
        engines,
        'flagger',
        'ghcr.io/fluxcd/flagger:1.44.0',
        [
          './flagger',
          '-mesh-provider=istio',
          '-slack-url=https://hooks.example.test/token',
          '-kubeconfig-service-mesh=x',
        ],
        0,
      ),
    )
    const target = await cluster.client.create(Deployment, deployment('web', ['--ui-message=first'], 1))
    await cluster.client.create(Canary, canary('web', { interval: '1s', stepWeight: 20, maxWeight: 40 }))
    await inPhase('Initialized')
    const plan = await migrate('to-flagger')
    assert.equal(plan.code, 0, plan.stderr)
    const flaggers = flaggerRevisionOf({ kind: 'Deployment', template: target.spec.template })
    assert.match(plan.stdout, new RegExp(`^ +web/podinfo: Initialized: s1-[0-9a-f]+ becomes ${flaggers}$`, 'm'))
    assert.deepEqual(told, ['agent begins'])
    const done = await migrate('to-flagger', '--yes')
    assert.equal(done.code, 0, done.stderr)
    assert.deepEqual(told, ['agent begins', 'agent ends', 'flagger begins'])
    const { status } = await cluster.client.fetch(Canary, { namespace: 'web', name: 'podinfo' })
    assert.equal(status?.lastAppliedSpec, flaggers)
    assert.equal(status?.lastPromotedSpec, flaggers)
  })

  it('refuses to take over while a Canary could not be carried out, and changes nothing', async () => {
    await cluster.client.patch(
      Canary,
      { namespace: 'web', name: 'podinfo' },
      { type: 'merge', body: { spec: { provider: 'linkerd' } } },
    )
    const { code, stdout, stderr } = await migrate('from-flagger', '--yes')
    assert.equal(code, 1)
    assert.match(stdout, /web\/podinfo would not be carried out: .*linkerd/)
    assert.match(stderr, /nothing was changed/)
    assert.equal(told.at(-1), 'flagger begins')
    await cluster.client.patch(
      Canary,
      { namespace: 'web', name: 'podinfo' },
      { type: 'merge', body: { spec: { provider: null } } },
    )
  })

  it('takes a cluster over from Flagger: the same analysis goes on, nothing begins anew', async () => {
    history.forget()
    const { code, stdout, stderr } = await migrate('from-flagger', '--yes')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^ +web\/podinfo: Initialized: Nothing has changed\.$/m)
    assert.match(
      stdout,
      /serin agent --mesh-provider=istio --slack-url=\(as Flagger has it\) --refuse-cross-namespace-refs=false$/m,
    )
    assert.match(stdout, /the agent has nothing for -kubeconfig-service-mesh$/m)
    assert.ok(!stdout.includes('hooks.example.test'), 'a plan shows no secrets')
    assert.deepEqual(told.slice(3), ['flagger ends', 'agent begins'])
    await cluster.client.apply(Deployment, deployment('web', ['--ui-message=second'], 0), {
      fieldManager: 'kubectl',
      force: true,
    })
    await inPhase('Succeeded')
    assert.equal(history.promoted.length, 1)
  })

  it('does not start a second engine where the agent runs already', async () => {
    await scale('flagger', 1)
    await eventually('Flagger runs', () => told.at(-1) === 'flagger begins')
    const { code, stdout } = await migrate('from-flagger', '--yes')
    assert.equal(code, 1)
    assert.match(stdout, /the agent istio-system\/serin-agent runs already/)
  })

  it('has run every command of the guide about members', () => {
    const commands = commandsOf('migrate', 'serin migrate').filter(command => command.includes('member.config'))
    assert.ok(commands.length >= 4)
    assert.deepEqual(
      commands.filter(command => !ran.includes(command)),
      [],
    )
  })

  it('refuses a way that it does not know, and flags that contradict', async () => {
    const unknown = await migrate('from-argo')
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /must be one of from-flagger, to-flagger, from-kurator/)
    const both = await migrate('to-flagger', '--yes', '--dry-run')
    assert.equal(both.code, 2)
    assert.match(both.stderr, /--yes and --dry-run contradict/)
  })
})

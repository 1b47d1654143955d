import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { trafficKinds } from '../../src/api/all-kinds.ts'
import { Application } from '../../src/api/apps/v1alpha1.ts'
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { Secret } from '../../src/api/core/core-v1.ts'
import { Canary, type CanaryPhase } from '../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../src/api/istio/networking.ts'
import type { Json } from '../../src/apimachinery/meta.ts'
import { toYaml } from '../../src/apimachinery/yaml.ts'
import { demoApplication, workload } from '../../src/cli/demo/application.ts'
import { type DemoRepository, newDemoRepository } from '../../src/cli/demo/repository.ts'
import { type GitServer, startGitServer } from '../../src/playground/git/server.ts'
import { bundledTool } from '../../src/runtime/bundled-tools.ts'
import { ApiError } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { eventually } from '../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts'
import { blocksOf, follow } from './page.ts'
import { type RealCluster, startRealCluster } from './real-cluster.ts'

const root = path.join(import.meta.dirname, '..', '..')
// A real control plane on a shared machine takes its time.
const withinMs = 180_000
const canaryRef = { namespace: workload.namespace, name: workload.name }

describe('docs/install.md, followed on real API servers', { timeout: 900_000 }, () => {
  const stop = new AbortController()
  let folder: string
  let clusters: readonly Promise<RealCluster>[] = []
  let host: RealCluster
  let member: RealCluster
  let git: GitServer
  let repository: DemoRepository
  let prometheus: ScriptedPrometheus
  let loaders: ScriptedServer
  let env: NodeJS.ProcessEnv

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-install-'))
    const starting = [startRealCluster({ network: 71 }), startRealCluster({ network: 72 })] as const
    clusters = starting
    ;[host, member] = await Promise.all(starting)
    git = await startGitServer({ folder: path.join(folder, 'git'), clock: systemClock, log: silentLogger })
    prometheus = await startScriptedPrometheus()
    // What webhooks call, were there a network between pods.
    loaders = await startScriptedServer((_, response) => void response.writeHead(200).end('OK'))
    member.node.lead('prometheus.istio-system:9090', new URL(prometheus.url).host)
    member.node.lead('*:80', new URL(loaders.url).host)
    // Istio is the member's own, as the guide expects.
    await installDefinitions(member.client, definitionsOf(trafficKinds))
    const worktree = path.join(folder, 'worktree')
    await mkdir(worktree)
    repository = await newDemoRepository({ folder: worktree, server: git.url, env: process.env, signal: stop.signal })
    await repository.release({ tag: '6.5.0' })
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    for (const tool of ['kubectl', 'helm'] as const) await symlink(await bundledTool(tool), path.join(bin, tool))
    await symlink(path.join(root, 'deploy'), path.join(folder, 'deploy'))
    await writeFile(path.join(folder, 'member1.config'), member.plane.kubeconfig)
    const application = demoApplication(repository, 'quickstart') as unknown as Json
    await writeFile(path.join(folder, 'application.yaml'), toYaml(application))
    env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, KUBECONFIG: host.kubeconfigFile, HOME: folder }
  })
  after(async () => {
    stop.abort()
    // Also the one that started where the other one did not.
    await Promise.allSettled(clusters.map(async cluster => (await cluster).close()))
    await Promise.all([git, prometheus, loaders].map(server => server?.close()))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const phase = (wanted: CanaryPhase, tag?: string) =>
    eventually(
      `the canary is ${wanted}`,
      async () => {
        const { status } = await member.client.fetch(Canary, canaryRef)
        if (status?.phase !== wanted) return undefined
        const target = await member.client.fetch(Deployment, canaryRef)
        return tag === undefined || target.spec.template.spec?.containers[0]?.image?.endsWith(`:${tag}`) || undefined
      },
      withinMs,
    ).catch(error => {
      throw new Error(`${error}\n${member.node.log().slice(-3_000)}\n${host.node.log().slice(-3_000)}`)
    })
  const primaryImage = async () =>
    (await member.client.fetch(Deployment, { ...canaryRef, name: 'backend-primary' })).spec.template.spec?.containers[0]
      ?.image
  const weights = async () =>
    (await member.client.fetch(VirtualService, canaryRef)).spec.http?.[0]?.route?.map(({ weight }) => weight)

  /** What has to hold once a section's commands have run. */
  const checks: Readonly<Record<string, () => Promise<void>>> = {
    'The host': async () => {
      const secrets = await host.client.list(Secret, { namespace: 'serin-system' })
      assert.ok(secrets.items.some(({ metadata }) => metadata?.name === 'serin-webhook-certificate'))
      // The API asks the manager, through the Service, with the certificate that the manager made.
      const wrong = demoApplication(repository, 'quickstart')
      const other = { ...wrong, spec: { ...wrong.spec, destination: { fleet: 'another' } } }
      const refused = await host.client.create(Application, other).catch((error: unknown) => error)
      assert.ok(refused instanceof ApiError, String(refused))
      assert.match(
        refused.message,
        /admission webhook .* denied the request: .*must be same as application.spec.destination.fleet:another/,
      )
    },
    Members: async () => {
      const { items } = await member.client.list(Deployment, { namespace: 'istio-system' })
      const names = items.map(({ metadata }) => metadata?.name).sort()
      assert.deepEqual(names, ['istio-system-serin-agent-member1-agent', 'istio-system-testloader-member1-loadtester'])
    },
    'An Application': async () => {
      prometheus.script(workload.namespace, { successRate: 100 })
      await repository.release({ tag: '6.5.1' })
      await phase('Progressing')
      await phase('Succeeded', '6.5.1')
      assert.match((await primaryImage()) ?? '', /:6\.5\.1$/)
      assert.deepEqual(await weights(), [100, 0])
      prometheus.script(workload.namespace, { successRate: 70 })
      await repository.release({ tag: '6.5.2' })
      await phase('Failed', '6.5.2')
      assert.match((await primaryImage()) ?? '', /:6\.5\.1$/)
      assert.deepEqual(await weights(), [100, 0])
      await eventually(
        'the Application shows it',
        async () => {
          const { status } = await host.client.fetch(Application, { namespace: 'default', name: 'rollout-demo' })
          return JSON.stringify(status).includes('"phase":"Failed"')
        },
        withinMs,
      )
    },
    Uninstall: async () => {
      const { items } = await member.client.list(Canary)
      assert.deepEqual(items, [])
      const left = await member.client.list(Deployment, { namespace: 'istio-system' })
      assert.deepEqual(
        left.items.map(({ metadata }) => metadata?.name),
        [],
      )
    },
  }

  const blocks = blocksOf(path.join(root, 'docs/install.md'))
  let refused: readonly string[] = []
  for (const [at, block] of blocks.entries()) {
    it(`${block.section}: ${block.commands.split('\n')[0]}`, async () => {
      await follow(block, { cwd: folder, env }).catch(error => {
        throw new Error(
          `${error.message}\nhost: ${host.node.log().slice(-4_000)}\nmember: ${member.node.log().slice(-4_000)}`,
        )
      })
      // An uninstallation takes the roles before the programs have ended: the host's with helm, a member's with the Fleet.
      // What the API gave at another time, it only refuses because of that, or because it has not yet heard of the role.
      if (!block.commands.startsWith('helm uninstall')) {
        const given = new Set([host, member].flatMap(cluster => callsOf(cluster, code => code < 400)))
        refused = [host, member]
          .flatMap(cluster => callsOf(cluster, code => code === 403))
          .filter(call => !given.has(call))
      }
      const isLast = blocks[at + 1]?.section !== block.section
      if (isLast) await checks[block.section]?.()
    })
  }

  it('needed no right that the chart does not give', () => {
    assert.deepEqual(refused, [])
  })

  it('is held to every section that says more than its commands', async () => {
    const sections = new Set(blocks.map(({ section }) => section))
    assert.deepEqual(
      Object.keys(checks).filter(section => !sections.has(section)),
      [],
    )
    assert.ok((await readFile(path.join(root, 'docs/install.md'), 'utf8')).includes('test:real'))
  })
})

/** What Serin's accounts asked of the API until now and got such an answer to. */
function callsOf(cluster: RealCluster, isMeant: (code: number) => boolean): readonly string[] {
  const asked = cluster.asked().filter(({ code }) => isMeant(code))
  return [...new Set(asked.map(({ user, verb, group, resource }) => `${user} ${verb} ${resource}.${group}`))]
}

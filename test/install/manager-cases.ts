/** What a manager does, so that every right of its role is used. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { hostKinds, rolloutKinds } from '../../src/api/all-kinds.ts'
import { Application } from '../../src/api/apps/v1alpha1.ts'
import { Cluster } from '../../src/api/cluster/v1alpha1.ts'
import {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../src/api/core/admissionregistration-v1.ts'
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { ConfigMap, Namespace, Secret, Service } from '../../src/api/core/core-v1.ts'
import { Ingress } from '../../src/api/core/networking-v1.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../src/api/fleet/v1alpha1.ts'
import { HelmRelease } from '../../src/api/helm/v2.ts'
import { Kustomization } from '../../src/api/kustomize/v1.ts'
import { GitRepository, OCIRepository } from '../../src/api/source/v1.ts'
import type { Json, KubernetesObject, ResourceType } from '../../src/apimachinery/meta.ts'
import { newChartEngines } from '../../src/manager/engines/chart-engines.ts'
import { loadOwnChart, type OwnChart } from '../../src/manager/engines/own-chart.ts'
import { startHost } from '../../src/manager/host.ts'
import { startGitServer } from '../../src/playground/git/server.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { attachMember, newTestClusters } from '../support/clusters.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/free-ports.ts'
import { applicationOnHost, webRollout, webService } from '../support/host-rollouts.ts'
import { definitionsOf, installDefinitions, openDefinition } from '../support/kinds.ts'
import { startTestRegistry } from '../support/oci-registry.ts'
import { type Access, accessNamespace } from './access.ts'
import type { RealCluster } from './real-cluster.ts'
import type { RoleCase } from './role.ts'

/** What the cases work with: the host's own cluster is the member too, as its administrator. */
export interface HostEnv {
  readonly client: Client
  readonly memberKubeconfig: string
  readonly folder: string
  /** Of a repository whose folder `deploy` makes a ConfigMap, and whose folder `chart` is a chart. */
  readonly gitUrl: string
  /** Of an artifact that makes a ConfigMap. */
  readonly ociUrl: string
  /** A chart that makes a ConfigMap, which the manager serves, and where. */
  readonly chart: OwnChart
  readonly port: number
  close(): Promise<void>
}

const withinMs = 90_000
const run = promisify(execFile)
const shared = { clock: systemClock, random: Math.random, log: silentLogger }
const webhookName = 'serin-webhook'
const webhookSecret = { namespace: accessNamespace, name: `${webhookName}-certificate` }

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: delivered}\ndata: {a: b}\n'
const chartFiles = {
  'Chart.yaml': 'apiVersion: v2\nname: little\nversion: 1.0.0\n',
  'values.yaml': 'color: red\n',
  'templates/cm.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: released}\ndata: {color: "{{ .Values.color }}"}\n',
}

/** Kurator's Cluster, of which a manager reads the status. */
const clusters = openDefinition('cluster.kurator.dev', 'Cluster')

/** Kinds, sources and the chart's webhook configurations. */
export async function prepareHost({ client, plane }: RealCluster): Promise<HostEnv> {
  await installDefinitions(client, [...definitionsOf([...hostKinds, ...rolloutKinds]), clusters])
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-role-'))
  const git = await startGitServer({ folder: path.join(folder, 'bare'), ...shared })
  const work = path.join(folder, 'work')
  const files = { 'deploy/cm.yaml': configMap, ...within('chart', chartFiles) }
  await writeFiles(work, files)
  await commit(work, `${git.url}/delivered.git`)
  await writeFiles(path.join(folder, 'chart'), chartFiles)
  const registry = await startTestRegistry()
  const mediaType = 'application/vnd.cncf.flux.content.v1.tar+gzip'
  registry.push('team/delivered', 'latest', [{ mediaType, content: await archive({ 'deploy/cm.yaml': configMap }) }])
  const rule = { apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] }
  const webhook = {
    name: 'none.example.org',
    clientConfig: { service: { namespace: accessNamespace, name: webhookName } },
    rules: [rule],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  } as const
  for (const type of [ValidatingWebhookConfiguration, MutatingWebhookConfiguration] as readonly ResourceType[]) {
    await client.create(type, { metadata: { name: webhookName }, webhooks: [webhook] } as KubernetesObject)
  }
  const [port = 0] = await freePorts(1)
  return {
    client,
    memberKubeconfig: plane.kubeconfig,
    folder,
    gitUrl: `${git.url}/delivered.git`,
    ociUrl: `oci://${registry.host}/team/delivered`,
    chart: await loadOwnChart(path.join(folder, 'chart')),
    port,
    async close() {
      await git.close()
      await registry.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Starts a manager as the chart does: engines by a chart, admission with a certificate of its own, one of several. */
export async function startManagerAs(
  { folder, chart, port }: HostEnv,
  access: Access,
  identity: string,
): Promise<{ close(): Promise<void> }> {
  const client = access.newClient()
  const remote = newTestClusters()
  const charts = { ...chart, url: `http://127.0.0.1:${port}/charts` }
  const certificate = {
    namespace: accessNamespace,
    serviceName: webhookName,
    secretName: webhookSecret.name,
    configurationName: webhookName,
  }
  const host = await startHost({
    ...shared,
    client,
    clusters: remote,
    engines: newChartEngines({ client, chart: charts }),
    routes: chart.answer,
    artifactsFolder: path.join(folder, identity),
    webhook: { host: '127.0.0.1', port: 0, certificate, rules: { noCrossNamespaceRefs: true } },
    http: { port },
    leaderElection: { namespace: accessNamespace, identity },
  })
  return {
    async close() {
      await host.close().catch(() => {})
      await remote.close()
      await client.close()
    },
  }
}

/** All of them. */
export const managerCases: readonly RoleCase<HostEnv>[] = [
  {
    name: "the webhook's certificate is made, shown to the API, and renewed",
    async run({ client }) {
      const isWhole = () =>
        eventually(
          'the certificate is there, and the API knows who signed it',
          async () => {
            const { data } = (await client.fetchIfExists(Secret, webhookSecret)) ?? {}
            const { webhooks } = await client.fetch(ValidatingWebhookConfiguration, { name: webhookName })
            const mutating = await client.fetch(MutatingWebhookConfiguration, { name: webhookName })
            return (
              data?.['tls.crt'] !== undefined &&
              [webhooks, mutating.webhooks].every(all => all?.[0]?.clientConfig.caBundle !== undefined)
            )
          },
          withinMs,
        )
      await client.delete(Secret, webhookSecret).catch(() => {}) // Where an earlier one was.
      await isWhole()
      const unusable = Buffer.from('none').toString('base64')
      await client.patch(Secret, webhookSecret, { type: 'merge', body: { data: { 'tls.crt': unusable } } })
      await eventually(
        'there is another one',
        async () => (await client.fetch(Secret, webhookSecret)).data?.['tls.crt'] !== unusable,
        withinMs,
      )
      await isWhole()
    },
  },
  {
    name: 'an Application from Git comes to the members of a Fleet, and goes',
    async run(env, ns) {
      await makeFleet(env, ns)
      const policy = { kustomization: kustomization(ns) }
      await deliver(env, ns, { gitRepository: { url: env.gitUrl, interval: '1m', ref: { branch: 'main' } } }, policy)
    },
  },
  {
    name: 'an Application from an OCI registry comes to them, and goes',
    async run(env, ns) {
      await makeFleet(env, ns)
      const policy = { kustomization: kustomization(ns) }
      await deliver(env, ns, { ociRepository: { url: env.ociUrl, interval: '1m' } }, policy)
    },
  },
  {
    name: 'a chart with values from a ConfigMap comes to them, and goes',
    async run(env, ns) {
      await makeFleet(env, ns)
      await env.client.create(ConfigMap, {
        metadata: { name: 'values', namespace: ns },
        data: { 'values.yaml': 'color: blue' },
      })
      const policy = { helm: { ...helm(ns), valuesFrom: [{ kind: 'ConfigMap', name: 'values' }] } }
      const url = `http://127.0.0.1:${env.port}/charts`
      await deliver(env, ns, { helmRepository: { url, interval: '1m' } }, policy, 'released')
    },
  },
  {
    name: 'an Application turns from Git to an OCI registry, then to charts, and lets go of what it needs no more',
    async run(env, ns) {
      const { client } = env
      await makeFleet(env, ns)
      const gitRepository = { url: env.gitUrl, interval: '1m', ref: { branch: 'main' } }
      const destination = { fleet: 'fleet' }
      const ref = { name: 'turning', namespace: ns }
      await client.create(Application, {
        apiVersion: 'apps.kurator.dev/v1alpha1',
        kind: 'Application',
        metadata: ref,
        spec: { source: { gitRepository }, syncPolicies: [{ destination, kustomization: kustomization(ns) }] },
      } as Application)
      const count = async (type: ResourceType) => (await client.list(type, { namespace: ns })).items.length
      const has = (type: ResourceType, wanted: number) =>
        eventually(`${wanted} of ${type.kind}`, async () => (await count(type)) === wanted, withinMs)
      await has(GitRepository, 1)
      await has(Kustomization, 1)
      const ociRepository = { url: env.ociUrl, interval: '1m' }
      const turn = (source: Json, policy: Json) =>
        client.patch(Application, ref, { type: 'merge', body: { spec: { source, syncPolicies: [policy] } } })
      await turn({ gitRepository: null, ociRepository }, { destination, kustomization: kustomization(ns) })
      await has(OCIRepository, 1)
      await has(GitRepository, 0)
      const helmRepository = { url: `http://127.0.0.1:${env.port}/charts`, interval: '1m' }
      await turn({ ociRepository: null, helmRepository }, { destination, helm: helm(ns) })
      await has(HelmRelease, 1)
      await has(OCIRepository, 0)
      await has(Kustomization, 0)
      await client.delete(Application, ref)
      await eventually('it is gone', async () => !(await client.fetchIfExists(Application, ref)), withinMs)
    },
  },
  {
    name: 'a Fleet brings its members their engine, and takes it back',
    async run(env, ns) {
      const fleet = await makeFleet(env, ns, { flagger: { trafficRoutingProvider: 'istio' } })
      const releases = async () => (await env.client.list(HelmRelease, { namespace: ns })).items
      await eventually(
        'the Fleet says what became of it',
        async () => {
          const { status } = await env.client.fetch(Fleet, fleet)
          // Helm finds the little chart in place of the agent's, and installs it all the same.
          return status?.members?.[0]?.plugins?.some(({ name, ready }) => name === 'serin-agent' && ready)
        },
        withinMs,
      )
      await env.client.delete(Fleet, fleet)
      await eventually('the releases are gone', async () => (await releases()).length === 0, withinMs)
    },
  },
  {
    name: 'a Fleet has a Cluster of Kurator for a member',
    async run({ client }, ns) {
      await client.create(Cluster, {
        metadata: { name: 'provisioned', namespace: ns },
        status: { phase: 'Provisioning' },
      })
      const fleet = {
        apiVersion: 'fleet.kurator.dev/v1alpha1',
        kind: 'Fleet',
        metadata: { name: 'fleet', namespace: ns },
        spec: { clusters: [{ kind: 'Cluster', name: 'provisioned' }] },
      } as const
      await client.create(Fleet, fleet)
      await eventually(
        'its status says so',
        async () => JSON.stringify((await client.fetch(Fleet, fleet.metadata)).status ?? {}).includes('Provisioning'),
        withinMs,
      )
    },
  },
  { name: 'rollouts on the host itself come and go', run: rollOutOnHost },
]

const kustomization = (ns: string) => ({ interval: '1m', path: './deploy', prune: true, targetNamespace: ns })
const helm = (ns: string) => ({
  interval: '1m',
  targetNamespace: ns,
  chart: { spec: { chart: 'little', version: '1.0.0' } },
})

async function makeFleet(
  { client, memberKubeconfig }: HostEnv,
  ns: string,
  plugin?: NonNullable<Fleet['spec']>['plugin'],
): Promise<{ readonly namespace: string; readonly name: string }> {
  await attachMember(client, { name: 'member', namespace: ns }, memberKubeconfig)
  const ref = { name: 'fleet', namespace: ns }
  await client.create(Fleet, {
    apiVersion: 'fleet.kurator.dev/v1alpha1',
    kind: 'Fleet',
    metadata: ref,
    spec: { clusters: [{ kind: 'AttachedCluster', name: 'member' }], ...(plugin ? { plugin } : {}) },
  })
  return ref
}

/** Makes an Application, waits for what it brings, and lets it go. */
async function deliver(
  { client }: HostEnv,
  ns: string,
  source: Application['spec']['source'],
  policy: object,
  brings = 'delivered',
): Promise<void> {
  const ref = { name: 'delivery', namespace: ns }
  await client.create(Application, {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata: ref,
    spec: { source, syncPolicies: [{ destination: { fleet: 'fleet' }, ...policy }] },
  } as Application)
  const delivered = () => client.fetchIfExists(ConfigMap, { namespace: ns, name: brings })
  await eventually(`${brings} is there`, delivered, withinMs).catch(async error => {
    throw new Error(`${error}\n${JSON.stringify((await client.fetch(Application, ref)).status)}`)
  })
  await client.delete(Application, ref)
  await eventually(`${brings} is gone`, async () => !(await delivered()), withinMs)
  await eventually('the Application is gone', async () => !(await client.fetchIfExists(Application, ref)), withinMs)
}

async function rollOutOnHost({ client }: HostEnv, ns: string): Promise<void> {
  const { rolloutPolicy: measured } = await webRollout('canaryWithCustomMetric.yaml', ns)
  const [marked, made, nginx] = [`${ns}-marked`, `${ns}-made`, `${ns}-nginx`]
  const onNginx = await webRollout('canary.yaml', nginx, { trafficRoutingProvider: 'nginx' })
  const trafficRouting = { host: 'web.example.com', analysisTimes: 3 }
  const rollouts = [
    await webRollout('canary.yaml', marked),
    await webRollout('canary.yaml', made, { rolloutPolicy: measured }),
    { ...onNginx, rolloutPolicy: { ...onNginx.rolloutPolicy, trafficRouting } },
  ]
  for (const name of [marked, nginx]) await client.create(Namespace, { metadata: { name } })
  const ref = { namespace: ns, name: 'on-host' }
  await client.create(Application, applicationOnHost(ref, rollouts))
  const isMarked = async (name: string) =>
    (await client.fetchIfExists(Namespace, { name }))?.metadata?.labels?.['istio-injection'] === 'enabled'
  for (const name of [marked, made]) await eventually(`${name} has its mark`, () => isMarked(name), withinMs)
  for (const namespace of [marked, made, nginx]) await client.create(Service, webService(namespace))
  const objects = [
    ...[marked, made, nginx].map(namespace => [Canary, { namespace, name: 'web' }] as const),
    [Deployment, { namespace: made, name: 'web-testloader' }] as const,
    [Service, { namespace: made, name: 'web-testloader' }] as const,
    [Ingress, { namespace: nginx, name: 'web' }] as const,
  ]
  const isThere = async ([type, where]: (typeof objects)[number]) =>
    (await client.fetchIfExists<KubernetesObject>(type, where)) !== undefined
  for (const each of objects)
    await eventually(`${each[1].namespace} has its ${each[0].kind}`, () => isThere(each), withinMs)
  await client.delete(Application, ref)
  for (const each of objects)
    await eventually(`${each[0].kind} of ${each[1].namespace} is gone`, async () => !(await isThere(each)), withinMs)
  await eventually('the Application is gone', async () => !(await client.fetchIfExists(Application, ref)), withinMs)
}

const within = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

async function commit(folder: string, url: string): Promise<void> {
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-C', folder, ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'delivered')
  await git('push', '--quiet', url, 'HEAD:refs/heads/main')
}

async function archive(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}

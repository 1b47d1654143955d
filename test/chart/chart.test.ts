import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { isJsonObject } from '../../src/apimachinery/json.ts'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import { bundledTool, ToolUnavailableError } from '../../src/runtime/bundled-tools.ts'
import { wantedInstallManifest } from '../../tools/generate.ts'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '..', '..')
const chart = path.join(root, 'deploy/charts/serin')
const helm = await bundledTool('helm').catch((error: unknown) => {
  if (error instanceof ToolUnavailableError) return undefined
  throw error
})

interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: unknown
}

async function render(...sets: readonly string[]): Promise<readonly Rendered[]> {
  const args = ['template', 'serin', chart, '--namespace', 'serin-system', ...sets.flatMap(each => ['--set', each])]
  const { stdout } = await run(helm ?? '', args, { maxBuffer: 64 << 20 })
  return parseYamlDocuments(stdout).filter(isJsonObject) as unknown as readonly Rendered[] // helm writes objects
}

const everything = [
  'agent.enabled=true',
  'loadtester.enabled=true',
  'dashboard.enabled=true',
  'agent.replicas=2',
  'serviceMonitor.enabled=true',
]
const named = (objects: readonly Rendered[], kind: string) =>
  objects.filter(object => object.kind === kind).map(({ metadata }) => metadata.name)

describe('the chart', { skip: helm ? false : 'there is no helm for this platform' }, () => {
  let all: readonly Rendered[]
  before(async () => {
    all = await render(...everything)
  })

  it('passes helm lint with its defaults and with everything', async () => {
    await run(helm ?? '', ['lint', '--strict', chart])
    await run(helm ?? '', ['lint', '--strict', chart, '--set', everything.join(',')])
  })

  it('is what deploy/install.yaml was rendered from', async () => {
    assert.equal(readFileSync(path.join(root, 'deploy/install.yaml'), 'utf8'), await wantedInstallManifest(root))
  })

  it('names what is wrong with a value', async () => {
    await assert.rejects(render('manager.engines=nowhere'), /engines/)
    await assert.rejects(render('manager.replica=2'), /replica/)
  })

  it('has a Deployment, a Service and a policy for each program', () => {
    const programs = ['serin-agent', 'serin-dashboard', 'serin-loadtester', 'serin-manager']
    assert.deepEqual(named(all, 'Deployment').sort(), programs)
    assert.deepEqual(named(all, 'NetworkPolicy').sort(), programs)
    assert.deepEqual(named(all, 'PodDisruptionBudget').sort(), ['serin-agent', 'serin-manager'])
    assert.deepEqual(named(all, 'ServiceMonitor').sort(), ['serin-agent', 'serin-loadtester', 'serin-manager'])
  })

  it('runs every pod as the restricted level asks, with a root that nobody can write', () => {
    const pods = all
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => (spec as { template: { spec: JsonObject } }).template.spec)
    assert.equal(pods.length, 4)
    for (const pod of pods) {
      const { runAsNonRoot, seccompProfile } = pod['securityContext'] as JsonObject
      assert.deepEqual(
        { runAsNonRoot, seccompProfile },
        { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      )
      for (const container of pod['containers'] as readonly JsonObject[]) {
        assert.deepEqual(container['securityContext'], {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        assert.ok((container['resources'] as JsonObject)['limits'])
      }
    }
  })

  it('gives manager and agent what is set of their environment, beside their own', async () => {
    const given = ['manager', 'agent'].flatMap(part => [
      `${part}.env[0].name=HTTPS_PROXY`,
      `${part}.env[0].value=http://${part}`,
    ])
    const objects = await render('agent.enabled=true', ...given)
    const environments = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata, spec }) => {
        const [container] = (spec as { template: { spec: { containers: readonly JsonObject[] } } }).template.spec
          .containers
        const env = container?.['env'] as readonly { readonly name: string; readonly value?: string }[]
        return [metadata.name, env.map(({ name, value = '' }) => `${name}=${value}`)] as const
      })
    assert.deepEqual(Object.fromEntries(environments), {
      'serin-agent': ['POD_NAMESPACE=', 'HTTPS_PROXY=http://agent'],
      'serin-manager': ['POD_NAMESPACE=', 'HTTPS_PROXY=http://manager'],
    })
    await assert.rejects(render('agent.env[0].value=nameless'), /name/)
  })

  it('lets the agent read no Secret, unless a namespace or all are opened to it', async () => {
    assert.deepEqual(secretRules(await render('agent.enabled=true', 'manager.enabled=false')), [])
    const some = await render('agent.enabled=true', 'manager.enabled=false', 'agent.secrets.namespaces={shop,web}')
    assert.deepEqual(secretRules(some), ['Role shop', 'Role web'])
    const every = await render('agent.enabled=true', 'manager.enabled=false', 'agent.secrets.clusterWide=true')
    assert.deepEqual(secretRules(every), ['ClusterRole '])
  })

  it('lets the manager roll out on the host itself only where it may bring workloads there', async () => {
    const writesCanaries = (objects: readonly Rendered[]) =>
      objects
        .filter(({ kind, rules }) => kind === 'ClusterRole' && JSON.stringify(rules).includes('"canaries"'))
        .map(({ metadata }) => metadata.name)
    assert.deepEqual(writesCanaries(await render()), [])
    const objects = await render('manager.hostClusterRole=edit')
    const [role] = writesCanaries(objects)
    assert.equal(role, 'serin-system-serin-manager-host-rollouts')
    const roles = objects
      .filter(({ kind }) => kind === 'ClusterRoleBinding')
      .map(({ roleRef }) => (roleRef as { name: string }).name)
    assert.ok(roles.includes('edit') && roles.includes(role))
  })

  it('gives an agent of one namespace a role in it and none of the whole cluster', async () => {
    const objects = await render('agent.enabled=true', 'manager.enabled=false', 'agent.watchNamespace=shop')
    assert.deepEqual(named(objects, 'ClusterRole'), [])
    assert.deepEqual(secretRules(objects), ['Role shop'])
  })

  it('leaves out the definitions that somebody else has brought', async () => {
    const groups = async (...sets: readonly string[]) =>
      [
        ...new Set(
          named(await render(...sets), 'CustomResourceDefinition').map(name => name.split('.').slice(1).join('.')),
        ),
      ].sort()
    assert.deepEqual(await groups('crds.flux=false', 'crds.flagger=false'), [
      'apps.kurator.dev',
      'cluster.kurator.dev',
      'fleet.kurator.dev',
    ])
    assert.deepEqual(await groups('crds.serin=false', 'crds.flux=false'), ['flagger.app'])
  })

  it('keeps the definitions, and what was made of them, when the release goes', () => {
    const definitions = all.filter(({ kind }) => kind === 'CustomResourceDefinition')
    assert.equal(definitions.length, 12)
    for (const { metadata } of definitions) {
      assert.equal(
        (metadata as { annotations?: Record<string, string> }).annotations?.['helm.sh/resource-policy'],
        'keep',
      )
    }
  })

  it('asks cert-manager for the certificate where it is told to, and needs no right to make one then', async () => {
    const objects = await render('webhook.certificates=cert-manager')
    assert.deepEqual(named(objects, 'Certificate'), ['serin-webhook'])
    assert.ok(!named(objects, 'ClusterRole').some(name => name.endsWith('-webhook')))
    assert.match(JSON.stringify(objects.find(({ kind }) => kind === 'Deployment')), /--webhook-cert-dir=\/certificate/)
  })

  it('tells the dashboard of members, of their Prometheus, and of the traffic provider that Canaries mean there', async () => {
    const objects = await render(
      'dashboard.enabled=true',
      'dashboard.members[0].name=east',
      'dashboard.members[0].secret=east-kubeconfig',
      'dashboard.prometheus[0].cluster=east',
      'dashboard.prometheus[0].url=http://prometheus.east:9090',
      'dashboard.meshProviders[0].cluster=east',
      'dashboard.meshProviders[0].provider=nginx',
      'dashboard.meshProviders[1].cluster=host',
      'dashboard.meshProviders[1].provider=kuma',
    )
    const [pod] = objects
      .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'serin-dashboard')
      .map(({ spec }) => (spec as { template: { spec: { containers: readonly JsonObject[] } } }).template.spec)
    assert.deepEqual(pod?.containers[0]?.['args'], [
      'dashboard',
      '--in-cluster',
      '--port=8080',
      '--member=east=/members/east/value',
      '--prometheus=east=http://prometheus.east:9090',
      '--mesh-provider=east=nginx',
      '--mesh-provider=host=kuma',
    ])
  })

  it('reviews Applications at the paths of Kurator', () => {
    const paths = all
      .filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
      .flatMap(({ webhooks }) =>
        (webhooks as readonly { clientConfig: { service: { path: string } } }[]).map(
          each => each.clientConfig.service.path,
        ),
      )
    assert.ok(paths.includes('/mutate-apps-kurator-dev-v1alpha1-application'))
    assert.ok(paths.includes('/validate-apps-kurator-dev-v1alpha1-application'))
    assert.ok(paths.includes('/validate-flagger-app-v1beta1-canary'))
  })

  it('keeps names within what the API takes, whatever the release is called', async () => {
    const long = 'istio-system-serin-agent-a-member-with-a-long-name-in-a-fleet'.slice(0, 53)
    const args = ['template', long, chart, '--namespace', 'istio-system', '--set', everything.join(',')]
    const { stdout } = await run(helm ?? '', args, { maxBuffer: 64 << 20 })
    const objects = parseYamlDocuments(stdout).filter(isJsonObject) as unknown as readonly Rendered[]
    for (const name of [...named(objects, 'Service'), ...named(objects, 'Deployment')]) {
      assert.match(name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
    }
  })
})

/** Where rules about Secrets hold: kind and namespace of the roles. */
function secretRules(objects: readonly Rendered[]): readonly string[] {
  const isAboutSecrets = (rule: Json) => JSON.stringify(rule).includes('"secrets"')
  return objects
    .filter(({ kind, rules }) => /^(Cluster)?Role$/.test(kind) && (rules as readonly Json[]).some(isAboutSecrets))
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)
    .sort()
}

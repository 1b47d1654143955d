import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/core/autoscaling-v2.ts'
import { ConfigMap, Namespace, Secret, Service } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { GitRepository } from '../../../src/api/source/v1.ts'
import { findCondition } from '../../../src/apimachinery/conditions.ts'
import { newGitRepositoryController } from '../../../src/controllers/gitrepository/controller.ts'
import { newKustomizationController } from '../../../src/controllers/kustomization/controller.ts'
import type { RemoteClusters } from '../../../src/runtime/remote-clusters.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { createKubeconfig, newTestClusters } from '../../support/clusters.ts'
import { eventually } from '../../support/eventually.ts'
import {
  createGitRepository,
  newNamespace,
  newWorkingCopy,
  requestReconcile,
  type SyncHost,
  startSyncHost,
  untilReady,
  type WorkingCopy,
} from './host.ts'

const deployment = (image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
spec:
${more}  selector:
    matchLabels: {app: backend}
  template:
    metadata:
      labels: {app: backend}
    spec:
      containers:
      - name: backend
        image: ${image}
        ports:
        - containerPort: 9898
`
const service = `apiVersion: v1
kind: Service
metadata:
  name: backend
spec:
  selector: {app: backend}
  ports:
  - {name: http, port: 9898, targetPort: 9898}
  - {name: grpc, port: 9999, targetPort: 9999}
`
const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: backend
spec:
  minReplicas: 1
  maxReplicas: 2
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: backend}
`
const configMap = (name: string, data: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data: ${data}\n`

describe('a Kustomization', () => {
  let host: SyncHost
  let member: TestCluster
  let clusters: RemoteClusters
  const namespace = 'fleet'
  let count = 0

  before(async () => {
    member = await startTestCluster({ crds: true })
    clusters = newTestClusters()
    host = await startSyncHost({
      controllers: deps => [
        newGitRepositoryController(deps),
        newKustomizationController({ ...deps, clusters, dependencyRetryMs: 300 }),
      ],
    })
    await newNamespace(host.client, namespace)
    await createKubeconfig(host.client, { namespace, name: 'member' }, member.api.kubeconfig)
  })
  after(async () => {
    await host.close()
    await clusters.close()
    await member.close()
  })

  /** A source with these files, a Kustomization on it, and a namespace of their own to apply to. */
  async function sync(
    files: Readonly<Record<string, string>>,
    spec: Partial<Kustomization['spec']> = {},
    options: { readonly target?: TestCluster } = {},
  ) {
    const name = `sync-${++count}`
    const work = await newWorkingCopy(host, name)
    const commit = await work.commit('first', files)
    const client = options.target?.client ?? host.client
    await newNamespace(client, name)
    await createGitRepository(host.client, { namespace, name }, { url: work.url })
    await host.client.create(Kustomization, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace, name },
      spec: {
        interval: '10m',
        prune: true,
        sourceRef: { kind: 'GitRepository', name },
        targetNamespace: name,
        ...spec,
      },
    })
    return { name, ref: { namespace, name }, work, commit, client, revision: `master@sha1:${commit}` }
  }
  const ready = (ref: { namespace: string; name: string }, revision?: string) =>
    untilReady(host.client, Kustomization, ref, 'True', ({ status }) =>
      revision === undefined ? true : status?.lastAppliedRevision === revision,
    )
  const failing = (ref: { namespace: string; name: string }, message: RegExp) =>
    untilReady(host.client, Kustomization, ref, 'False', (_, text) => message.test(text))
  async function push(work: WorkingCopy, name: string, files: Readonly<Record<string, string | null>>) {
    const commit = await work.commit('next', files)
    await requestReconcile(host.client, GitRepository, { namespace, name }, commit)
    return `master@sha1:${commit}`
  }

  it('applies what the source holds, and says so as Flux does', async () => {
    const { ref, name, revision, client } = await sync({
      'deploy.yaml': deployment('podinfo:6.0.0'),
      'svc.yaml': service,
      'hpa.yaml': autoscaler,
    })
    const { status } = await ready(ref)
    assert.deepEqual(
      status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
      [['Ready', 'True', 'ReconciliationSucceeded', `Applied revision: ${revision}`]],
    )
    assert.equal(status?.lastAppliedRevision, revision)
    assert.equal(status?.lastAttemptedRevision, revision)
    assert.equal(status?.observedGeneration, 1)
    assert.deepEqual(status?.inventory?.entries, [
      { id: `${name}_backend__Service`, v: 'v1' },
      { id: `${name}_backend_apps_Deployment`, v: 'v1' },
      { id: `${name}_backend_autoscaling_HorizontalPodAutoscaler`, v: 'v2' },
    ])
    const live = await client.fetch(Deployment, { namespace: name, name: 'backend' })
    assert.equal(live.metadata?.labels?.['kustomize.toolkit.fluxcd.io/name'], name)
    assert.equal(live.metadata?.labels?.['kustomize.toolkit.fluxcd.io/namespace'], namespace)
    assert.deepEqual(
      live.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['kustomize-controller', 'Apply']],
    )
    assert.equal(status?.history?.length, 1)
    assert.equal(status?.history?.[0]?.metadata?.['revision'], revision)
  })

  it('applies to a member by the kubeconfig in a Secret, and prunes there', async () => {
    const { ref, name, work, client } = await sync(
      { 'deploy.yaml': deployment('podinfo:6.0.0'), 'hpa.yaml': autoscaler },
      { kubeConfig: { secretRef: { name: 'member' } } },
      { target: member },
    )
    await ready(ref)
    assert.ok(await client.fetch(Deployment, { namespace: name, name: 'backend' }))
    assert.equal(await host.client.fetchIfExists(Deployment, { namespace: name, name: 'backend' }), undefined)
    const revision = await push(work, name, { 'deploy.yaml': deployment('podinfo:6.0.1'), 'hpa.yaml': null })
    const { status } = await ready(ref, revision)
    assert.equal(status?.inventory?.entries.length, 1)
    const live = await client.fetch(Deployment, { namespace: name, name: 'backend' })
    assert.equal(live.spec?.template.spec?.containers[0]?.image, 'podinfo:6.0.1')
    assert.equal(await client.fetchIfExists(HorizontalPodAutoscaler, { namespace: name, name: 'backend' }), undefined)
    await host.client.delete(Kustomization, ref)
    await eventually('it is gone', async () => !(await host.client.fetchIfExists(Kustomization, ref)))
    assert.equal(await client.fetchIfExists(Deployment, { namespace: name, name: 'backend' }), undefined)
  })

  it('writes nothing where nothing has changed, and puts back what was changed', async () => {
    const { ref, name, client } = await sync({ 'svc.yaml': service, 'cm.yaml': configMap('c', '{a: "1"}') })
    const first = await ready(ref)
    const versions = async () =>
      Promise.all([
        client.fetch(Service, { namespace: name, name: 'backend' }),
        client.fetch(ConfigMap, { namespace: name, name: 'c' }),
      ]).then(objects => objects.map(({ metadata }) => metadata?.resourceVersion))
    const before = await versions()
    const again = await requestReconcile(host.client, Kustomization, ref, 'again')
    assert.deepEqual(await versions(), before)
    assert.deepEqual(again.status, { ...first.status, lastHandledReconcileAt: 'again' })
    await client.delete(Service, { namespace: name, name: 'backend' })
    await client.patch(ConfigMap, { namespace: name, name: 'c' }, { type: 'merge', body: { data: { a: '2', b: '3' } } })
    await requestReconcile(host.client, Kustomization, ref, 'drift')
    assert.ok(await client.fetch(Service, { namespace: name, name: 'backend' }))
    const config = await client.fetch(ConfigMap, { namespace: name, name: 'c' })
    assert.deepEqual(config.data, { a: '1', b: '3' }, 'what Git does not name is left to others')
  })

  it('reconciles with an interval of 0s on new commits only', async () => {
    const { ref, name, work, client } = await sync({ 'svc.yaml': service }, { interval: '0s' })
    await ready(ref)
    const revision = await push(work, name, { 'cm.yaml': configMap('c', '{a: "1"}') })
    await ready(ref, revision)
    assert.ok(await client.fetch(ConfigMap, { namespace: name, name: 'c' }))
  })

  const failures: readonly {
    name: string
    files: Readonly<Record<string, string>>
    spec?: Partial<Kustomization['spec']>
    reason: string
    message: RegExp
  }[] = [
    {
      name: 'a path that is not there',
      files: { 'svc.yaml': service },
      spec: { path: './nope' },
      reason: 'ArtifactFailed',
      message: /^kustomization path not found: /,
    },
    {
      name: 'a path that leads out of the source',
      files: { 'svc.yaml': service },
      spec: { path: '../../etc' },
      reason: 'ArtifactFailed',
      message: /^kustomization path not found: stat etc/,
    },
    {
      name: 'a file that is no manifest',
      files: { 'a.yaml': 'foo: bar\n' },
      reason: 'BuildFailed',
      message: /failed to decode Kubernetes YAML/,
    },
    {
      name: 'the same object twice',
      files: { 'a.yaml': service, 'b.yaml': service },
      reason: 'BuildFailed',
      message: /may not add resource with an already registered id/,
    },
    {
      name: 'a remote resource',
      files: { 'kustomization.yaml': 'resources: ["http://127.0.0.1:1/r.yaml"]\n' },
      reason: 'BuildFailed',
      message: /remote reference "http:\/\/127\.0\.0\.1:1\/r\.yaml" is not allowed/,
    },
    {
      name: 'a file of the machine',
      files: { 'kustomization.yaml': 'configMapGenerator: [{name: c, files: [/etc/hostname]}]\n' },
      reason: 'BuildFailed',
      message: /absolute path "\/etc\/hostname" is not allowed/,
    },
    {
      name: 'a file above the source',
      files: { 'a/kustomization.yaml': 'resources: [../../../../etc/hostname]\n' },
      spec: { path: './a' },
      reason: 'BuildFailed',
      message: /is not in or below the source/,
    },
    {
      name: 'a program in a transformer',
      files: {
        'kustomization.yaml': 'resources: [svc.yaml]\ntransformers: [t.yaml]\n',
        'svc.yaml': service,
        't.yaml': 'apiVersion: x/v1\nkind: Evil\nmetadata: {name: e}\n',
      },
      reason: 'BuildFailed',
      message: /unable to load external plugin 'Evil'/,
    },
    {
      name: 'a chart',
      files: { 'kustomization.yaml': 'helmCharts: [{name: x, repo: "https://x"}]\n' },
      reason: 'BuildFailed',
      message: /helmCharts/,
    },
    {
      name: 'a remote component',
      files: { 'svc.yaml': service },
      spec: { components: ['https://example.org/c'] },
      reason: 'BuildFailed',
      message: /must be local and relative/,
    },
    {
      name: 'an object that the API refuses, without writing the others',
      files: {
        'a.yaml': configMap('good', '{a: b}'),
        'b.yaml': service.replace('port: 9898', 'port: 99999'),
      },
      reason: 'ReconciliationFailed',
      message: /^Service\/sync-\d+\/backend dry-run failed \(Invalid\): /,
    },
    {
      name: 'a variable that is not set',
      files: { 'a.yaml': configMap('c', `{a: "${'$'}{Y}"}`) },
      spec: { postBuild: { substitute: { X: '1' } } },
      reason: 'BuildFailed',
      message: /variable not set \(strict mode\): "Y"/,
    },
    {
      name: 'a kubeconfig Secret without the key',
      files: { 'svc.yaml': service },
      spec: { kubeConfig: { secretRef: { name: 'member', key: 'k' } } },
      reason: 'ReconciliationFailed',
      message: /does not contain a 'k' key with a kubeconfig/,
    },
    {
      name: 'a field that is not understood here',
      files: { 'svc.yaml': service },
      spec: { decryption: { provider: 'sops' } },
      reason: 'UnsupportedField',
      message: /spec\.decryption is not supported/,
    },
  ]
  for (const c of failures) {
    it(`says what is wrong with ${c.name}`, async () => {
      const { ref, name, client } = await sync(c.files, c.spec)
      const { status } = await failing(ref, c.message)
      assert.equal(findCondition(status?.conditions, 'Ready')?.reason, c.reason)
      assert.equal(status?.lastAppliedRevision, undefined)
      assert.equal(
        (await client.list(ConfigMap, { namespace: name, labelSelector: 'kustomize.toolkit.fluxcd.io/name' })).items
          .length,
        0,
      )
    })
  }

  it('refuses a kubeconfig that names a program', async () => {
    const kubeconfig = member.api.kubeconfig.replace(
      / {4}token: .*/,
      '    exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [/tmp/owned], interactiveMode: Never}',
    )
    assert.match(kubeconfig, /exec:/)
    await createKubeconfig(host.client, { namespace, name: 'exec' }, kubeconfig)
    const { ref } = await sync({ 'svc.yaml': service }, { kubeConfig: { secretRef: { name: 'exec' } } })
    await failing(ref, /exec plugins are not allowed/)
  })

  it('adds patches, images, names, common metadata, variables and components to the build', async () => {
    await host.client.create(ConfigMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'vars' },
      data: { COLOR: 'blue', SIZE: 'small' },
    })
    const { ref, name, client } = await sync(
      {
        'base/kustomization.yaml':
          'resources: [deploy.yaml, cm.yaml, raw.yaml]\nimages: [{name: podinfo, newTag: 6.0.5}]\n',
        'base/deploy.yaml': deployment('podinfo:6.0.0'),
        'base/cm.yaml': configMap('c', `{color: "${'$'}{COLOR}", size: "${'$'}{SIZE:=x}", kept: "$${'$'}{X}"}`),
        'base/raw.yaml': configMap(
          'raw',
          `{a: "${'$'}{NOPE}"}`,
          '  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n',
        ),
        'comp/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {from: component}}]\n',
      },
      {
        path: './base',
        namePrefix: 'x-',
        components: ['../comp'],
        images: [{ name: 'podinfo', newName: 'ghcr.io/podinfo' }],
        patches: [
          {
            patch: '- {op: add, path: /metadata/annotations, value: {patched: "yes"}}',
            target: { kind: 'Deployment', name: '.*' },
          },
        ],
        commonMetadata: { labels: { team: 'a' }, annotations: { who: 'me' } },
        postBuild: {
          substitute: { SIZE: 'large' },
          substituteFrom: [
            { kind: 'ConfigMap', name: 'vars', optional: false },
            { kind: 'Secret', name: 'none', optional: true },
          ],
        },
      },
    )
    await ready(ref)
    const live = await client.fetch(Deployment, { namespace: name, name: 'x-backend' })
    assert.equal(live.spec?.template.spec?.containers[0]?.image, 'ghcr.io/podinfo:6.0.5')
    assert.equal(live.metadata?.annotations?.['patched'], 'yes')
    assert.equal(live.metadata?.annotations?.['who'], 'me')
    assert.equal(live.metadata?.labels?.['from'], 'component')
    assert.equal(live.metadata?.labels?.['team'], 'a')
    const config = await client.fetch(ConfigMap, { namespace: name, name: 'x-c' })
    assert.deepEqual(config.data, { color: 'blue', size: 'large', kept: `${'$'}{X}` })
    const raw = await client.fetch(ConfigMap, { namespace: name, name: 'x-raw' })
    assert.deepEqual(raw.data, { a: `${'$'}{NOPE}` })
  })

  it('applies definitions and namespaces before what needs them, in one run', async () => {
    const { ref, name, client } = await sync(
      {
        'a-widget.yaml':
          'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w, namespace: widgets}\nspec: {size: 1}\n',
        'b-namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: widgets}\n',
        'c-crd.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
`,
      },
      {},
    )
    await host.client.patch(Kustomization, ref, { type: 'merge', body: { spec: { targetNamespace: null } } })
    const { status } = await ready(ref)
    assert.deepEqual(
      status?.inventory?.entries.map(({ id }) => id),
      [
        '_widgets.example.org_apiextensions.k8s.io_CustomResourceDefinition',
        '_widgets__Namespace',
        'widgets_w_example.org_Widget',
      ],
    )
    assert.ok(await client.fetch(Namespace, { name: 'widgets' }))
    assert.ok(name)
  })

  it('refuses a namespaced object without a namespace', async () => {
    const { ref } = await sync({ 'svc.yaml': service })
    await host.client.patch(Kustomization, ref, { type: 'merge', body: { spec: { targetNamespace: null } } })
    await failing(ref, /Service\/backend namespace not specified/)
  })

  it('heeds what objects say about themselves', async () => {
    const switches = (key: string, value: string) => `  annotations: {kustomize.toolkit.fluxcd.io/${key}: ${value}}\n`
    const { ref, name, work, client } = await sync({
      'a.yaml': configMap('once', '{v: "1"}', switches('ssa', 'IfNotPresent')),
      'b.yaml': configMap('kept', '{v: "1"}', switches('prune', 'disabled')),
      'c.yaml': configMap('gone', '{v: "1"}'),
    })
    await ready(ref)
    const revision = await push(work, name, {
      'a.yaml': configMap('once', '{v: "2"}', switches('ssa', 'IfNotPresent')),
      'b.yaml': null,
      'c.yaml': null,
    })
    const { status } = await ready(ref, revision)
    assert.deepEqual(
      status?.inventory?.entries.map(({ id }) => id),
      [`${name}_once__ConfigMap`],
    )
    const at = (name_: string) => client.fetchIfExists(ConfigMap, { namespace: name, name: name_ })
    assert.deepEqual((await at('once'))?.data, { v: '1' })
    assert.ok(await at('kept'))
    assert.equal(await at('gone'), undefined)
  })

  it('does not prune what somebody else owns by now, nor anything without prune', async () => {
    const { ref, name, work, client } = await sync({ 'a.yaml': configMap('a', '{}'), 'b.yaml': configMap('b', '{}') })
    await ready(ref)
    const suspend = (yes: boolean) =>
      host.client.patch(Kustomization, ref, { type: 'merge', body: { spec: { suspend: yes } } })
    // A run on what the source held before would put the label back.
    await suspend(true)
    const revision = await push(work, name, { 'a.yaml': null })
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'other' }
    await client.patch(ConfigMap, { namespace: name, name: 'a' }, { type: 'merge', body: { metadata: { labels } } })
    await suspend(false)
    await ready(ref, revision)
    assert.ok(await client.fetch(ConfigMap, { namespace: name, name: 'a' }))
    await host.client.patch(Kustomization, ref, { type: 'merge', body: { spec: { prune: false } } })
    const { status } = await ready(ref, await push(work, name, { 'b.yaml': null }))
    assert.deepEqual(status?.inventory?.entries, [])
    assert.ok(await client.fetch(ConfigMap, { namespace: name, name: 'b' }))
  })

  it('leaves alone what a rollout holds, also while it applies a change, and takes it back afterwards', async () => {
    const files = { 'd.yaml': deployment('podinfo:6.0.0', '  replicas: 3\n'), 's.yaml': service, 'h.yaml': autoscaler }
    const { ref, name, work, client } = await sync(files)
    await ready(ref)
    const at = { namespace: name, name: 'backend' }
    await client.create(Canary, {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: at,
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' },
        autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'backend' },
        service: { port: 9898 },
        analysis: { interval: '1m', threshold: 1, iterations: 1 },
      },
    })
    const engine = { fieldManager: 'flagger' }
    await client.patch(Deployment, at, { type: 'merge', body: { spec: { replicas: 0 } } }, engine)
    const apex = { selector: { app: 'backend-primary' }, ports: [{ name: 'http', port: 9898, targetPort: 9898 }] }
    await client.patch(Service, at, { type: 'merge', body: { spec: apex } }, engine)
    await client.patch(HorizontalPodAutoscaler, at, { type: 'merge', body: { spec: { minReplicas: 2 } } }, engine)
    const held = async () => {
      const [d, s, h] = await Promise.all([
        client.fetch(Deployment, at),
        client.fetch(Service, at),
        client.fetch(HorizontalPodAutoscaler, at),
      ])
      return {
        replicas: d.spec?.replicas,
        selector: s.spec?.selector,
        ports: s.spec?.ports?.map(({ port }) => port),
        minReplicas: h.spec?.minReplicas,
        versions: [d, s, h].map(({ metadata }) => metadata?.resourceVersion),
      }
    }
    const before = await held()
    await requestReconcile(host.client, Kustomization, ref, 'periodic')
    assert.deepEqual(await held(), before, 'a periodic sync writes nothing')
    const revision = await push(work, name, { 'd.yaml': deployment('podinfo:6.0.1', '  replicas: 5\n') })
    await ready(ref, revision)
    assert.deepEqual({ ...(await held()), versions: [] }, { ...before, versions: [] })
    const live = await client.fetch(Deployment, at)
    assert.equal(live.spec?.template.spec?.containers[0]?.image, 'podinfo:6.0.1')
    await client.delete(Canary, at)
    await requestReconcile(host.client, Kustomization, ref, 'no rollout')
    const { versions: _, ...back } = await held()
    assert.deepEqual(back, { replicas: 5, selector: { app: 'backend' }, ports: [9898, 9999], minReplicas: 1 })
  })

  it("leaves fields alone that the object's own rules name", async () => {
    const { ref, name, client } = await sync(
      { 'd.yaml': deployment('podinfo:6.0.0', '  replicas: 3\n') },
      { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] },
    )
    await ready(ref)
    const at = { namespace: name, name: 'backend' }
    await client.patch(Deployment, at, { type: 'merge', body: { spec: { replicas: 0 } } }, { fieldManager: 'scaler' })
    await requestReconcile(host.client, Kustomization, ref, 'scaled')
    assert.equal((await client.fetch(Deployment, at)).spec?.replicas, 0)
  })

  it('resumes when a member is back, even with an interval of 0s', async () => {
    const secret = { namespace, name: 'late-member' }
    const { ref, name, client } = await sync(
      { 'c.yaml': configMap('c', '{}') },
      { interval: '0s', kubeConfig: { secretRef: { name: secret.name } } },
      { target: member },
    )
    await failing(ref, /^failed to build kube client: unable to read KubeConfig secret 'fleet\/late-member'/)
    const kubeconfig = (server: string) =>
      Buffer.from(member.api.kubeconfig.replace(/server: .*/, `server: ${server}`)).toString('base64')
    await host.client.create(Secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: secret,
      data: { value: kubeconfig('https://127.0.0.1:1') },
    })
    await failing(ref, /ECONNREFUSED/)
    await host.client.patch(Secret, secret, { type: 'merge', body: { data: { value: kubeconfig(member.api.url) } } })
    await ready(ref)
    assert.ok(await client.fetch(ConfigMap, { namespace: name, name: 'c' }))
  })

  it('goes on when the namespace of its objects is there, however long its interval is', async () => {
    const late = `late-${++count}`
    const { ref, client } = await sync({ 'c.yaml': configMap('c', '{}') }, { targetNamespace: late })
    await failing(ref, new RegExp(`ConfigMap/${late}/c not found: namespaces "${late}" not found`))
    await newNamespace(client, late)
    await ready(ref)
    assert.ok(await client.fetch(ConfigMap, { namespace: late, name: 'c' }))
  })

  it('takes fields over that kubectl set, so that Git decides', async () => {
    const { ref, name, client } = await sync({ 'c.yaml': configMap('c', '{a: "1"}') })
    await ready(ref)
    const body = { data: { extra: 'x' } }
    await client.patch(
      ConfigMap,
      { namespace: name, name: 'c' },
      { type: 'merge', body },
      { fieldManager: 'kubectl-edit' },
    )
    await client.patch(
      ConfigMap,
      { namespace: name, name: 'c' },
      { type: 'merge', body: { data: { other: 'y' } } },
      { fieldManager: 'some-controller' },
    )
    await requestReconcile(host.client, Kustomization, ref, 'edit')
    const live = await client.fetch(ConfigMap, { namespace: name, name: 'c' })
    assert.deepEqual(live.data, { a: '1', other: 'y' })
  })

  it('makes an object again that cannot be changed, where force says so', async () => {
    const { ref, name, work, client } = await sync({ 'd.yaml': deployment('podinfo:6.0.0') })
    await ready(ref)
    const before = await client.fetch(Deployment, { namespace: name, name: 'backend' })
    await push(work, name, { 'd.yaml': deployment('podinfo:6.0.0').replaceAll('{app: backend}', '{app: other}') })
    await failing(ref, /Deployment\/.*\/backend dry-run failed \(Invalid\)/)
    await host.client.patch(Kustomization, ref, { type: 'merge', body: { spec: { force: true } } })
    await ready(ref)
    const made = await client.fetch(Deployment, { namespace: name, name: 'backend' })
    assert.notEqual(made.metadata?.uid, before.metadata?.uid)
    assert.deepEqual(made.spec?.selector.matchLabels, { app: 'other' })
  })

  it('waits for what it depends on, and goes on as soon as that is ready', async () => {
    const a = await sync({ 'c.yaml': 'foo: bar\n' })
    await failing(a.ref, /failed to decode/)
    const b = await sync({ 'c.yaml': configMap('c', '{}') }, { dependsOn: [{ name: a.name }] })
    const waiting = await failing(b.ref, new RegExp(`^dependency 'fleet/${a.name}' is not ready$`))
    assert.equal(findCondition(waiting.status?.conditions, 'Ready')?.reason, 'DependencyNotReady')
    await push(a.work, a.name, { 'c.yaml': configMap('c', '{}') })
    await ready(b.ref)
  })

  it('waits for health where asked to, and says what is not healthy', async () => {
    const healthy = await sync({ 'c.yaml': configMap('c', '{}'), 's.yaml': service }, { wait: true })
    const { status } = await ready(healthy.ref)
    assert.equal(findCondition(status?.conditions, 'Healthy')?.reason, 'Succeeded')
    const failingOne = await sync(
      { 'd.yaml': deployment('podinfo:6.0.0') },
      { healthChecks: [{ kind: 'Deployment', name: 'backend', namespace: `sync-${count + 1}` }], timeout: '30s' },
    )
    await eventually('the check runs', async () => {
      const { status } = await host.client.fetch(Kustomization, failingOne.ref)
      return findCondition(status?.conditions, 'Healthy')?.status === 'Unknown'
    })
    // Nobody runs Deployments here; this one gives up.
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }]
    await failingOne.client.patch(
      Deployment,
      { namespace: failingOne.name, name: 'backend' },
      { type: 'merge', body: { status: { observedGeneration: 1, conditions } } },
      { subresource: 'status' },
    )
    const failed = await failing(
      failingOne.ref,
      /failed early due to stalled resources: \[Deployment\/.*\/backend status: 'Failed'\]/,
    )
    assert.equal(findCondition(failed.status?.conditions, 'Healthy')?.reason, 'HealthCheckFailed')
    assert.equal(failed.status?.inventory?.entries.length, 1)
  })

  it('keeps objects where its deletion policy says so, or while it is suspended', async () => {
    for (const spec of [{ deletionPolicy: 'Orphan' as const }, { suspend: true }]) {
      const { ref, name, client } = await sync({ 'c.yaml': configMap('c', '{}') })
      await ready(ref)
      await host.client.patch(Kustomization, ref, { type: 'merge', body: { spec } })
      await host.client.delete(Kustomization, ref)
      await eventually('it is gone', async () => !(await host.client.fetchIfExists(Kustomization, ref)))
      assert.ok(await client.fetch(ConfigMap, { namespace: name, name: 'c' }))
    }
  })

  it('prunes everything where the source has become empty', async () => {
    const { ref, name, work, client } = await sync({ 'c.yaml': configMap('c', '{}'), 'x.json': '{}' })
    await ready(ref)
    await ready(ref, await push(work, name, { 'c.yaml': null }))
    assert.equal(await client.fetchIfExists(ConfigMap, { namespace: name, name: 'c' }), undefined)
  })

  it('takes objects that were written for older versions of the API', async () => {
    const name = `older-${++count}`
    await newNamespace(host.client, name)
    const work = await newWorkingCopy(host, name)
    await work.commit('first', { 'c.yaml': configMap('c', '{}') })
    const older = { namespace: name, name }
    await host.client.create(
      { ...GitRepository, version: 'v1beta2' },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1beta2',
        kind: 'GitRepository',
        metadata: older,
        // What v1 does not have is dropped.
        spec: { url: work.url, interval: '10m', gitImplementation: 'go-git' } as GitRepository['spec'],
      },
    )
    await host.client.create(
      { ...Kustomization, version: 'v1beta2' },
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2',
        kind: 'Kustomization',
        metadata: older,
        spec: { interval: '0s', prune: true, sourceRef: { kind: 'GitRepository', name }, targetNamespace: name },
      },
    )
    await ready(older)
    assert.ok(await host.client.fetch(ConfigMap, { namespace: name, name: 'c' }))
  })

  it('waits for a source that is not there', async () => {
    const name = `late-${++count}`
    await newNamespace(host.client, name)
    await host.client.create(Kustomization, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace, name },
      spec: { interval: '10m', prune: true, sourceRef: { kind: 'GitRepository', name }, targetNamespace: name },
    })
    const { status } = await failing({ namespace, name }, /"late-\d+" not found/)
    assert.equal(findCondition(status?.conditions, 'Ready')?.reason, 'ArtifactFailed')
    const work = await newWorkingCopy(host, name)
    await work.commit('first', { 'c.yaml': configMap('c', '{}') })
    await createGitRepository(host.client, { namespace, name }, { url: work.url })
    await ready({ namespace, name })
  })
})

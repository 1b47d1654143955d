import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { CustomResourceDefinition } from '../../../src/api/core/apiextensions-v1.ts'
import { ConfigMap, Secret } from '../../../src/api/core/core-v1.ts'
import { HelmRelease } from '../../../src/api/helm/v2.ts'
import { GitRepository, HelmChart, HelmRepository } from '../../../src/api/source/v1.ts'
import { findCondition } from '../../../src/apimachinery/conditions.ts'
import { newGitRepositoryController } from '../../../src/controllers/gitrepository/controller.ts'
import { newHelmReleaseController } from '../../../src/controllers/helmrelease/controller.ts'
import { newHelmChartController } from '../../../src/controllers/helmrepository/chart-controller.ts'
import { newHelmRepositoryController } from '../../../src/controllers/helmrepository/controller.ts'
import type { RemoteClusters } from '../../../src/runtime/remote-clusters.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { createKubeconfig, newTestClusters } from '../../support/clusters.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestRegistry } from '../../support/oci-registry.ts'
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

const chartFiles = (version: string) => ({
  'charts/web/Chart.yaml': `apiVersion: v2\nname: web\nversion: ${version}\nappVersion: "7"\n`,
  'charts/web/values.yaml': 'color: red\nnested: {a: 1, b: 2}\nbroken: false\ntestPort: 80\n',
  'charts/web/crds/gadget.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`,
  'charts/web/templates/cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-config}
data:
  color: {{ .Values.color | quote }}
  nested: {{ toJson .Values.nested | quote }}
{{- if .Values.broken }}
---
apiVersion: v1
kind: Service
metadata: {name: broken}
spec: {ports: [{port: 99999}]}
{{- end }}
`,
  'charts/web/templates/test.yaml': `apiVersion: v1
kind: Service
metadata:
  name: test
  annotations: {helm.sh/hook: test}
spec: {ports: [{port: {{ .Values.testPort | int }}}]}
`,
})

describe('a HelmRelease', () => {
  let host: SyncHost
  let member: TestCluster
  let clusters: RemoteClusters
  let work: WorkingCopy
  let files: Server
  let filesUrl = ''
  const served = new Map<string, Buffer | string>()
  const namespace = 'charts'
  let count = 0

  before(async () => {
    member = await startTestCluster({ crds: true })
    clusters = newTestClusters()
    host = await startSyncHost({
      controllers: deps => [
        newGitRepositoryController(deps),
        newHelmRepositoryController(deps),
        newHelmChartController(deps),
        newHelmReleaseController({ ...deps, clusters }),
      ],
    })
    files = createServer((request, response) => {
      const body = served.get(request.url ?? '')
      response.writeHead(body === undefined ? 404 : 200).end(body ?? 'no')
    })
    await new Promise<void>(resolve => files.listen(0, '127.0.0.1', resolve))
    filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`
    await newNamespace(host.client, namespace)
    await createKubeconfig(host.client, { namespace, name: 'member' }, member.api.kubeconfig)
    work = await newWorkingCopy(host, 'charts')
    await work.commit('chart', chartFiles('1.0.0'))
    await createGitRepository(host.client, { namespace, name: 'charts' }, { url: work.url })
    await untilReady(host.client, GitRepository, { namespace, name: 'charts' }, 'True')
  })
  after(async () => {
    files.close()
    await host.close()
    await clusters.close()
    await member.close()
  })

  const gitChart = { spec: { chart: './charts/web', sourceRef: { kind: 'GitRepository' as const, name: 'charts' } } }
  async function newRelease(spec: Partial<HelmRelease['spec']>) {
    const name = `release-${++count}`
    await newNamespace(member.client, name)
    await host.client.create(HelmRelease, {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { namespace, name },
      spec: {
        interval: '10m',
        releaseName: 'web',
        targetNamespace: name,
        chart: gitChart,
        kubeConfig: { secretRef: { name: 'member' } },
        timeout: '20s',
        ...spec,
      },
    })
    return { name, ref: { namespace, name } }
  }
  const config = (ns: string) => member.client.fetch(ConfigMap, { namespace: ns, name: 'web-config' })
  const change = (ref: { namespace: string; name: string }, spec: object) =>
    host.client.patch(HelmRelease, ref, { type: 'merge', body: { spec } as never })

  const isStalled = ({ status }: HelmRelease) => status?.conditions?.some(({ type }) => type === 'Stalled') ?? false
  const untilStalled = (ref: { namespace: string; name: string }) =>
    untilReady(host.client, HelmRelease, ref, 'False', isStalled)

  it('installs a chart of a Git repository on a member, and upgrades it when its values change', async () => {
    const { name, ref } = await newRelease({})
    const installed = await untilReady(host.client, HelmRelease, ref, 'True')
    const message = `Helm install succeeded for release ${name}/web.v1 with chart web@1.0.0`
    assert.deepEqual(
      installed.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
      [
        ['Ready', 'True', 'InstallSucceeded', message],
        ['Released', 'True', 'InstallSucceeded', message],
      ],
    )
    const chart = await host.client.fetch(HelmChart, { namespace, name: `${namespace}-${name}` })
    assert.equal(findCondition(chart.status?.conditions, 'Ready')?.message, "packaged 'web' chart with version '1.0.0'")
    const live = await config(name)
    assert.equal(live.data?.['color'], 'red')
    assert.equal(live.metadata?.labels?.['helm.toolkit.fluxcd.io/name'], name)
    assert.equal(live.metadata?.labels?.['app.kubernetes.io/managed-by'], 'Helm')
    assert.equal(await host.client.fetchIfExists(ConfigMap, { namespace: name, name: 'web-config' }), undefined)
    await change(ref, { values: { color: 'blue', nested: { a: 4, c: 3 } } })
    const upgraded = await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal(findCondition(upgraded.status?.conditions, 'Ready')?.reason, 'UpgradeSucceeded')
    assert.deepEqual(
      upgraded.status?.history?.map(({ version, status }) => [version, status]),
      [
        [2, 'deployed'],
        [1, 'superseded'],
      ],
    )
    assert.deepEqual((await config(name)).data, { color: 'blue', nested: '{"a":4,"b":2,"c":3}' })
    const again = await requestReconcile(host.client, HelmRelease, ref, 'again')
    assert.deepEqual(again.status, { ...upgraded.status, lastHandledReconcileAt: 'again' })
    await host.client.delete(HelmRelease, ref)
    await eventually('it is gone', async () => !(await host.client.fetchIfExists(HelmRelease, ref)), 20_000)
    assert.equal(await member.client.fetchIfExists(ConfigMap, { namespace: name, name: 'web-config' }), undefined)
    await eventually(
      'its chart is gone',
      async () => !(await host.client.fetchIfExists(HelmChart, { namespace, name: `${namespace}-${name}` })),
    )
  })

  it('rolls back an upgrade that fails, and says so', async () => {
    const { name, ref } = await newRelease({ upgrade: { remediation: { retries: 1 } } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    await change(ref, { values: { color: 'blue', broken: true } })
    const failed = await untilStalled(ref)
    assert.equal(findCondition(failed.status?.conditions, 'Remediated')?.reason, 'RollbackSucceeded')
    assert.equal(findCondition(failed.status?.conditions, 'Stalled')?.message, 'Failed to upgrade after 2 attempt(s)')
    assert.equal((await config(name)).data?.['color'], 'red')
  })

  it('gives up an installation that fails', async () => {
    const { ref } = await newRelease({ values: { broken: true } })
    const failed = await untilStalled(ref)
    assert.equal(findCondition(failed.status?.conditions, 'Released')?.reason, 'InstallFailed')
    assert.equal(findCondition(failed.status?.conditions, 'Stalled')?.message, 'Failed to install after 1 attempt(s)')
  })

  it('takes values from ConfigMaps and Secrets, and says what is missing', async () => {
    const { name, ref } = await newRelease({ valuesFrom: [{ kind: 'ConfigMap', name: 'more' }] })
    const waiting = await untilReady(host.client, HelmRelease, ref, 'False', (_, text) =>
      /could not resolve/.test(text),
    )
    assert.equal(findCondition(waiting.status?.conditions, 'Ready')?.reason, 'ValuesError')
    await host.client.create(ConfigMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'more' },
      data: { 'values.yaml': 'color: green\n' },
    })
    await requestReconcile(host.client, HelmRelease, ref, 'there')
    await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal((await config(name)).data?.['color'], 'green')
  })

  it('corrects drift where asked to', async () => {
    const { name, ref } = await newRelease({ driftDetection: { mode: 'enabled' } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    const before = await config(name)
    assert.equal(before.metadata?.labels?.['app.kubernetes.io/managed-by'], 'Helm')
    assert.equal(before.metadata?.annotations?.['meta.helm.sh/release-name'], 'web')
    await requestReconcile(host.client, HelmRelease, ref, 'clean')
    assert.equal((await config(name)).metadata?.resourceVersion, before.metadata?.resourceVersion)
    await member.client.delete(ConfigMap, { namespace: name, name: 'web-config' })
    await requestReconcile(host.client, HelmRelease, ref, 'drift')
    assert.equal((await config(name)).data?.['color'], 'red')
  })

  it('only says what has drifted where it is to warn', async () => {
    const { name, ref } = await newRelease({ driftDetection: { mode: 'warn' } })
    const clean = await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal(findCondition(clean.status?.conditions, 'Drifted')?.reason, 'NoDriftDetected')
    const body = { data: { color: 'mine' } }
    await member.client.patch(ConfigMap, { namespace: name, name: 'web-config' }, { type: 'merge', body })
    const { status } = await requestReconcile(host.client, HelmRelease, ref, 'drift')
    const drifted = findCondition(status?.conditions, 'Drifted')
    assert.deepEqual(
      [drifted?.status, drifted?.reason, drifted?.message],
      [
        'True',
        'DriftDetected',
        `Cluster state of release ${name}/web.v1 has drifted from the desired state:\nConfigMap/${name}/web-config changed`,
      ],
    )
    assert.equal(findCondition(status?.conditions, 'Ready')?.status, 'True')
    assert.equal((await config(name)).data?.['color'], 'mine')
  })

  it('installs a chart of a repository by its index', async () => {
    const chart = await host.client.list(HelmChart, { namespace })
    const artifact = chart.items.find(({ status }) => status?.artifact)?.status?.artifact
    served.set('/web-1.0.0.tgz', Buffer.from(await (await fetch(artifact?.url ?? '')).arrayBuffer()))
    const entry = {
      name: 'web',
      version: '1.0.0',
      apiVersion: 'v2',
      urls: ['web-1.0.0.tgz'],
      digest: artifact?.digest.slice(7),
    }
    const newer = { ...entry, version: '2.0.0', urls: ['gone.tgz'] }
    served.set('/index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { web: [newer, entry] } }))
    await host.client.create(HelmRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { namespace, name: 'index' },
      spec: { url: filesUrl, interval: '10m' },
    })
    const repository = await untilReady(host.client, HelmRepository, { namespace, name: 'index' }, 'True')
    assert.match(
      findCondition(repository.status?.conditions, 'Ready')?.message ?? '',
      /^stored artifact: revision 'sha256:[0-9a-f]{64}'$/,
    )
    assert.match(repository.status?.artifact?.path ?? '', /^helmrepository\/charts\/index\/index-[0-9a-f]{64}\.yaml$/)
    const { name, ref } = await newRelease({
      chart: { spec: { chart: 'web', version: '1.x', sourceRef: { kind: 'HelmRepository', name: 'index' } } },
    })
    await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal((await config(name)).data?.['color'], 'red')
  })

  it('installs a chart of a registry, by a version range and with a login', async () => {
    const login = { username: 'me', password: 'hunter2-word' }
    const registry = await startTestRegistry({ gate: { kind: 'token', ...login } })
    try {
      const { items } = await host.client.list(HelmChart, { namespace })
      const artifact = items.find(({ status }) => status?.artifact)?.status?.artifact
      const content = Buffer.from(await (await fetch(artifact?.url ?? '')).arrayBuffer())
      const layers = [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content }]
      for (const tag of ['1.0.0', '2.0.0']) registry.push('charts/web', tag, layers)
      const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64')
      const docker = JSON.stringify({ auths: { [registry.host]: { auth } } })
      await host.client.create(Secret, {
        metadata: { namespace, name: 'docker' },
        data: { '.dockerconfigjson': Buffer.from(docker).toString('base64') },
      })
      await host.client.create(HelmRepository, {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmRepository',
        metadata: { namespace, name: 'oci' },
        spec: { url: `oci://${registry.host}/charts`, type: 'oci', secretRef: { name: 'docker' } },
      })
      const { name, ref } = await newRelease({
        chart: { spec: { chart: 'web', version: '1.x', sourceRef: { kind: 'HelmRepository', name: 'oci' } } },
      })
      await untilReady(host.client, HelmRelease, ref, 'True')
      assert.equal((await config(name)).data?.['color'], 'red')
      const chart = await host.client.fetch(HelmChart, { namespace, name: `${namespace}-${ref.name}` })
      assert.equal(findCondition(chart.status?.conditions, 'Ready')?.message, "pulled 'web' chart with version '1.0.0'")
      const none = await newRelease({
        chart: { spec: { chart: 'web', version: '9.x', sourceRef: { kind: 'HelmRepository', name: 'oci' } } },
      })
      await untilReady(host.client, HelmRelease, none.ref, 'False', (_, text) =>
        /no match found for semver: 9\.x/.test(text),
      )
    } finally {
      await registry.close()
    }
  })

  it('leaves a registry without a status, as it is only a name', async () => {
    const ref = { namespace, name: 'registry' }
    await host.client.create(HelmRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: ref,
      spec: { url: 'oci://127.0.0.1:1/charts', type: 'oci' },
    })
    await host.client.create(HelmRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { namespace, name: 'wrong-type' },
      spec: { url: 'oci://127.0.0.1:1/charts' },
    })
    const wrong = await untilReady(host.client, HelmRepository, { namespace, name: 'wrong-type' }, 'False')
    assert.equal(findCondition(wrong.status?.conditions, 'Stalled')?.reason, 'URLInvalid')
    const { status, metadata } = await host.client.fetch(HelmRepository, ref)
    assert.deepEqual([status?.conditions, metadata?.finalizers], [undefined, undefined])
  })

  /** A good change and then a bad one. */
  async function takesBack(name: string, ref: { namespace: string; name: string }, spec: object = {}) {
    await untilReady(host.client, HelmRelease, ref, 'True')
    await change(ref, { values: { color: 'blue' }, ...spec })
    await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal((await config(name)).data?.['color'], 'blue')
    await change(ref, { values: { color: 'green', broken: true } })
    const failed = await untilStalled(ref)
    assert.equal(findCondition(failed.status?.conditions, 'Remediated')?.reason, 'RollbackSucceeded')
    assert.equal((await config(name)).data?.['color'], 'blue')
  }

  it('upgrades and rolls back a release that was written by the client, as Helm 3 wrote them', async () => {
    const { name, ref } = await newRelease({ install: { serverSideApply: false } })
    await takesBack(name, ref, { upgrade: { remediation: { retries: 1 } } })
  })

  it('replaces objects in an upgrade and a rollback where force says so', async () => {
    const { name, ref } = await newRelease({
      upgrade: { force: true, remediation: { retries: 1 } },
      rollback: { force: true },
      waitStrategy: { name: 'legacy' },
    })
    await takesBack(name, ref)
  })

  it('takes the old release away where its name or namespace changes', async () => {
    const { name, ref } = await newRelease({})
    await untilReady(host.client, HelmRelease, ref, 'True')
    await newNamespace(member.client, `${name}-b`)
    await change(ref, { targetNamespace: `${name}-b`, releaseName: 'moved' })
    const moved = await untilReady(host.client, HelmRelease, ref, 'True')
    assert.deepEqual(
      moved.status?.history?.map(({ namespace, name, version }) => [namespace, name, version]),
      [[`${name}-b`, 'moved', 1]],
    )
    await member.client.fetch(ConfigMap, { namespace: `${name}-b`, name: 'moved-config' })
    assert.equal(await member.client.fetchIfExists(ConfigMap, { namespace: name, name: 'web-config' }), undefined)
  })

  it('uninstalls what was released when it is deleted, wherever it was to release to by then', async () => {
    const { name, ref } = await newRelease({})
    await untilReady(host.client, HelmRelease, ref, 'True')
    await change(ref, { targetNamespace: 'elsewhere', commonMetadata: { labels: { a: 'refused' } } })
    await untilStalled(ref)
    await config(name)
    await host.client.delete(HelmRelease, ref)
    await eventually('it is gone', async () => !(await host.client.fetchIfExists(HelmRelease, ref)), 20_000)
    assert.equal(await member.client.fetchIfExists(ConfigMap, { namespace: name, name: 'web-config' }), undefined)
  })

  it('remediates after a failed test as after a failed upgrade', async () => {
    const { name, ref } = await newRelease({ test: { enable: true }, upgrade: { remediation: { retries: 1 } } })
    const tested = await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal(findCondition(tested.status?.conditions, 'TestSuccess')?.status, 'True')
    await change(ref, { values: { color: 'blue', testPort: 99999 } })
    const failed = await untilStalled(ref)
    assert.equal(findCondition(failed.status?.conditions, 'Remediated')?.reason, 'RollbackSucceeded')
    assert.equal(findCondition(failed.status?.conditions, 'Stalled')?.message, 'Failed to upgrade after 2 attempt(s)')
    assert.equal((await config(name)).data?.['color'], 'red')
  })

  it('says that a test failed, and leaves the release, where nothing is to be remediated', async () => {
    const { name, ref } = await newRelease({ test: { enable: true }, values: { testPort: 99999 } })
    const failed = await untilStalled(ref)
    assert.equal(findCondition(failed.status?.conditions, 'Ready')?.reason, 'TestFailed')
    assert.equal(findCondition(failed.status?.conditions, 'Stalled')?.message, 'Failed to install after 1 attempt(s)')
    assert.equal((await config(name)).data?.['color'], 'red')
  })

  it('tries a failed upgrade again without remediation where the strategy says so', async () => {
    const { name, ref } = await newRelease({
      upgrade: { strategy: { name: 'RetryOnFailure', retryInterval: '200ms' } },
    })
    await untilReady(host.client, HelmRelease, ref, 'True')
    await change(ref, { values: { color: 'blue', broken: true } })
    const failing = await untilReady(
      host.client,
      HelmRelease,
      ref,
      'False',
      ({ status }) => (status?.upgradeFailures ?? 0) >= 3,
    )
    assert.equal(findCondition(failing.status?.conditions, 'Remediated'), undefined)
    assert.equal(isStalled(failing), false)
    await change(ref, { values: { broken: false } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal((await config(name)).data?.['color'], 'blue')
  })

  it('leaves out the definitions of a chart where it is told to skip them', async () => {
    const { ref } = await newRelease({ install: { skipCRDs: true } })
    const definition = { name: 'gadgets.example.org' }
    await untilReady(host.client, HelmRelease, ref, 'True')
    await member.client.delete(CustomResourceDefinition, definition)
    await change(ref, { values: { color: 'blue' } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    assert.equal(await member.client.fetchIfExists(CustomResourceDefinition, definition), undefined)
    await change(ref, { upgrade: { crds: 'Create' }, values: { color: 'green' } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    await member.client.fetch(CustomResourceDefinition, definition)
  })

  it('keeps its HelmChart as it says, also where it says less than before', async () => {
    const spec = { ...gitChart.spec, valuesFiles: ['charts/web/values.yaml'] }
    const { name, ref } = await newRelease({ chart: { spec, metadata: { annotations: { a: 'one' } } } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    await change(ref, { chart: { spec: { valuesFiles: null }, metadata: { annotations: { a: 'two' } } } })
    const chart = await eventually('the chart has changed', async () => {
      const chart = await host.client.fetch(HelmChart, { namespace, name: `${namespace}-${name}` })
      return chart.metadata?.annotations?.['a'] === 'two' ? chart : undefined
    })
    assert.equal(chart.spec.valuesFiles, undefined)
  })

  it('goes on as soon as its chart is ready again, also where that is the same as before', async () => {
    const { name, ref } = await newRelease({})
    await untilReady(host.client, HelmRelease, ref, 'True')
    const chartRef = { namespace, name: `${namespace}-${name}` }
    const { status: before } = await host.client.fetch(HelmChart, chartRef)
    await change(ref, { chart: { spec: { chart: './charts/none' } } })
    await untilReady(host.client, HelmRelease, ref, 'False', (_, text) => /no chart found at/.test(text))
    await change(ref, { chart: { spec: { chart: './charts/web' } } })
    await untilReady(host.client, HelmRelease, ref, 'True')
    const { status: after } = await host.client.fetch(HelmChart, chartRef)
    assert.equal(after?.artifact?.digest, before?.artifact?.digest)
  })

  it('sends no half of a login to a repository of charts', async () => {
    const ref = { namespace, name: 'half' }
    await host.client.create(Secret, { metadata: ref, data: { username: Buffer.from('me').toString('base64') } })
    await host.client.create(HelmRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: ref,
      spec: { url: filesUrl, interval: '10m', secretRef: { name: 'half' } },
    })
    const { status } = await untilReady(host.client, HelmRepository, ref, 'False')
    const failure = findCondition(status?.conditions, 'FetchFailed')
    assert.deepEqual(
      [failure?.reason, failure?.message],
      [
        'AuthenticationFailed',
        `secret '${namespace}/half': malformed basic auth - has 'username' but missing 'password'`,
      ],
    )
  })

  it('refuses what the helm program cannot do', async () => {
    const { ref } = await newRelease({ storageNamespace: 'elsewhere' })
    await untilReady(
      host.client,
      HelmRelease,
      ref,
      'False',
      (_, text) => text === 'spec.storageNamespace is not supported',
    )
  })
})

import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { pack } from 'tar-stream'
import { ConfigMap, Event, Secret } from '../../../src/api/core/core-v1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { OCIRepository } from '../../../src/api/source/v1.ts'
import { findCondition } from '../../../src/apimachinery/conditions.ts'
import { newKustomizationController } from '../../../src/controllers/kustomization/controller.ts'
import { newOciRepositoryController } from '../../../src/controllers/ocirepository/controller.ts'
import { newRemoteClusters, type RemoteClusters } from '../../../src/runtime/remote-clusters.ts'
import { readArchive } from '../../../src/sync/archive.ts'
import { defaultLimits } from '../../../src/sync/limits.ts'
import { eventually } from '../../support/eventually.ts'
import { digestOf, type Layer, startTestRegistry, type TestRegistry } from '../../support/oci-registry.ts'
import { newNamespace, requestReconcile, type SyncHost, startSyncHost, untilReady } from './host.ts'

const manifestLayer = 'application/vnd.cncf.flux.content.v1.tar+gzip'
const limits = { ...defaultLimits, treeBytes: 64 << 10, archiveBytes: 32 << 10 }

describe('an OCIRepository', () => {
  let host: SyncHost
  let registry: TestRegistry
  let clusters: RemoteClusters
  const namespace = 'oci'
  let count = 0

  before(async () => {
    registry = await startTestRegistry()
    host = await startSyncHost({
      limits,
      controllers: deps => {
        clusters = newRemoteClusters({ ...deps, userAgent: 'serin-tests' })
        return [newOciRepositoryController(deps), newKustomizationController({ ...deps, clusters })]
      },
    })
    await newNamespace(host.client, namespace)
  })
  after(async () => {
    await host?.close()
    await clusters?.close()
    await registry?.close()
  })

  async function create(spec: Partial<OCIRepository['spec']>) {
    const ref = { namespace, name: `r${++count}` }
    await host.client.create(OCIRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: ref,
      spec: { url: `oci://${registry.host}/team/app`, interval: '10m', ...spec },
    })
    return ref
  }

  const ready = async (ref: { namespace: string; name: string }) => untilReady(host.client, OCIRepository, ref, 'True')
  const secret = async (name: string, data: Readonly<Record<string, string>>) => {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    await host.client.create(Secret, { metadata: { namespace, name }, data: Object.fromEntries(encoded) })
    return { name }
  }

  it('fetches the tag latest where none is named, and stores what its first layer holds', async () => {
    const annotations = {
      'org.opencontainers.image.revision': 'main@sha1:abc',
      'org.opencontainers.image.source': 'https://git',
    }
    const digest = registry.push(
      'team/app',
      'latest',
      [await layer({ 'a.yaml': 'a: 1\n', 'b/x.png': 'png' })],
      annotations,
    )
    const ref = await create({})
    const { status, metadata } = await ready(ref)
    assert.deepEqual(metadata?.finalizers, ['finalizers.fluxcd.io'])
    assert.equal(status?.artifact?.revision, `latest@${digest}`)
    assert.equal(status?.artifact?.path, `ocirepository/oci/${ref.name}/${digest}.tar.gz`)
    assert.deepEqual(status?.artifact?.metadata, annotations)
    assert.equal(findCondition(status?.conditions, 'Ready')?.message, `stored artifact for digest 'latest@${digest}'`)
    assert.deepEqual(await filesOf(status?.artifact), ['a.yaml'])
    const wanted = `stored artifact with revision 'latest@${digest}' from 'oci://${registry.host}/team/app', origin source 'https://git', origin revision 'main@sha1:abc'`
    await eventually('the event', async () => {
      const { items } = await host.client.list(Event, { namespace })
      return items.some(({ reason, message }) => reason === 'NewArtifact' && message === wanted)
    })
  })

  it('chooses by digest, version range and filter', async () => {
    const old = registry.push('team/app', '1.0.0', [await layer({ 'old.yaml': 'a: 1\n' })])
    registry.push('team/app', '1.2.0', [await layer({ 'new.yaml': 'a: 1\n' })])
    registry.push('team/app', '1.3.0-arm', [await layer({ 'arm.yaml': 'a: 1\n' })])
    registry.push('team/app', '2.0.0', [await layer({ 'two.yaml': 'a: 1\n' })])
    const cases = [
      { ref: { digest: old, tag: '1.2.0' }, revision: old, files: ['old.yaml'] },
      { ref: { semver: '1.x', tag: '1.0.0' }, revision: /^1\.2\.0@sha256:/, files: ['new.yaml'] },
      { ref: { semver: '>=1.0.0-0', semverFilter: '-arm$' }, revision: /^1\.3\.0-arm@/, files: ['arm.yaml'] },
    ]
    for (const c of cases) {
      const { status } = await ready(await create({ ref: c.ref }))
      assert.match(status?.artifact?.revision ?? '', new RegExp(c.revision))
      assert.deepEqual(await filesOf(status?.artifact), c.files)
    }
  })

  it('takes the layer of a media type, extracted or as it is', async () => {
    const chosen = await layer({ 'second.yaml': 'a: 1\n' }, 'application/other')
    registry.push('team/layers', 'latest', [await layer({ 'first.yaml': 'a: 1\n' }), chosen])
    const url = `oci://${registry.host}/team/layers`
    const { status: extracted } = await ready(await create({ url, layerSelector: { mediaType: 'application/other' } }))
    assert.deepEqual(await filesOf(extracted?.artifact), ['second.yaml'])
    const selector = { mediaType: 'application/other', operation: 'copy' as const }
    const { status } = await ready(await create({ url, layerSelector: selector }))
    assert.equal(status?.artifact?.digest, digestOf(chosen.content))
    assert.deepEqual(status?.observedLayerSelector, selector)
  })

  it('leaves out what it is told to ignore, and makes the artifact again when that changes', async () => {
    registry.push('team/ignore', 'latest', [await layer({ 'a.yaml': 'a: 1\n', 'docs/b.md': 'b' })])
    const ref = await create({ url: `oci://${registry.host}/team/ignore`, ignore: 'docs/' })
    assert.deepEqual(await filesOf((await ready(ref)).status?.artifact), ['a.yaml'])
    await host.client.patch(OCIRepository, ref, { type: 'merge', body: { spec: { ignore: '*.yaml' } } })
    assert.deepEqual(await filesOf((await ready(ref)).status?.artifact), ['docs/b.md'])
  })

  it('writes nothing but the handled request where nothing is new, follows a tag that moves, and heeds suspend', async () => {
    const url = `oci://${registry.host}/team/moving`
    const first = registry.push('team/moving', 'latest', [await layer({ 'a.yaml': 'a: 1\n' })])
    const ref = await create({ url })
    const before = await ready(ref)
    const requests = registry.seen.length
    const same = await requestReconcile(host.client, OCIRepository, ref, 'one')
    assert.deepEqual(same.status?.artifact, before.status?.artifact)
    assert.deepEqual(
      registry.seen.slice(requests).map(line => line.split(' ')[0]),
      ['GET', 'HEAD'],
    )
    const second = registry.push('team/moving', 'latest', [await layer({ 'a.yaml': 'a: 2\n' })])
    const moved = await requestReconcile(host.client, OCIRepository, ref, 'two')
    assert.notEqual(first, second)
    assert.equal(moved.status?.artifact?.revision, `latest@${second}`)
    await host.client.patch(OCIRepository, ref, { type: 'merge', body: { spec: { suspend: true } } })
    registry.push('team/moving', 'latest', [await layer({ 'a.yaml': 'a: 3\n' })])
    const other = await create({ url })
    await ready(other)
    assert.equal((await host.client.fetch(OCIRepository, ref)).status?.artifact?.revision, `latest@${second}`)
  })

  it('removes the artifact with the object', async () => {
    const ref = await create({})
    const { status } = await ready(ref)
    await host.client.delete(OCIRepository, ref)
    await eventually('it is gone', async () => (await host.client.fetchIfExists(OCIRepository, ref)) === undefined)
    assert.equal((await fetch(status?.artifact?.url ?? '')).status, 404)
  })

  it('feeds a Kustomization, which follows each new revision', async () => {
    const manifest = (value: string) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { value } })
    const url = `oci://${registry.host}/team/manifests`
    registry.push('team/manifests', 'latest', [await layer({ 'c.yaml': manifest('1') })], {
      'org.opencontainers.image.revision': 'main@sha1:1',
    })
    const ref = await create({ url })
    await host.client.create(Kustomization, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: ref,
      spec: {
        sourceRef: { kind: 'OCIRepository', name: ref.name },
        interval: '10m',
        prune: true,
        targetNamespace: namespace,
      },
    })
    const applied = await untilReady(host.client, Kustomization, ref, 'True')
    assert.equal(applied.status?.lastAppliedOriginRevision, 'main@sha1:1')
    registry.push('team/manifests', 'latest', [await layer({ 'c.yaml': manifest('2') })])
    await requestReconcile(host.client, OCIRepository, ref, 'next')
    await eventually('the second revision is applied', async () => {
      const config = await host.client.fetchIfExists(ConfigMap, { namespace, name: 'c' })
      return config?.data?.['value'] === '2'
    })
  })

  describe('says what is wrong', () => {
    const cases: readonly {
      name: string
      spec: (host: string) => Partial<OCIRepository['spec']>
      reason: string
      message: RegExp
      stalled?: true
    }[] = [
      {
        name: 'with a URL that has a tag',
        spec: at => ({ url: `oci://${at}/team/app:1` }),
        reason: 'URLInvalid',
        message: /^URL validation failed for .* remove ':1'$/,
        stalled: true,
      },
      {
        name: 'with a tag that is not there',
        spec: () => ({ ref: { tag: 'none' } }),
        reason: 'OCIPullFailed',
        message: /^failed to determine artifact digest: .*MANIFEST_UNKNOWN/,
      },
      {
        name: 'with a range that no tag is in',
        spec: () => ({ ref: { semver: '>=9.0.0' } }),
        reason: 'ReadOperationFailed',
        message: /^failed to determine the artifact tag for .*: no match found for semver: >=9\.0\.0$/,
      },
      {
        name: 'with a media type that no layer has',
        spec: () => ({ layerSelector: { mediaType: 'a/b' } }),
        reason: 'OCILayerOperationFailed',
        message: /^failed to find layer with media type 'a\/b' in artifact$/,
      },
      {
        name: 'with a registry that is not there',
        spec: () => ({ url: 'oci://127.0.0.1:1/app' }),
        reason: 'OCIPullFailed',
        message: /^failed to determine artifact digest: GET https:/,
      },
      {
        name: 'with a Secret that is not there',
        spec: () => ({ secretRef: { name: 'none' } }),
        reason: 'AuthenticationFailed',
        message: /^failed to get credential: failed to get secret 'oci\/none': secrets "none" not found$/,
      },
      {
        name: 'with a provider that needs a cloud',
        spec: () => ({ provider: 'aws' }),
        reason: 'InvalidProviderConfiguration',
        message: /use generic with a Secret/,
        stalled: true,
      },
      {
        name: 'with a signature to be verified',
        spec: () => ({ verify: { provider: 'cosign' } }),
        reason: 'UnsupportedVerification',
        message: /signatures cannot be checked/,
        stalled: true,
      },
    ]
    for (const c of cases) {
      it(c.name, async () => {
        const ref = await create(c.spec(registry.host))
        const { status } = await untilReady(host.client, OCIRepository, ref, 'False')
        const failure = findCondition(status?.conditions, 'FetchFailed')
        assert.equal(failure?.reason, c.reason)
        assert.match(failure?.message ?? '', c.message)
        assert.equal(findCondition(status?.conditions, c.stalled ? 'Stalled' : 'Reconciling')?.status, 'True')
      })
    }
  })

  describe('refuses', () => {
    const cases: readonly { name: string; content: () => Promise<Buffer>; message: RegExp }[] = [
      {
        name: 'a layer that unpacks to more than allowed',
        content: () => archive({ 'zeros.yaml': Buffer.alloc(128 << 10) }),
        message: /refused: the unpacked tree is larger than 65536 bytes/,
      },
      {
        name: 'a path that leads out of the tree',
        content: () => archive({ '../../etc/cron.d/x': 'x' }),
        message: /refused: tar contained invalid name error/,
      },
      {
        name: 'a layer that is larger than allowed',
        content: async () => Buffer.from(webcrypto.getRandomValues(new Uint8Array(40 << 10))),
        message: /more than 32768/,
      },
      {
        name: 'a layer that is no archive',
        content: async () => Buffer.from('hello'),
        message: /failed to extract layer contents/,
      },
    ]
    for (const c of cases) {
      it(c.name, async () => {
        const repository = `bad/n${++count}`
        registry.push(repository, 'latest', [{ mediaType: manifestLayer, content: await c.content() }])
        const ref = await create({ url: `oci://${registry.host}/${repository}` })
        await untilReady(host.client, OCIRepository, ref, 'False', (_, message) => c.message.test(message))
      })
    }

    it('a layer that is not what its digest says', async () => {
      const content = await layer({ 'a.yaml': 'a: 1\n' })
      registry.push('bad/digest', 'latest', [content])
      registry.corrupt(digestOf(content.content))
      const ref = await create({ url: `oci://${registry.host}/bad/digest` })
      await untilReady(host.client, OCIRepository, ref, 'False', (_, text) =>
        /the layer's digest is sha256:/.test(text),
      )
    })

    it('links, by leaving them out', async () => {
      const content = await archive({ 'a.yaml': 'a: 1\n' }, { 'link.yaml': '/etc/hostname' })
      registry.push('team/links', 'latest', [{ mediaType: manifestLayer, content }])
      const { status } = await ready(await create({ url: `oci://${registry.host}/team/links` }))
      assert.deepEqual(await filesOf(status?.artifact), ['a.yaml'])
    })
  })

  describe('with a login', () => {
    const login = { username: 'me', password: 'hunter2-word' }
    for (const kind of ['basic', 'token'] as const) {
      it(`proves who it is by a Secret in Docker's format: ${kind}`, async () => {
        const gated = await startTestRegistry({ gate: { kind, ...login } })
        try {
          gated.push('app', 'latest', [await layer({ 'a.yaml': 'a: 1\n' })])
          const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64')
          const secretRef = await secret(`docker-${kind}`, {
            '.dockerconfigjson': JSON.stringify({ auths: { [gated.host]: { auth } } }),
          })
          await ready(await create({ url: `oci://${gated.host}/app`, secretRef }))
          const wrong = await secret(`wrong-${kind}`, { username: 'me', password: 'wrong-word' })
          const refused = await create({ url: `oci://${gated.host}/app`, secretRef: wrong })
          const { status } = await untilReady(host.client, OCIRepository, refused, 'False')
          assert.doesNotMatch(JSON.stringify(status), /wrong-word|hunter2/)
        } finally {
          await gated.close()
        }
      })
    }

    it('trusts a certificate that a Secret brings, and any where it is told to', async () => {
      const tls = await newCertificate()
      const secure = await startTestRegistry({ tls })
      try {
        secure.push('app', 'latest', [await layer({ 'a.yaml': 'a: 1\n' })])
        const url = `oci://${secure.host}/app`
        await ready(await create({ url, certSecretRef: await secret('ca', { 'ca.crt': tls.cert }) }))
        await ready(await create({ url, insecure: true }))
        await untilReady(host.client, OCIRepository, await create({ url }), 'False', (_, text) =>
          /certificate/.test(text),
        )
      } finally {
        await secure.close()
      }
    })
  })
})

async function filesOf(
  artifact: { readonly url: string; readonly digest: string } | undefined,
): Promise<readonly string[]> {
  const content = Buffer.from(await (await fetch(artifact?.url ?? '')).arrayBuffer())
  assert.equal(digestOf(content), artifact?.digest)
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-oci-'))
  try {
    const file = path.join(folder, 'artifact.tar.gz')
    await writeFile(file, content)
    const paths: string[] = []
    for await (const entry of readArchive(file, defaultLimits, new AbortController().signal)) {
      if (!entry.isFolder) paths.push(entry.path)
    }
    return paths
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function layer(files: Readonly<Record<string, string>>, mediaType = manifestLayer): Promise<Layer> {
  return { mediaType, content: await archive(files) }
}

/** A tar.gz of files, and of links with their targets. */
async function archive(
  files: Readonly<Record<string, string | Buffer>>,
  links: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname })
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

async function newCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=registry',
      keys,
      signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
}

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Secret } from '../../../src/api/core/core-v1.ts'
import { GitRepository } from '../../../src/api/source/v1.ts'
import { findCondition } from '../../../src/apimachinery/conditions.ts'
import { fetchSource } from '../../../src/controllers/gitrepository/fetch-source.ts'
import { newSharedFetches } from '../../../src/controllers/gitrepository/shared-fetch.ts'
import { readArchive } from '../../../src/sync/archive.ts'
import { defaultLimits } from '../../../src/sync/limits.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  createGitRepository,
  newNamespace,
  newWorkingCopy,
  requestReconcile,
  type SyncHost,
  startGitGate,
  startSyncHost,
  untilReady,
  type WorkingCopy,
} from './host.ts'

describe('a GitRepository', () => {
  let host: SyncHost
  let work: WorkingCopy
  let first = ''
  let head = ''
  const namespace = 'git'
  let count = 0
  const newRef = () => ({ namespace, name: `repo-${++count}` })

  before(async () => {
    host = await startSyncHost()
    await newNamespace(host.client, namespace)
    work = await newWorkingCopy(host, 'app')
    first = await work.commit('first', { 'a.yaml': 'a: 1\n' })
    await work.git('tag', '-a', '-m', 'six', '6.14.1')
    for (const tag of ['1.0.0', 'v1.5.0', '2.0.0', '1.6', 'junk']) await work.git('tag', tag)
    head = await work.commit('second line\n\nand a body', { 'b/c.yaml': 'b: 1\n' })
    await work.git('push', '--quiet', '--tags', work.url)
    await work.git('push', '--quiet', work.url, 'HEAD:refs/heads/feature/x')
  })
  after(() => host.close())

  async function filesIn(repository: GitRepository): Promise<string[]> {
    const file = host.artifacts.fileOf({ path: repository.status?.artifact?.path ?? '' })
    const names = []
    for await (const entry of readArchive(file, defaultLimits, AbortSignal.timeout(10_000))) {
      if (!entry.isFolder) names.push(entry.path)
    }
    return names
  }

  it('fetches the branch master where none is named, and stores an artifact', async () => {
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: work.url })
    const repository = await untilReady(host.client, GitRepository, ref, 'True')
    const { artifact, conditions, observedGeneration } = repository.status ?? {}
    const revision = `master@sha1:${head}`
    assert.deepEqual(repository.metadata?.finalizers, ['finalizers.fluxcd.io'])
    assert.equal(observedGeneration, 1)
    assert.deepEqual(
      conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
      [
        ['Ready', 'True', 'Succeeded', `stored artifact for revision '${revision}'`],
        ['ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${revision}'`],
      ],
    )
    assert.equal(artifact?.revision, revision)
    assert.equal(artifact?.path, `gitrepository/${namespace}/${ref.name}/${head}.tar.gz`)
    assert.ok(artifact?.url.endsWith(artifact.path))
    const body = Buffer.from(await (await fetch(artifact?.url ?? '')).arrayBuffer())
    assert.equal(artifact?.digest, `sha256:${createHash('sha256').update(body).digest('hex')}`)
    assert.equal(artifact?.size, body.length)
    assert.deepEqual(await filesIn(repository), ['a.yaml', 'b/c.yaml'])
  })

  const references: readonly {
    name: string
    ref: NonNullable<GitRepository['spec']['ref']>
    revision: () => string
  }[] = [
    {
      name: 'an annotated tag as the commit behind it',
      ref: { tag: '6.14.1' },
      revision: () => `6.14.1@sha1:${first}`,
    },
    {
      name: 'the tag before a version range',
      ref: { tag: '1.0.0', semver: '>=2' },
      revision: () => `1.0.0@sha1:${first}`,
    },
    {
      name: 'the highest tag of a version range',
      ref: { semver: '>=1.0.0 <2.0.0' },
      revision: () => `v1.5.0@sha1:${first}`,
    },
    { name: 'a full name', ref: { name: 'refs/heads/master' }, revision: () => `refs/heads/master@sha1:${head}` },
    { name: 'a commit', ref: { commit: 'FIRST' }, revision: () => `sha1:${first}` },
    {
      name: 'a commit of a branch',
      ref: { commit: 'FIRST', branch: 'master' },
      revision: () => `master@sha1:${first}`,
    },
    { name: 'a branch with a slash', ref: { branch: 'feature/x' }, revision: () => `feature/x@sha1:${head}` },
  ]
  for (const c of references) {
    it(`takes ${c.name}`, async () => {
      const ref = newRef()
      const wanted = c.ref.commit ? { ...c.ref, commit: first } : c.ref
      await createGitRepository(host.client, ref, { url: work.url, ref: wanted })
      const repository = await untilReady(host.client, GitRepository, ref, 'True')
      assert.equal(repository.status?.artifact?.revision, c.revision())
    })
  }

  const failures: readonly { name: string; spec: Partial<GitRepository['spec']>; reason: string; message: RegExp }[] = [
    {
      name: 'a branch that is not there',
      spec: { ref: { branch: 'nope' } },
      reason: 'GitOperationFailed',
      message:
        /^failed to checkout and determine revision: unable to clone 'http.*app\.git': couldn't find remote ref "refs\/heads\/nope"$/,
    },
    {
      name: 'a version range without a tag',
      spec: { ref: { semver: '>=9' } },
      reason: 'GitOperationFailed',
      message: /no match found for semver: >=9$/,
    },
    {
      name: 'a Secret that is not there',
      spec: { secretRef: { name: 'none' } },
      reason: 'AuthenticationFailed',
      message: /failed to get secret 'git\/none'/,
    },
  ]
  for (const c of failures) {
    it(`says what is wrong with ${c.name}`, async () => {
      const ref = newRef()
      await createGitRepository(host.client, ref, { url: work.url, ...c.spec })
      const repository = await untilReady(host.client, GitRepository, ref, 'False')
      const failure = findCondition(repository.status?.conditions, 'FetchFailed')
      assert.equal(failure?.reason, c.reason)
      assert.match(failure?.message ?? '', c.message)
      assert.equal(findCondition(repository.status?.conditions, 'Reconciling')?.reason, 'ProgressingWithRetry')
      assert.equal(repository.status?.artifact, undefined)
    })
  }

  it('keeps the artifact while it fails, and recovers', async () => {
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: work.url })
    const before = await untilReady(host.client, GitRepository, ref, 'True')
    const setBranch = (branch: string) =>
      host.client.patch(GitRepository, ref, { type: 'merge', body: { spec: { ref: { branch } } } })
    await setBranch('nope')
    const broken = await untilReady(host.client, GitRepository, ref, 'False')
    assert.deepEqual(broken.status?.artifact, before.status?.artifact)
    await setBranch('master')
    const fixed = await untilReady(host.client, GitRepository, ref, 'True')
    assert.deepEqual(
      fixed.status?.conditions?.map(({ type }) => type),
      ['Ready', 'ArtifactInStorage'],
    )
  })

  it('writes nothing but the handled request where nothing is new, and takes a new commit', async () => {
    const ref = newRef()
    const own = await newWorkingCopy(host, 'moving')
    await own.commit('one', { 'x.yaml': 'x: 1\n' })
    await createGitRepository(host.client, ref, { url: own.url })
    const one = await untilReady(host.client, GitRepository, ref, 'True')
    const again = await requestReconcile(host.client, GitRepository, ref, 't1')
    assert.deepEqual(again.status, { ...one.status, lastHandledReconcileAt: 't1' })
    const commit = await own.commit('two', { 'x.yaml': 'x: 2\n' })
    await requestReconcile(host.client, GitRepository, ref, 't2')
    const two = await host.client.fetch(GitRepository, ref)
    assert.equal(two.status?.artifact?.revision, `master@sha1:${commit}`)
    assert.equal((await fetch(one.status?.artifact?.url ?? '')).status, 200, 'the old one is still served')
  })

  it('makes the artifact again where its file is lost or was changed', async () => {
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: work.url })
    const { status } = await untilReady(host.client, GitRepository, ref, 'True')
    const file = host.artifacts.fileOf({ path: status?.artifact?.path ?? '' })
    await rm(file)
    await requestReconcile(host.client, GitRepository, ref, 'lost')
    assert.equal(
      await host.artifacts.problem({ path: status?.artifact?.path ?? '', digest: status?.artifact?.digest ?? '' }),
      undefined,
    )
    await writeFile(file, 'not an archive')
    const again = await requestReconcile(host.client, GitRepository, ref, 'changed')
    assert.equal(again.status?.artifact?.digest, status?.artifact?.digest)
  })

  it('leaves a suspended one alone', async () => {
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: work.url, suspend: true })
    const suspended = await eventually('the finalizer is there', async () => {
      const repository = await host.client.fetch(GitRepository, ref)
      return repository.metadata?.finalizers ? repository : undefined
    })
    assert.equal(suspended.status?.conditions, undefined)
  })

  it('removes the artifact with the object', async () => {
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: work.url })
    const { status } = await untilReady(host.client, GitRepository, ref, 'True')
    await host.client.delete(GitRepository, ref)
    await eventually('it is gone', async () => (await host.client.fetchIfExists(GitRepository, ref)) === undefined)
    assert.equal((await fetch(status?.artifact?.url ?? '')).status, 404)
  })

  const ignoring: readonly { name: string; ignore?: string; files: readonly string[]; kept: readonly string[] }[] = [
    {
      name: 'leaves pictures, archives and files of build services out by default',
      files: ['a.yaml', 'x.png', 'Y.PNG', 'z.zip', '.github/w.yml', '.sops.yaml', '.gitignore'],
      kept: ['Y.PNG', 'a.yaml'],
    },
    {
      name: 'leaves only that out which the object names, where it names something',
      ignore: '# docs are large\ndocs/\n',
      files: ['a.yaml', 'x.png', 'docs/b.yaml', '.github/w.yml', '.gitignore'],
      kept: ['.github/w.yml', 'a.yaml', 'x.png'],
    },
    {
      name: 'heeds .sourceignore in its folder',
      files: ['a.yaml', 'x.png', 'run.sh', 'deploy/run.sh', 'deploy/d.yaml', 'deploy/.sourceignore'],
      kept: ['a.yaml', 'deploy/.sourceignore', 'deploy/d.yaml', 'run.sh', 'x.png'],
    },
    {
      name: 'takes back in what a later pattern names',
      ignore: '/*\n!/deploy',
      files: ['a.yaml', 'deploy/d.yaml', 'deploy/e/f.yaml'],
      kept: ['deploy/d.yaml', 'deploy/e/f.yaml'],
    },
  ]
  for (const [i, c] of ignoring.entries()) {
    it(c.name, async () => {
      const own = await newWorkingCopy(host, `ignoring-${i}`)
      const contents = c.files.map(file => [file, file.endsWith('.sourceignore') ? 'run.sh\n' : 'x: 1\n'])
      await own.commit('files', Object.fromEntries(contents))
      const ref = newRef()
      const { ignore } = c
      await createGitRepository(host.client, ref, { url: own.url, ...(ignore === undefined ? {} : { ignore }) })
      assert.deepEqual(await filesIn(await untilReady(host.client, GitRepository, ref, 'True')), c.kept)
    })
  }

  it('copies included sources to their folders, and waits for them', async () => {
    const base = newRef()
    const ref = newRef()
    await createGitRepository(host.client, ref, {
      url: work.url,
      include: [{ repository: { name: base.name }, toPath: 'lib' }],
    })
    const waiting = await untilReady(host.client, GitRepository, ref, 'False')
    assert.equal(findCondition(waiting.status?.conditions, 'IncludeUnavailable')?.reason, 'NotFound')
    await createGitRepository(host.client, base, { url: work.url, ref: { tag: '1.0.0' } })
    const repository = await untilReady(host.client, GitRepository, ref, 'True')
    assert.deepEqual(await filesIn(repository), ['a.yaml', 'b/c.yaml', 'lib/a.yaml'])
    assert.equal(repository.status?.includedArtifacts?.[0]?.revision, `1.0.0@sha1:${first}`)
  })

  it('fetches submodules only where asked to', async () => {
    const own = await newWorkingCopy(host, 'outer')
    await own.git('submodule', '--quiet', 'add', '-b', 'master', work.url, 'sub')
    await own.commit('with a submodule', { 'o.yaml': 'o: 1\n' })
    for (const [recurseSubmodules, kept] of [
      [false, ['o.yaml']],
      [true, ['o.yaml', 'sub/a.yaml', 'sub/b/c.yaml']],
    ] as const) {
      const ref = newRef()
      await createGitRepository(host.client, ref, { url: own.url, recurseSubmodules })
      assert.deepEqual(await filesIn(await untilReady(host.client, GitRepository, ref, 'True')), kept)
    }
  })

  describe('beside others of the same remote', () => {
    const secret = (name: string, password: string) =>
      host.client.create(Secret, {
        metadata: { namespace, name },
        data: { username: btoa('me'), password: btoa(password) },
      })
    const many = (count: number, spec: Partial<GitRepository['spec']>) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const ref = newRef()
          await createGitRepository(host.client, ref, spec)
          return ref
        }),
      )
    const allReady = (refs: readonly ReturnType<typeof newRef>[], revision: string) =>
      Promise.all(
        refs.map(ref =>
          untilReady(
            host.client,
            GitRepository,
            ref,
            'True',
            ({ status }) => status?.artifact?.revision === `master@sha1:${revision}`,
          ),
        ),
      )

    it('shares one fetch of each revision, and has an artifact of its own', async () => {
      const gate = await startGitGate(host)
      try {
        const own = await newWorkingCopy(host, 'shared')
        const one = await own.commit('one', { 'x.yaml': 'x: 1\n' })
        const fetches = () => gate.requests.filter(({ command }) => command === 'fetch').length
        const refs = await many(6, { url: `${gate.url}/shared.git` })
        const made = await allReady(refs, one)
        assert.equal(fetches(), 1)
        assert.equal(new Set(made.map(({ status }) => status?.artifact?.digest)).size, 1)
        for (const [i, each] of made.entries()) {
          assert.equal(each.status?.artifact?.path, `gitrepository/${namespace}/${refs[i]?.name}/${one}.tar.gz`)
          assert.deepEqual(await filesIn(each), ['x.yaml'])
        }
        const two = await own.commit('two', { 'x.yaml': 'x: 2\n' })
        await Promise.all(refs.map(ref => requestReconcile(host.client, GitRepository, ref, 'two')))
        await allReady(refs, two)
        assert.equal(fetches(), 2)
        const before = gate.requests.length
        await Promise.all(refs.map(ref => requestReconcile(host.client, GitRepository, ref, 'again')))
        assert.equal(fetches(), 2)
        // Each look is two requests; six repositories need fewer than six looks when they come together.
        assert.ok(gate.requests.length - before <= 12, `${gate.requests.length - before} requests`)
        // One that comes later asks what is there, and takes what there is.
        const [late] = await many(1, { url: `${gate.url}/shared.git` })
        await allReady(late ? [late] : [], two)
        assert.equal(fetches(), 2)
      } finally {
        gate.close()
      }
    })

    it('counts a look at the remote for all that come by their intervals soon after, and for no others', async () => {
      const gate = await startGitGate(host)
      const clock = new FakeClock()
      const shared = newSharedFetches()
      const looksOf = async (repository: GitRepository) => {
        const before = gate.requests.length
        const deps = { ...host.deps, limits: defaultLimits, clock, shared }
        const context = { repository: () => undefined, onNewRevision: async () => {} }
        await fetchSource(repository, { ...deps, ...context }, AbortSignal.timeout(20_000))
        return gate.requests.slice(before).filter(({ command }) => command === 'ls-refs').length
      }
      try {
        const ref = newRef()
        await createGitRepository(host.client, ref, { url: `${gate.url}/app.git`, interval: '10m' })
        const one = await untilReady(host.client, GitRepository, ref, 'True')
        assert.equal(await looksOf(one), 1)
        await clock.advance(6_000)
        assert.equal(await looksOf(one), 0)
        const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' }
        assert.equal(await looksOf({ ...one, metadata: { ...one.metadata, annotations } }), 1)
        assert.equal(await looksOf({ ...one, metadata: { ...one.metadata, generation: 2 } }), 1)
        await clock.advance(6_001)
        assert.equal(await looksOf(one), 1)
      } finally {
        gate.close()
      }
    })

    it('fetches for itself with another login, another reference, or other contents', async () => {
      const header = (password: string) => `Basic ${btoa(`me:${password}`)}`
      const gate = await startGitGate(host, ({ authorization }) => authorization === header('right'))
      try {
        const own = await newWorkingCopy(host, 'private')
        const one = await own.commit('one', { 'x.yaml': 'x: 1\n', 'y.yaml': 'y: 1\n' })
        await secret('right', 'right')
        await secret('wrong-one', 'wrong')
        const url = `${gate.url}/private.git`
        await allReady(await many(2, { url, secretRef: { name: 'right' } }), one)
        const [refused] = await many(1, { url, secretRef: { name: 'wrong-one' } })
        const { status } = await untilReady(host.client, GitRepository, refused ?? newRef(), 'False')
        assert.equal(status?.artifact, undefined)
        const [other] = await many(1, { url, secretRef: { name: 'right' }, ignore: 'y.yaml' })
        const made = await untilReady(host.client, GitRepository, other ?? newRef(), 'True')
        assert.deepEqual(await filesIn(made), ['x.yaml'])
        assert.equal(gate.requests.filter(({ command, wasLetIn }) => wasLetIn && command === 'fetch').length, 2)
      } finally {
        gate.close()
      }
    })

    it('fetches again where the artifact of the others has gone', async () => {
      const own = await newWorkingCopy(host, 'gone')
      const one = await own.commit('one', { 'x.yaml': 'x: 1\n' })
      const [ref = newRef()] = await many(1, { url: own.url })
      await allReady([ref], one)
      await host.client.delete(GitRepository, ref)
      await eventually('it is gone', async () => !(await host.client.fetchIfExists(GitRepository, ref)))
      await allReady(await many(2, { url: own.url }), one)
    })
  })

  describe('with credentials', () => {
    const startGate = (authorization: string) => startGitGate(host, headers => headers.authorization === authorization)
    const secret = (name: string, data: Readonly<Record<string, string>>) =>
      host.client.create(Secret, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name },
        data: Object.fromEntries(
          Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
        ),
      })

    const cases: readonly { name: string; data: Readonly<Record<string, string>>; header: string }[] = [
      {
        name: 'basic',
        data: { username: 'me', password: 's3cret-word' },
        header: `Basic ${Buffer.from('me:s3cret-word').toString('base64')}`,
      },
      { name: 'bearer', data: { bearerToken: 't0ken-word' }, header: 'Bearer t0ken-word' },
    ]
    for (const c of cases) {
      it(`proves who it is by a Secret: ${c.name}`, async () => {
        const gate = await startGate(c.header)
        try {
          await secret(c.name, c.data)
          const ref = newRef()
          await createGitRepository(host.client, ref, { url: `${gate.url}/app.git`, secretRef: { name: c.name } })
          await untilReady(host.client, GitRepository, ref, 'True')
          assert.ok(gate.requests.some(({ authorization }) => authorization === c.header))
        } finally {
          gate.close()
        }
      })
    }

    it('shows no secret when it is refused, whether it is from the Secret or in the URL', async () => {
      const gate = await startGate('nobody has this')
      try {
        await secret('wrong', { username: 'me', password: 'hunter2-word' })
        const withSecret = newRef()
        await createGitRepository(host.client, withSecret, { url: `${gate.url}/app.git`, secretRef: { name: 'wrong' } })
        const inUrl = newRef()
        await createGitRepository(host.client, inUrl, {
          url: `${gate.url.replace('//', '//me:hunter3-word@')}/app.git`,
        })
        for (const ref of [withSecret, inUrl]) {
          const { status } = await untilReady(host.client, GitRepository, ref, 'False')
          const text = JSON.stringify(status)
          assert.match(text, /authentication required/)
          assert.doesNotMatch(text, /hunter/)
        }
      } finally {
        gate.close()
      }
    })

    it('says what a Secret lacks', async () => {
      await secret('half', { password: 'x' })
      const ref = newRef()
      await createGitRepository(host.client, ref, { url: work.url, secretRef: { name: 'half' } })
      const { status } = await untilReady(host.client, GitRepository, ref, 'False')
      const failure = findCondition(status?.conditions, 'FetchFailed')
      assert.equal(
        failure?.message,
        "failed to configure authentication options: invalid 'http' auth option: 'password' requires 'username' to be set",
      )
    })
  })

  it('leaves symbolic links out', async () => {
    const own = await newWorkingCopy(host, 'links')
    await own.git('config', 'core.symlinks', 'true')
    await own.commit('file', { 'real.yaml': 'r: 1\n' })
    const { symlink } = await import('node:fs/promises')
    await symlink('/etc/hostname', path.join(own.folder, 'link.yaml'))
    await own.commit('link', {})
    const ref = newRef()
    await createGitRepository(host.client, ref, { url: own.url })
    assert.deepEqual(await filesIn(await untilReady(host.client, GitRepository, ref, 'True')), ['real.yaml'])
  })
})

describe('a repository that is larger than allowed', () => {
  let host: SyncHost
  before(async () => {
    const limits = { ...defaultLimits, fileBytes: 10_000, treeBytes: 15_000, files: 5, fetchBytes: 200_000 }
    host = await startSyncHost({ limits })
    await newNamespace(host.client, 'git')
  })
  after(() => host.close())

  const cases: readonly { name: string; files: Readonly<Record<string, string | Buffer>>; message: RegExp }[] = [
    // Zeros: a few bytes in the repository.
    {
      name: 'one large file',
      files: { 'big.yaml': Buffer.alloc(10_001) },
      message: /refused: "big\.yaml" has 10001 bytes/,
    },
    {
      name: 'much in many files',
      files: { 'a.yaml': Buffer.alloc(9_000, 1), 'b.yaml': Buffer.alloc(9_000, 2) },
      message: /refused: the tree has more than 15000 bytes/,
    },
    {
      name: 'too many files',
      files: Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.yaml`, `${i}`])),
      message: /refused: the tree has 6 files/,
    },
    {
      name: 'too much to fetch',
      files: { 'noise.yaml': randomBytes(400_000) },
      message: /is larger than 200000 bytes/,
    },
  ]
  for (const [i, c] of cases.entries()) {
    it(`is refused for ${c.name}`, async () => {
      const work = await newWorkingCopy(host, `large-${i}`)
      await work.commit('large', c.files)
      const ref = { namespace: 'git', name: `large-${i}` }
      await createGitRepository(host.client, ref, { url: work.url })
      const { status } = await untilReady(host.client, GitRepository, ref, 'False')
      assert.match(findCondition(status?.conditions, 'FetchFailed')?.message ?? '', c.message)
    })
  }
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, it } from 'node:test'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { packArchive, readArchive, unpackArchive } from './archive.ts'
import { defaultLimits, RefusedError } from './limits.ts'

describe('an archive', () => {
  let folder = ''
  const signal = new AbortController().signal
  let count = 0

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-archive-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function* tree() {
    yield { folder: 'a' }
    yield { path: 'a/run.sh', isExecutable: true, content: Buffer.from('run') }
    yield { path: 'b.yaml', isExecutable: false, content: Buffer.from('b: 1\n') }
  }
  type Header = Parameters<ReturnType<typeof pack>['entry']>[0]
  async function written(entries: readonly (readonly [Header, string?])[]): Promise<string> {
    const tar = pack()
    for (const [header, content] of entries) content === undefined ? tar.entry(header) : tar.entry(header, content)
    tar.finalize()
    const file = path.join(folder, `${++count}.tar.gz`)
    await pipeline(tar, createGzip(), createWriteStream(file))
    return file
  }

  it('is the same for the same tree, begins with its root and bears no times or owners', async () => {
    const files = ['1', '2'].map(name => path.join(folder, `same-${name}`))
    const [one, two] = await Promise.all(files.map(file => packArchive(file, tree(), defaultLimits, signal)))
    assert.deepEqual(one, two)
    const { extract } = await import('tar-stream')
    const { createReadStream } = await import('node:fs')
    const { createGunzip } = await import('node:zlib')
    const headers: unknown[] = []
    const reader = extract()
    const reading = pipeline(createReadStream(files[0] ?? ''), createGunzip(), reader)
    for await (const entry of reader) {
      const { name, mode, uid, gid, mtime, type } = entry.header
      headers.push([name, type, mode, uid, gid, mtime?.getTime()])
      entry.resume()
    }
    await reading
    assert.deepEqual(headers, [
      ['.', 'directory', 0o750, 0, 0, 0],
      ['a', 'directory', 0o750, 0, 0, 0],
      ['a/run.sh', 'file', 0o700, 0, 0, 0],
      ['b.yaml', 'file', 0o600, 0, 0, 0],
    ])
  })

  it('is unpacked as plain files of this user alone', async () => {
    const file = path.join(folder, 'plain')
    await packArchive(file, tree(), defaultLimits, signal)
    const target = path.join(folder, 'unpacked')
    await unpackArchive(file, target, defaultLimits, signal)
    assert.equal(await readFile(path.join(target, 'b.yaml'), 'utf8'), 'b: 1\n')
    assert.equal((await stat(path.join(target, 'a/run.sh'))).mode & 0o777, 0o600)
  })

  it('does not bring links or devices along', async () => {
    const file = await written([
      [{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }],
      [{ name: 'hard', type: 'link', linkname: '/etc/passwd' }],
      [{ name: 'pipe', type: 'fifo' }],
      [{ name: 'kept.yaml' }, 'x'],
    ])
    const target = path.join(folder, 'no-links')
    await unpackArchive(file, target, defaultLimits, signal)
    assert.deepEqual(await readdir(target), ['kept.yaml'])
  })

  const refused: readonly { name: string; entries: readonly (readonly [Header, string?])[]; message: RegExp }[] = [
    { name: 'a name that leads up', entries: [[{ name: 'a/../../evil' }, 'x']], message: /invalid name/ },
    { name: 'an absolute name', entries: [[{ name: '/etc/evil' }, 'x']], message: /invalid name/ },
    { name: 'a backslash in a name', entries: [[{ name: 'a\\..\\evil' }, 'x']], message: /invalid name/ },
    {
      name: 'a file that is too large',
      entries: [[{ name: 'big' }, 'x'.repeat(2_000)]],
      message: /"big" is larger than 1000 bytes/,
    },
    {
      name: 'a tree that is too large: a small archive may unpack to much',
      entries: Array.from({ length: 4 }, (_, i) => [{ name: `f${i}` }, 'x'.repeat(900)] as const),
      message: /unpacked tree is larger than 3000 bytes/,
    },
    {
      name: 'too many files',
      entries: Array.from({ length: 6 }, (_, i) => [{ name: `f${i}` }, 'x'] as const),
      message: /more than 5 files/,
    },
    { name: 'a path that is too deep', entries: [[{ name: 'a/b/c/d/e' }, 'x']], message: /more than 4 deep/ },
  ]
  const limits = { ...defaultLimits, fileBytes: 1_000, treeBytes: 3_000, files: 5, depth: 4 }
  for (const c of refused) {
    it(`is refused for ${c.name}`, async () => {
      const file = await written(c.entries)
      const reading = (async () => {
        for await (const entry of readArchive(file, limits, signal)) assert.ok(entry.path)
      })()
      await assert.rejects(reading, error => error instanceof RefusedError && c.message.test(error.message))
    })
  }

  describe('that is given up', () => {
    // An error that nobody listens to would end the process, and does end this test.
    const settled = () => new Promise(resolve => setImmediate(resolve))
    const large = async function* (onFile: (at: number) => void) {
      for (let at = 0; at < 12; at++) {
        onFile(at)
        yield { path: `f${at}`, isExecutable: false, content: randomBytes(100_000) }
      }
    }
    for (let abortAt = 0; abortAt < 12; abortAt += 2) {
      it(`at file ${abortAt} fails for whoever waits for it, and for nobody else`, async () => {
        const file = path.join(folder, `given-up-${abortAt}`)
        const stopPacking = new AbortController()
        const packing = packArchive(
          file,
          large(at => {
            if (at === abortAt) setTimeout(() => stopPacking.abort(), abortAt % 3)
          }),
          defaultLimits,
          stopPacking.signal,
        )
        await packing.catch(error => assert.equal(error.name, 'AbortError'))
        await settled()
        await packArchive(
          file,
          large(() => {}),
          defaultLimits,
          signal,
        )
        const stopReading = new AbortController()
        let read = 0
        const reading = async () => {
          for await (const _ of readArchive(file, defaultLimits, stopReading.signal)) {
            if (read++ === abortAt) setTimeout(() => stopReading.abort(), 0)
          }
        }
        await reading().catch(error => assert.equal(error.name, 'AbortError'))
        await settled()
        const unpacking = unpackArchive(
          file,
          path.join(folder, `of-${abortAt}`),
          defaultLimits,
          AbortSignal.timeout(1 + abortAt),
        )
        await unpacking.catch(error => assert.match(error.name, /^(Abort|Timeout)Error$/))
        await settled()
      })
    }
  })

  it('is refused where it becomes too large itself', async () => {
    const file = path.join(folder, 'too-large')
    await assert.rejects(packArchive(file, tree(), { ...defaultLimits, archiveBytes: 50 }, signal), RefusedError)
  })
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../runtime/clock.ts'
import { packArchive } from '../archive.ts'
import { ArtifactMissingError } from '../artifact-fetch.ts'
import { defaultLimits } from '../limits.ts'
import { newKustomizeBuilder } from './build.ts'

const { signal } = new AbortController()
const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n'

describe('a build', () => {
  let folder = ''
  let server: Server
  let archive: Buffer
  /** What was downloaded, and whether it is there to be downloaded. */
  const served = { downloads: 0, isThere: true }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-build-test-'))
    const file = path.join(folder, 'artifact.tar.gz')
    const tree = async function* () {
      yield { path: 'web.yaml', isExecutable: false, content: Buffer.from(manifest) }
    }
    await packArchive(file, tree(), defaultLimits, signal)
    archive = await readFile(file)
    server = createServer((_, response) => {
      served.downloads += 1
      response.writeHead(served.isThere ? 200 : 404).end(served.isThere ? archive : undefined)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A new builder, and how often it has built. */
  function building() {
    const builder = newKustomizeBuilder({ clock: systemClock, limits: defaultLimits })
    const [before, { port }] = [served.downloads, server.address() as AddressInfo] // It listens on TCP.
    const artifact = {
      url: `http://127.0.0.1:${port}/artifact.tar.gz`,
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
    }
    return {
      build: async (targetNamespace: string) => {
        const { objects } = await builder.build({ artifact, path: '', additions: { targetNamespace } }, signal)
        return objects.map(({ metadata }) => metadata)
      },
      builds: () => served.downloads - before,
    }
  }

  it('is made once for all members that want the same, at once and later', async () => {
    const { build, builds } = building()
    const wanted = [{ name: 'web', namespace: 'a' }]
    assert.deepEqual(await Promise.all([build('a'), build('a')]), [wanted, wanted])
    assert.deepEqual([await build('a'), builds()], [wanted, 1])
  })

  it('is another one for those who want something else', async () => {
    const { build, builds } = building()
    assert.deepEqual(await build('a'), [{ name: 'web', namespace: 'a' }])
    assert.deepEqual([await build('b'), builds()], [[{ name: 'web', namespace: 'b' }], 2])
  })

  it('is tried again by the next who asks where it failed', async () => {
    const { build, builds } = building()
    served.isThere = false
    await assert.rejects(build('a'), ArtifactMissingError)
    served.isThere = true
    assert.deepEqual([await build('a'), builds()], [[{ name: 'web', namespace: 'a' }], 2])
  })
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { bundledTool } from './bundled-tools.ts'

const run = promisify(execFile)

describe('bundledTool', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-tools-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('unpacks a kubectl that runs and brings kustomize', async () => {
    const kubectl = await bundledTool('kubectl', folder)
    const { stdout } = await run(kubectl, ['version', '--client', '--output=json'])
    const version = JSON.parse(stdout)
    assert.match(version.clientVersion.gitVersion, /^v1\.36\./)
    assert.match(version.kustomizeVersion, /^v5\./)
  })

  it('unpacks a helm that runs, also when two ask at once', async () => {
    const [one, other] = await Promise.all([bundledTool('helm', folder), bundledTool('helm', folder)])
    assert.equal(one, other)
    const { stdout } = await run(one, ['version', '--short'])
    assert.match(stdout, /^v4\./)
  })
})

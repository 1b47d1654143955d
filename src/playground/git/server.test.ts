import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/log.ts'
import { type GitServer, startGitServer } from './server.ts'

const run = promisify(execFile)

describe('the Git server', () => {
  let folder = ''
  let server: GitServer
  const git = (...args: string[]) => run('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args])

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-git-'))
    server = await startGitServer({ folder: path.join(folder, 'bare'), clock: systemClock, log: silentLogger })
    await git('init', '--quiet', '--initial-branch=main', path.join(folder, 'work'))
    await writeFile(path.join(folder, 'work', 'a.yaml'), 'kind: Namespace\n')
    await git('-C', path.join(folder, 'work'), 'add', '.')
    await git('-C', path.join(folder, 'work'), 'commit', '--quiet', '-m', 'first')
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('makes a repository with the first push and gives it back', async () => {
    const work = path.join(folder, 'work')
    await git('-C', work, 'push', '--quiet', `${server.url}/app.git`, 'main')
    const clone = path.join(folder, 'clone')
    await git('clone', '--quiet', '--depth=1', `${server.url}/app.git`, clone)
    const { stdout } = await git('-C', clone, 'log', '--format=%s')
    assert.equal(stdout, 'first\n')
  })

  it('says that a repository is not there', async () => {
    await assert.rejects(git('ls-remote', `${server.url}/nothing.git`), /not found/)
  })

  for (const target of ['/../etc/passwd', '/a.git/../../x', '/app.git/..%2f..%2fx', '/app']) {
    it(`serves nothing outside of its repositories: ${target}`, async () => {
      const response = await fetch(server.url + target)
      assert.ok(response.status >= 400, `${response.status}`)
    })
  }
})

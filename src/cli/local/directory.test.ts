import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { clearState, lockHolder, readState, writePid, writeState } from './directory.ts'
import { takeLock } from './lock.ts'

const stateOf = (dir: string, pid: number) => ({
  pid,
  dir,
  startedAt: '',
  clusters: [],
  dashboard: '',
  dashboardSignIn: '',
  git: '',
})

it('takes nothing for running that was killed, though nobody has waited for it and another one holds the lock', async t => {
  const dir = await mkdtemp(path.join(tmpdir(), 'serin-directory-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  // A program that never waits for what the shell in its place has started, which ends when the shell has gone.
  const command = 'sleep 0.3 & echo $!; exec sleep 31625'
  const parent = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => parent.kill('SIGKILL'))
  const [line] = await once(parent.stdout, 'data')
  const killed = Number(String(line))
  await writeState(stateOf(dir, killed))
  await writeFile(path.join(dir, 'pid'), `${killed}\n`)
  const lock = takeLock(dir)
  assert.ok(lock)
  t.after(() => lock.release())
  await eventually('it has ended', async () => (await lockHolder(dir)) === undefined)
  assert.doesNotThrow(() => process.kill(killed, 0), 'it can be signalled all the same')
  assert.equal(await readState(dir), undefined)

  await writePid(dir)
  await clearState(dir)
  assert.equal(await lockHolder(dir), process.pid)
  await writeState(stateOf(dir, process.pid))
  assert.deepEqual(await readState(dir), stateOf(dir, process.pid))
})

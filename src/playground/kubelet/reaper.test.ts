import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { descendantsOf } from '../../runtime/process-tree.ts'
import { newReaper, type Reaper } from './reaper.ts'

/** A group to watch over, and the reaper's own shell. */
async function watching(t: TestContext): Promise<{ reaper: Reaper; group: ChildProcess; shell: number }> {
  const before = new Set(descendantsOf(process.pid).map(({ pid }) => pid))
  const reaper = newReaper()
  const [shell] = descendantsOf(process.pid).filter(({ pid }) => !before.has(pid))
  const group = spawn('sleep', ['31618'], { detached: true, stdio: 'ignore' })
  t.after(() => group.kill('SIGKILL'))
  reaper.watch(group.pid ?? 0)
  return { reaper, group, shell: shell?.pid ?? 0 }
}

describe('the reaper', () => {
  for (const [name, signal] of [
    ['works', undefined],
    ['was stopped', 'SIGSTOP'],
    ['was killed', 'SIGKILL'],
  ] as const) {
    it(`kills what it watches over when it is closed, also where its shell ${name}`, { timeout: 20_000 }, async t => {
      const { reaper, group, shell } = await watching(t)
      const ended = once(group, 'exit')
      if (signal) process.kill(shell, signal)
      await reaper.close()
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      await eventually('its shell is gone', () => descendantsOf(process.pid).every(({ pid }) => pid !== shell))
    })
  }

  it('leaves alone what was released', async t => {
    const { reaper, group } = await watching(t)
    reaper.release(group.pid ?? 0)
    reaper.release(group.pid ?? 0)
    await reaper.close()
    assert.equal(group.exitCode ?? group.signalCode, null)
  })
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { descendantsOf, identityOf, killProcesses } from './process-tree.ts'

it('finds what a process has started, also in sessions of their own, and kills those that still are who they were', async t => {
  // One child, and a grandchild that no signal to the group would reach.
  const child = spawn('sh', ['-c', 'sh -c "setsid sleep 31617 & wait" & wait'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const pid = child.pid ?? 0
  await eventually('three processes', () => descendantsOf(pid).length >= 2 && commandsBelow(pid).includes('sleep'))
  const found = descendantsOf(pid)
  assert.equal(killProcesses(found.map(each => ({ ...each, startedTicks: `${each.startedTicks}0` }))), 0)
  assert.deepEqual(
    found.map(each => identityOf(each.pid)?.startedTicks),
    found.map(each => each.startedTicks),
  )
  assert.equal(killProcesses(found), found.length)
  await eventually('they are gone', () => found.every(each => identityOf(each.pid) === undefined))
  assert.equal(killProcesses(found), 0)
})

it('finds nothing below a process that is not there', () => {
  // Above what Linux gives by default, 2^22.
  assert.deepEqual(descendantsOf(4_194_305), [])
  assert.equal(identityOf(4_194_305), undefined)
})

function commandsBelow(pid: number): readonly string[] {
  return descendantsOf(pid).map(each => readFileSync(`/proc/${each.pid}/comm`, 'utf8').trim())
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { systemClock } from '../../runtime/clock.ts'
import { descendantsOf, identityOf } from '../../runtime/process-tree.ts'
import type { ContainerSpec } from './container.ts'
import { newProcessRuntime } from './process-runtime.ts'
import type { Reaper } from './reaper.ts'

const nobody: Reaper = { watch() {}, release() {}, close: async () => {} }

const shell = (script: string): ContainerSpec => ({
  id: 'a',
  namespace: 'default',
  pod: 'a',
  name: 'main',
  image: 'sh',
  argv: ['sh', '-c', script],
  env: {},
  workingDir: '/',
  address: '127.0.0.1',
  mounts: [],
})

describe('containers as processes', { timeout: 30_000 }, () => {
  const runtime = () => newProcessRuntime({ clock: systemClock, reaper: nobody })

  it('have ended when their program has, though a stray of it holds their output open', async t => {
    const lines: string[] = []
    const { exited, processGroup = 0 } = await runtime().start(
      shell('echo said; setsid sleep 31619 & sleep 0.5; exit 3'),
      line => lines.push(line),
    )
    let strays: ReturnType<typeof descendantsOf> = []
    await eventually('a stray', () => {
      strays = descendantsOf(processGroup)
      return strays.length >= 2
    })
    t.after(() => {
      for (const { pid } of strays) if (identityOf(pid)) process.kill(pid, 'SIGKILL')
    })
    assert.deepEqual(await exited, { code: 3 })
    assert.deepEqual(lines, ['said'])
  })

  it('end with their node, also those that hear no signal, are stopped, or have left their group', async () => {
    const node = runtime()
    const scripts = ['trap "" TERM; sleep 31620 & wait', 'kill -STOP $$', 'setsid sleep 31621 & wait']
    const groups: number[] = []
    for (const script of scripts) {
      const { processGroup = 0 } = await node.start(shell(script), () => {})
      groups.push(processGroup)
    }
    await eventually('their children', () => [0, 2].every(i => descendantsOf(groups[i] ?? 0).length >= 1))
    const all = groups.flatMap(group => [group, ...descendantsOf(group).map(({ pid }) => pid)])
    await node.close()
    await eventually('nothing is left', () => all.every(pid => identityOf(pid) === undefined))
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { descendantsOf, identityOf, type ProcessIdentity } from '../../../src/runtime/process-tree.ts'
import { eventually } from '../../support/eventually.ts'
import { newHome, noProcessesOf, serin, start } from '../../support/serin.ts'

// A pod that hears no SIGTERM, with a child in a session of its own.
const stubborn = `
apiVersion: v1
kind: Pod
metadata: {name: stubborn, namespace: default}
spec:
  terminationGracePeriodSeconds: 600
  containers:
    - name: main
      image: stubborn
      args: ["trap '' TERM; setsid sleep 31623 & while true; do sleep 31624; done"]
`

describe('the end of local clusters', { timeout: 240_000 }, () => {
  let home: Awaited<ReturnType<typeof newHome>>
  let pid = 0
  let below: readonly ProcessIdentity[] = []
  const at = (command: string, ...args: string[]) => serin(home.dir, command, '--dir', 'clusters', ...args)
  const isOver = () => [pid, ...below.map(each => each.pid)].every(each => identityOf(each) === undefined)

  beforeEach(async () => {
    home = await newHome()
    const up = await at('up', '--detach', '--members', '1', '--image', 'stubborn=sh -c')
    assert.equal(up.code, 0, up.stderr)
    await writeFile(path.join(home.dir, 'pod.yaml'), stubborn)
    await eventually('the pod is taken', async () => {
      const applied = await at('kubectl', '--cluster', 'kurator-member1', 'apply', '-f', 'pod.yaml')
      return applied.code === 0
    })
    pid = (JSON.parse((await at('status', '--json')).stdout) as { pid: number }).pid
    // The one that watches over pods, the hosts of programs, and three of the pod.
    await eventually('the pod runs', () => {
      below = descendantsOf(pid)
      return below.length >= 5
    })
  })
  afterEach(async () => {
    for (const each of [pid, ...below.map(each => each.pid)]) if (identityOf(each)) process.kill(each, 'SIGKILL')
    await noProcessesOf(home.dir)
    await home.remove()
  })

  it('comes in order although pods hear no signal and who watches over them was stopped', async () => {
    for (const each of below) process.kill(each.pid, 'SIGSTOP')
    const { code, stdout, stderr } = await at('down')
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'stopped: host, kurator-member1\n', stderr: '' })
    await eventually('nothing is left', isOver)
  })

  it('comes in order although the clusters were stopped, as by Ctrl-Z', async () => {
    process.kill(pid, 'SIGSTOP')
    const { code, stdout } = await at('down')
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'stopped: host, kurator-member1\n' })
    await eventually('nothing is left', isOver)
  })

  it('is brought about by force where the clusters do not answer, with all their pods', async () => {
    const again = setInterval(() => {
      for (const each of [pid, ...below.map(each => each.pid)]) if (identityOf(each)) process.kill(each, 'SIGSTOP')
    }, 1)
    try {
      const { code, stdout } = await at('down', '--purge', '--timeout', '1s')
      assert.equal(code, 0)
      const killed =
        /^killed: host, kurator-member1; process (\d+) did not end within 1 s \((\d+) processes in all\)\n$/
      const [, whose, count] = killed.exec(stdout) ?? []
      assert.equal(Number(whose), pid, stdout)
      assert.ok(Number(count) > below.length, stdout)
    } finally {
      clearInterval(again)
    }
    await eventually('nothing is left', isOver)
  })
})

describe('serin up, told to end twice', { timeout: 120_000 }, () => {
  it('ends at once, with nothing left', async t => {
    const home = await newHome()
    t.after(home.remove)
    const { child, saying, ended } = start(home.dir, 'up', '--dir', 'clusters', '--members', '1')
    await saying('ready: ')
    const below = descendantsOf(child.pid ?? 0)
    // An end in order takes seconds: it waits for who is in the middle of a request.
    for (const address of ['git', 'dashboard']) {
      const { stdout } = await serin(home.dir, 'status', '--dir', 'clusters', address)
      const socket = connect(Number(new URL(stdout).port), '127.0.0.1')
      t.after(() => socket.destroy())
      socket.on('error', () => {}).write('GET / HTTP/1.1\r\nhost:')
      await once(socket, 'connect')
    }
    for (const { pid } of below) process.kill(pid, 'SIGSTOP')
    child.kill('SIGTERM')
    await eventually('it has begun to end', () => !existsSync(path.join(home.dir, 'clusters', 'state.json')))
    // Signals that come within a second are one: a terminal, a shell and npm all pass a key press on.
    await new Promise(resolve => setTimeout(resolve, 1_100))
    child.kill('SIGTERM')
    assert.equal((await ended).code, 130)
    await eventually('nothing is left', () => below.every(({ pid }) => identityOf(pid) === undefined))
    await noProcessesOf(home.dir)
  })
})

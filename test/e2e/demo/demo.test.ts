import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { newHome, noProcessesOf, serin, start } from '../../support/serin.ts'

interface Told {
  readonly event: string
  readonly cluster?: string
  readonly phase?: string
  readonly weight?: number
  readonly seconds: number
}

describe('serin demo', { timeout: 240_000 }, () => {
  it('rolls a good release out and a bad one back on both members, in less than two minutes', async t => {
    const home = await newHome()
    t.after(home.remove)
    const { code, stdout, stderr } = await serin(home.dir, 'demo', '--json')
    assert.equal(code, 0, stderr)
    const told = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Told)
    for (const member of ['kurator-member1', 'kurator-member2']) {
      const rows = told.filter(({ event, cluster }) => event === 'rollout' && cluster === member)
      const phases = rows.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1])
      const ends = phases.filter(phase => ['Initialized', 'Succeeded', 'Failed'].includes(phase ?? ''))
      assert.deepEqual(ends, ['Initialized', 'Succeeded', 'Failed'], phases.join(' '))
      const promoted = rows.findIndex(({ phase }) => phase === 'Promoting' || phase === 'Succeeded')
      const weights = new Set(rows.slice(0, promoted).map(({ weight }) => weight))
      assert.deepEqual([...weights], [0, 10, 20, 30, 40, 50])
    }
    assert.ok((told.at(-1)?.seconds ?? Number.POSITIVE_INFINITY) < 120, `it took ${told.at(-1)?.seconds} s`)
    assert.deepEqual(await readdir(home.dir), [], 'the temporary folder is still there')
    await noProcessesOf(home.dir)
  })

  for (const moment of ['Starting', 'Running:', 'Initialized']) {
    it(`leaves nothing behind when it is stopped after ${JSON.stringify(moment)}`, async t => {
      const home = await newHome()
      t.after(home.remove)
      const { child, saying, ended } = start(home.dir, 'demo')
      await saying(moment)
      child.kill('SIGINT')
      const { code, stderr } = await ended
      assert.deepEqual({ code, stderr }, { code: 130, stderr: '' })
      assert.deepEqual(await readdir(home.dir), [])
      await noProcessesOf(home.dir)
    })
  }

  it('says how to end what --keep has left, also when it is stopped', async t => {
    const home = await newHome()
    t.after(home.remove)
    const { child, saying, ended } = start(home.dir, 'demo', '--keep')
    await saying('Running:')
    child.kill('SIGINT')
    const { code, stdout } = await ended
    assert.equal(code, 130)
    const [, dir = ''] = / {2}stop it with: serin down --purge --dir (\S+)\n/.exec(stdout) ?? []
    const down = await serin(home.dir, 'down', '--purge', '--dir', dir)
    assert.equal(down.stdout, 'stopped: host, kurator-member1, kurator-member2\n', stdout)
    await noProcessesOf(home.dir)
  })
})

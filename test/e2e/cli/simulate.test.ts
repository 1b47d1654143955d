import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { newHome, serin } from '../../support/serin.ts'

const examples = path.join(import.meta.dirname, '..', '..', 'examples', 'applications')
const guide = path.join(examples, 'canary.yaml')

async function simulate(...args: readonly string[]) {
  const home = await newHome()
  try {
    return await serin(home.dir, 'simulate', ...args)
  } finally {
    await home.remove()
  }
}

describe('serin simulate', () => {
  it("shows that the guide's rollout takes a step each interval, and ends", async () => {
    const { code, stdout, stderr } = await simulate('-f', guide, '--json')
    assert.equal(code, 0, stderr)
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { atMs: number; phase: string; canaryWeight: number; actions: string[] })
    const steps = rows.filter(({ phase, actions }) => phase === 'Progressing' && actions.length > 0)
    assert.deepEqual(
      steps.map(({ canaryWeight, atMs }) => [canaryWeight, atMs / 1000]),
      [
        [0, 0],
        [10, 10],
        [20, 100],
        [30, 190],
        [40, 280],
        [50, 370],
      ],
    )
    assert.equal(rows.at(-1)?.phase, 'Succeeded')
  })

  it('rolls back where a metric gets bad on the way, and ends with 1', async () => {
    const bad = ['--metric', 'request-success-rate=90', '--from-weight', '30']
    const { code, stdout, stderr } = await simulate('-f', guide, ...bad)
    assert.deepEqual({ code, stderr }, { code: 1, stderr: 'serin: a rollout does not succeed\n' })
    assert.match(stdout, /4:40 {2}Progressing +30% +1\/2 +Halt backend.webapp advancement success rate 90.00% < 99%/)
    assert.match(stdout, /\nends Failed after 6:10\n$/)
  })

  it('takes every example that is valid', async () => {
    for (const name of ['ab-testing.yaml', 'blue_green.yaml', 'canaryNginx.yaml', 'canaryKuma.yaml']) {
      const file = path.join(examples, name)
      const { code, stdout, stderr } = await simulate('-f', file)
      assert.deepEqual({ name, code, stderr }, { name, code: 0, stderr: '' }, stdout)
      assert.ok((await readFile(file, 'utf8')).includes('rollout:'))
    }
  })

  const wrong: readonly { name: string; args: readonly string[]; stderr: RegExp }[] = [
    { name: 'no file', args: [], stderr: /required option '-f, --file <file>'/ },
    { name: 'a file that is not there', args: ['-f', 'none.yaml'], stderr: /cannot read none.yaml: no such file/ },
    {
      name: 'a file without a rollout',
      args: ['-f', path.join(examples, 'gitops', 'fleet.yaml')],
      stderr: /there is no rollout in it/,
    },
    { name: 'a metric without a value', args: ['-f', guide, '--metric', 'x'], stderr: /write NAME=NUMBER/ },
    {
      name: 'a metric that it has not',
      args: ['-f', guide, '--metric', 'x=1'],
      stderr: /--metric x: Canary webapp\/backend has request-success-rate, request-duration/,
    },
    { name: 'a weight above 100', args: ['-f', guide, '--from-weight', '101'], stderr: /from 0 to 100/ },
    { name: 'a duration that is none', args: ['-f', guide, '--ready-after', 'soon'], stderr: /--ready-after "soon"/ },
    { name: 'no pods', args: ['-f', guide, '--replicas', '0'], stderr: /whole number from 1/ },
    { name: 'an unknown pace', args: ['-f', guide, '--pace', 'slow'], stderr: /event, upstream/ },
  ]
  for (const { name, args, stderr } of wrong) {
    it(`ends with 2 for ${name}`, async () => {
      const ended = await simulate(...args)
      assert.equal(ended.code, 2, ended.stderr)
      assert.match(ended.stderr, stderr)
    })
  }
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '..')

/** Prints whether Node's own fetch, and the whole of undici, came with a module. */
const script = `
import { createRequire } from 'node:module'
await import(process.argv[1])
const whole = Object.keys(createRequire(import.meta.url).cache).some(file => file.endsWith('/undici/index.js'))
const own = process.moduleLoadList.some(name => name.endsWith('internal/deps/undici/undici'))
process.stdout.write(JSON.stringify({ own, whole }))
process.exit()
`

async function loadedWith(module: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, module], { cwd: root })
  return JSON.parse(stdout)
}

describe('what comes with a program', () => {
  for (const program of [
    'src/cli/local/local-set.ts',
    'src/playground/program-host.ts',
    'src/playground/demo-app/app.ts',
    'src/loadtester/server.ts',
    'src/manager/host.ts',
    'src/manager/agent.ts',
  ]) {
    it(`${program} loads no second HTTP client`, async () => {
      assert.deepEqual(await loadedWith(path.join(root, program)), { own: false, whole: false })
    })
  }

  it('sees one where there is one', async () => {
    assert.deepEqual(await loadedWith('node:http'), { own: true, whole: false })
    assert.deepEqual(await loadedWith('undici'), { own: false, whole: true })
  })
})

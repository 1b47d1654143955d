import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const hook = path.join(import.meta.dirname, 'own-sources.ts')

describe('own sources', () => {
  let folder = ''
  const files = {
    'package.json': '{"type": "module"}',
    'main.ts': `
      import { resolveOwnSources } from ${JSON.stringify(hook)}
      resolveOwnSources(new URL('./src/', import.meta.url).href)
      await import('./src/a.ts').then(({ a }) => console.log(a), error => console.log(error.code, error.message))`,
    'src/a.ts': `
      import { sep } from 'node:path'
      import { b } from './deep/b.ts'
      import data from './deep/data.json' with { type: 'json' }
      export const a: string = [b, data.c, sep].join(' ')`,
    'src/deep/b.ts': "import { d } from '../d.ts'\nexport const b: string = import.meta.filename + d",
    'src/deep/data.json': '{"c": "from JSON"}',
    'src/d.ts': 'export const d: number = 1',
  }
  before(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'serin-sources-')))
    await mkdir(path.join(folder, 'src', 'deep'), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
  })
  after(() => rm(folder, { recursive: true, force: true }))
  const started = async () => (await run(process.execPath, [path.join(folder, 'main.ts')])).stdout.trim()

  it('are found by the names that imports give, and everything else as ever', async () => {
    assert.equal(await started(), `${path.join(folder, 'src', 'deep', 'b.ts')}1 from JSON /`)
  })

  it('that are missing are named in the error', async () => {
    await rm(path.join(folder, 'src', 'd.ts'))
    assert.match(await started(), /^\S+ .*d\.ts/)
  })
})

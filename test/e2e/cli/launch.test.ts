import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { newHome } from '../../support/serin.ts'

const run = promisify(execFile)
const bin = path.join(import.meta.dirname, '..', '..', '..', 'bin')

async function home(t: TestContext): Promise<string> {
  const { dir, remove } = await newHome()
  t.after(remove)
  return dir
}

describe('bin/serin', () => {
  const version = '0.1.0\n'

  it('starts by its path, by PATH, and from its own folder', async () => {
    assert.equal((await run(path.join(bin, 'serin'), ['--version'])).stdout, version)
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` }
    assert.equal((await run('serin', ['--version'], { env })).stdout, version)
    assert.equal((await run('sh', ['serin', '--version'], { cwd: bin })).stdout, version)
  })

  it('starts by a link, such as npm makes', async t => {
    const link = path.join(await home(t), 'linked')
    await symlink(path.join(bin, 'serin'), link)
    assert.equal((await run(link, ['--version'])).stdout, version)
  })

  it('hands over arguments as they are', async () => {
    const told = await run(path.join(bin, 'serin'), ['help', 'a "b"  $c *']).catch(error => error)
    assert.equal(told.stderr.split('\n')[0], `serin: unknown command 'a "b"  $c *'`)
  })

  it('is the process itself, so that signals and exit codes need nobody to pass them on', async t => {
    const dir = await home(t)
    // Its parent is whoever called the shell that it began as.
    const file = path.join(dir, 'who.mjs')
    await writeFile(file, 'process.on("exit", () => console.error(process.ppid, process.versions.node))\n')
    const env = { ...process.env, NODE_OPTIONS: `--import=${file}` }
    const { stderr } = await run(path.join(bin, 'serin'), ['--version'], { env })
    const [parent, node] = stderr.trim().split(' ')
    assert.equal(Number(parent), process.pid)
    assert.ok(Number(node?.split('.')[0]) >= 24, node)
  })

  it('runs on the Node of the machine where none came with it', async t => {
    // A package without the Node that is an optional part of it.
    const dir = await home(t)
    await cp(bin, path.join(dir, 'bin'), { recursive: true })
    await mkdir(path.join(dir, 'dist'))
    await writeFile(path.join(dir, 'package.json'), '{"type": "module"}')
    await writeFile(path.join(dir, 'dist', 'cli.js'), 'console.log(process.execPath, ...process.argv.slice(2))')
    const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}` }
    const { stdout } = await run(path.join(dir, 'bin', 'serin'), ['up', 'a b'], { env })
    assert.equal(stdout, `${process.execPath} up a b\n`)
  })
})

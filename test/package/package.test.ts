import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '..', '..')

describe('the package that npm pack makes', () => {
  let folder = ''
  let serin: (...args: readonly string[]) => Promise<string>

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-package-'))
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, env: quiet() })
    const tarball = packed.stdout.trim().split('\n').at(-1) ?? ''
    const clean = path.join(folder, 'clean')
    await mkdir(clean)
    await writeFile(path.join(clean, 'package.json'), '{"private": true}\n')
    // Nothing is fetched: what it runs with is inside, and a Node that is new enough is here already.
    const install = ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', path.join(folder, tarball)]
    await run('npm', install, { cwd: clean, env: quiet() })
    const env = {
      // Optional dependencies are left out, so it has no Node beside it.
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}`,
      HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_CACHE_HOME: path.join(folder, 'cache'),
    }
    const program = path.join(clean, 'node_modules', 'serin', 'bin', 'serin')
    serin = async (...args) => (await run(program, args, { cwd: folder, env })).stdout
  })
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

  it('holds the programs and the chart, and no source, test or package of others', async () => {
    const installed = path.join(folder, 'clean', 'node_modules')
    assert.deepEqual(
      (await readdir(installed)).filter(name => !name.startsWith('.')),
      ['serin'],
    )
    const top = (await readdir(path.join(installed, 'serin'))).sort()
    assert.deepEqual(top, ['LICENSE', 'NOTICE', 'README.md', 'bin', 'deploy', 'dist', 'package.json'])
  })

  it('names the license of every package whose code is inside', async () => {
    const file = path.join(folder, 'clean', 'node_modules', 'serin', 'dist', 'packages.json')
    const packages = JSON.parse(await readFile(file, 'utf8')) as readonly { name: string; license: string }[]
    const licenses = new Set(packages.map(({ license }) => license))
    assert.deepEqual(
      [...licenses].sort(),
      ['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT', 'Python-2.0', '0BSD'].filter(each => licenses.has(each)).sort(),
    )
  })

  for (const program of ['manager', 'agent', 'loadtester', 'dashboard', 'demo', 'watch']) {
    it(`starts ${program}`, async () => {
      assert.match(await serin(program, '--help'), new RegExp(`^Usage: serin ${program}`))
    })
  }

  it('loads no module of Node that an agent has no use for, as each would take memory', async () => {
    const kubeconfig = path.join(folder, 'nobody.json')
    const named = { name: 'nobody' }
    const config = {
      'current-context': 'nobody',
      clusters: [{ ...named, cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ ...named, context: { cluster: 'nobody', user: 'nobody' } }],
      users: [{ ...named, user: { token: 'none' } }],
    }
    await writeFile(kubeconfig, JSON.stringify(config))
    const atExit = 'data:text/javascript,process.on("exit",()=>console.log(process.moduleLoadList.join()))'
    const program = path.join(folder, 'clean', 'node_modules', 'serin', 'dist', 'cli.js')
    const args = ['--import', atExit, program, 'agent', '--kubeconfig', kubeconfig, '--port', '0']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    child.stdout.on('data', chunk => out.push(chunk))
    // It has tried to reach its cluster.
    child.stderr.on('data', chunk => String(chunk).includes('ECONNREFUSED') && child.kill('SIGTERM'))
    await new Promise(resolve => child.once('close', resolve))
    const loaded = new Set(Buffer.concat(out).toString().trim().split(','))
    const unused = ['http2', 'internal/deps/undici/undici', 'internal/webstreams/readablestream', 'zlib']
    assert.ok(loaded.has('NativeModule https'))
    assert.deepEqual(
      unused.filter(name => loaded.has(`NativeModule ${name}`)),
      [],
    )
  })

  it('runs the local clusters with their pods, the dashboard and the bundled kubectl', async () => {
    const dir = path.join(folder, 'set')
    await serin('up', '--detach', '--dir', dir, '--members', '1')
    try {
      const status = JSON.parse(await serin('status', '--dir', dir, '--json')) as { dashboard: string }
      const page = await (await fetch(status.dashboard)).text()
      assert.match(page, /assets\/main-[0-9a-f]+\.js/)
      const applied = ['create', 'deployment', 'web', '--image=ghcr.io/stefanprodan/podinfo:6.5.3']
      await serin('kubectl', '--dir', dir, '--cluster', 'kurator-member1', ...applied)
      await serin(
        'kubectl',
        '--dir',
        dir,
        '--cluster',
        'kurator-member1',
        'rollout',
        'status',
        'deployment/web',
        '--timeout=60s',
      )
    } finally {
      await serin('down', '--dir', dir, '--purge')
    }
  })
})

/** npm's own settings of the run that started this test would end up in the other one. */
function quiet(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
}

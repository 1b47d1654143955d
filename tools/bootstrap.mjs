// Runs a program of this repository on the Node that the repository brings, installing what is missing first.
//
//   node tools/bootstrap.mjs FILE [ARGUMENT ...]
//
// This file alone has to be readable for the oldest Node that can start it (20). npm scripts go through it because
// the shell that npm starts has already resolved `node` before `npm ci` has put the right one on the PATH.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const modules = path.join(root, 'node_modules')
const stamp = path.join(modules, '.serin-lock')

installWhatIsMissing()
run(nodeToUse(), process.argv.slice(2))

function installWhatIsMissing() {
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isInstalled()) return
  // Two installations at once would take each other's files away.
  alone(() => {
    if (!isInstalled()) install(wanted)
  })
}

function install(wanted) {
  process.stderr.write('serin: installing dependencies with npm ci (once; about 450 MB, half a minute or so) ...\n')
  const startedMs = Date.now()
  // No package's install script is needed, so none is run.
  const npm = spawnSync(
    'npm',
    ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    },
  )
  if (npm.status !== 0) throw new Error(`npm ci failed${npm.error ? `: ${npm.error.message}` : ''}`)
  writeFileSync(stamp, wanted)
  process.stderr.write(`serin: dependencies installed in ${Math.round((Date.now() - startedMs) / 1000)} s\n`)
}

/** Runs `work` while no other process of this clone does; one that died without a word holds nobody up. */
function alone(work) {
  const lock = path.join(root, '.cache', 'installing')
  mkdirSync(path.dirname(lock), { recursive: true })
  while (!takes(lock)) {
    if (isHeld(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    else rmSync(lock, { force: true })
  }
  let failure
  try {
    work()
  } catch (error) {
    failure = error
  }
  rmSync(lock, { force: true })
  if (failure) {
    process.stderr.write(`serin: ${failure.message}\n`)
    process.exit(1)
  }
}

function takes(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isHeld(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // Made, and not yet written to.
    if (!pid) return Date.now() - statSync(lock).mtimeMs < 5_000
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process, or it was given back just now.
    return error.code === 'EPERM' || error.code === 'ENOENT'
  }
}

/** The repository's own Node where the registry has one for this platform, else the one running if it is new enough. */
function nodeToUse() {
  const bundled = path.join(modules, '.bin', 'node')
  if (existsSync(bundled)) return bundled
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  process.stderr.write(
    `serin: Node 24 or newer is needed; this is ${process.versions.node} and there is no packaged one for ${process.platform}/${process.arch}\n`,
  )
  process.exit(1)
}

function run(node, args) {
  const child = spawn(node, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
      // Sources that were stripped of their types once start in a third of the time.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(modules, '.cache', 'compile'),
    },
  })
  // Ctrl-C reaches the whole foreground group; the child decides how to end, and this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', error => {
    process.stderr.write(`serin: cannot start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

// Starts Serin on the Node that runs this, or on a newer one that is beside it; bin/serin comes here where it finds none.
// This file alone has to be readable for older ones.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'src', 'cli', 'main.ts')
// A package has no sources; a clone may have a bundle that is older than they are.
const program = existsSync(source) ? source : join(root, 'dist', 'cli.js')

const args = process.argv.slice(2)
// Compiled code is kept, so that neither this process nor those it starts have to strip types again.
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache'),
}

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache(env.NODE_COMPILE_CACHE)
  await import(program)
} else {
  // In a clone it is below this folder, in an installed package beside it.
  const places = [join(root, 'node_modules', '.bin', 'node'), join(root, '..', '.bin', 'node')]
  const bundled = places.find(existsSync)
  if (!bundled) {
    process.stderr.write(
      `serin: Node 24 or newer is needed; this is ${process.versions.node}. In a clone, npm ci brings one.\n`,
    )
    process.exit(1)
  }
  const child = spawn(bundled, [program, ...args], { stdio: 'inherit', env })
  // Ctrl-C reaches the whole foreground group; the child decides how to end, and this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

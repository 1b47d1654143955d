// Linter and type checker, the way CI runs them: `npm run check`.
import { spawnSync } from 'node:child_process'

const steps: readonly (readonly [string, ...string[]])[] = [
  ['biome', 'check', '.'],
  typeCheck('.', 'root'),
  typeCheck('dashboard', 'dashboard'),
]

/** Remembers what it found beside the dependencies, so that the next check looks at what changed: 2 s of CPU, not 9. */
function typeCheck(project: string, name: string): readonly [string, ...string[]] {
  const remembered = `node_modules/.cache/types-${name}.tsbuildinfo`
  return ['tsc', '--noEmit', '--project', project, '--incremental', '--tsBuildInfoFile', remembered]
}

for (const [command, ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

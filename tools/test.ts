// Runs the tests: `npm test` for the self-contained ones, `npm run test:LANE` for those that need more than Node.
//
//   tools/test.ts [--lane NAME] [FILE ...]
//
// A lane whose tool is missing says which one and exits with 0 after "0 passed, 0 failed, 1 skipped": skipped is
// printed and never counted as passed.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Lane {
  readonly files: readonly string[]
  /** Why the lane cannot run here, or undefined when it can. */
  readonly missing?: (env: NodeJS.ProcessEnv) => string | undefined
  readonly env?: Readonly<Record<string, string>>
}

const lanes: Readonly<Record<string, Lane>> = {
  default: { files: ['tools/**/*.test.ts', 'src/**/*.test.ts', 'test/**/*.test.ts'] },
  real: {
    files: ['test/conformance/**/*.test.ts', 'test/install/**/*.lane.ts'],
    missing: env =>
      env['KUBEBUILDER_ASSETS'] && existsSync(`${env['KUBEBUILDER_ASSETS']}/kube-apiserver`)
        ? undefined
        : 'KUBEBUILDER_ASSETS does not name a folder with kube-apiserver, kube-controller-manager and etcd (tools/kubeassets/build.sh builds them with Go)',
    env: { SERIN_CONFORMANCE: 'real' },
  },
  prometheus: {
    files: ['test/differential/**/*.lane.ts'],
    missing: env =>
      env['PROMETHEUS_BINARY']
        ? undefined
        : onPath('prometheus', 'Debian package prometheus; or set PROMETHEUS_BINARY'),
  },
  takeover: {
    files: ['test/takeover/**/*.lane.ts'],
    missing: env =>
      lanes['real']?.missing?.(env) ??
      (env['FLAGGER_ASSETS'] && existsSync(`${env['FLAGGER_ASSETS']}/flagger`)
        ? undefined
        : 'FLAGGER_ASSETS does not name a folder with flagger (tools/flagger/build.sh builds it with Go)'),
  },
  fuzz: {
    files: ['test/fuzz/**/*.test.ts'],
    env: { SERIN_FUZZ_RUNS: '10000' },
  },
  ssh: {
    files: ['test/ssh/**/*.lane.ts'],
    missing: env =>
      existsSync(env['SSHD_BINARY'] ?? '/usr/sbin/sshd')
        ? undefined
        : '/usr/sbin/sshd is not there (Debian package openssh-server; or set SSHD_BINARY)',
  },
  browser: {
    files: ['test/browser/**/*.lane.ts'],
    missing: () => onPath('chromium', 'Debian package chromium'),
  },
}

const { values, positionals } = parseArgs({
  options: { lane: { type: 'string', default: 'default' } },
  allowPositionals: true,
})
const lane = lanes[values.lane]
if (!lane) fail(`unknown lane ${JSON.stringify(values.lane)}; use one of ${Object.keys(lanes).join(', ')}`)

const missing = lane.missing?.(process.env)
if (missing) {
  process.stdout.write(`lane ${values.lane} SKIPPED: ${missing}\n0 passed, 0 failed, 1 skipped\n`)
  process.exit(0)
}

const files = globSync(positionals.length > 0 ? positionals : [...lane.files]).sort()
if (files.length === 0) fail(`lane ${values.lane} has no test files`)
const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--test', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...lane.env },
})
process.exit(status ?? 1)

function onPath(command: string, from: string): string | undefined {
  const found = (process.env['PATH'] ?? '').split(':').some(folder => existsSync(`${folder}/${command}`))
  return found ? undefined : `${command} is not installed (${from})`
}

function fail(message: string): never {
  process.stderr.write(`test: ${message}\n`)
  process.exit(2)
}

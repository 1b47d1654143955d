import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { newHome, noProcessesOf, serin, start } from '../../support/serin.ts'

interface Status {
  readonly pid: number
  readonly dashboard: string
  readonly git: string
  readonly clusters: readonly Readonly<
    Record<'name' | 'server' | 'kubeconfig' | 'gateway' | 'proxy' | 'prometheus', string>
  >[]
}

describe('serin up', { timeout: 240_000 }, () => {
  let home: Awaited<ReturnType<typeof newHome>>
  const dir = () => path.join(home.dir, 'clusters')
  const at = (command: string, ...args: string[]) => serin(home.dir, command, '--dir', dir(), ...args)
  const status = async () => JSON.parse((await at('status', '--json')).stdout) as Status

  before(async () => {
    home = await newHome()
    const { code, stdout, stderr } = await at('up', '--detach')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^ready: host, kurator-member1, kurator-member2\n/)
  })
  after(async () => {
    await at('down')
    await noProcessesOf(home.dir)
    await home.remove()
  })

  it('says where everything is', async () => {
    const { clusters, dashboard, git } = await status()
    assert.deepEqual(
      clusters.map(({ name, kubeconfig }) => [name, kubeconfig]),
      ['host', 'kurator-member1', 'kurator-member2'].map(name => [name, `${dir()}/kubeconfig/${name}.config`]),
    )
    for (const url of [
      dashboard,
      git,
      ...clusters.flatMap(({ server, gateway, proxy, prometheus }) => [server, gateway, proxy, prometheus]),
    ]) {
      assert.match(url, /^https?:\/\/127\.0\.0\.1:\d+$/)
    }
    assert.equal((await fetch(dashboard)).status, 200)
  })

  it('brings what the guides expect', async () => {
    const fleet = await at(
      'kubectl',
      'get',
      'fleet',
      'quickstart',
      '-o',
      'jsonpath={.status.phase} {.status.readyClusters}',
    )
    assert.equal(fleet.stdout, 'Ready 2', fleet.stderr)
    const gateway = await at(
      'kubectl',
      '--cluster',
      'kurator-member2',
      '-n',
      'istio-system',
      'get',
      'gateway.networking.istio.io',
      '-o',
      'name',
    )
    assert.equal(gateway.stdout.trim(), 'gateway.networking.istio.io/public-gateway', gateway.stderr)
  })

  it('says what a manifest would change, until it is applied', async () => {
    const file = path.join(import.meta.dirname, '..', '..', 'examples', 'applications', 'canary.yaml')
    const before = await at('diff', '-f', file)
    assert.deepEqual([before.code, before.stderr], [1, 'serin: something would change\n'])
    assert.deepEqual(before.stdout.trimEnd().split('\n'), [
      'host',
      '  + Application default/rollout-demo',
      '  + GitRepository default/rollout-demo',
      ...['0', '1'].flatMap(policy =>
        ['1', '2'].map(m => `  + Kustomization default/rollout-demo-${policy}-attachedcluster-kurator-member${m}`),
      ),
      ...['1', '2'].flatMap(m => [
        `kurator-member${m}`,
        '  + Deployment webapp/backend-testloader',
        '  + Service webapp/backend-testloader',
        '  ? Canary webapp/backend follows the Service backend',
      ]),
    ])
    const missing = await at('kubectl', 'get', 'application', 'rollout-demo')
    assert.match(missing.stderr, /not found/)
    await at('kubectl', 'apply', '-f', file)
    await eventually('nothing differs', async () => {
      const { code, stdout } = await at('diff', '-f', file)
      return code === 1 && /^kurator-member1\n {2}\? Canary/.test(stdout)
    })
    const changed = path.join(home.dir, 'changed.yaml')
    await writeFile(changed, (await readFile(file, 'utf8')).replace('stepWeight: 10', 'stepWeight: 25'))
    const difference = await at('diff', '-f', changed)
    assert.match(difference.stdout, /canaryStrategy\.stepWeight: 10 -> 25\n/)
    const refused = await at('kubectl', 'delete', 'application', 'rollout-demo')
    assert.equal(refused.code, 0, refused.stderr)
  })

  it('prints one address alone', async () => {
    const { git, clusters } = await status()
    assert.equal((await at('status', 'git')).stdout, `${git}\n`)
    assert.equal((await at('status', 'clusters')).stdout, 'host\nkurator-member1\nkurator-member2\n')
    assert.equal((await at('status', 'kurator-member2.gateway')).stdout, `${clusters[2]?.gateway}\n`)
    const unknown = await at('status', 'kurator-member9.gateway')
    assert.equal(unknown.code, 2)
    assert.match(
      unknown.stderr,
      /there is no "kurator-member9.gateway"; there are git, dashboard, dir, clusters, host\.server, /,
    )
  })

  it('says that it runs already when it is started again', async () => {
    const { pid } = await status()
    for (const flags of [[], ['--detach']]) {
      const again = await at('up', ...flags)
      assert.equal(again.code, 0, again.stderr)
      assert.ok(again.stdout.startsWith(`already running (process ${pid})\nready: host, `), again.stdout)
    }
  })

  it('keeps objects and addresses over kill -9', async () => {
    await at('kubectl', 'create', 'configmap', 'kept', '--from-literal=a=b')
    const before = await status()
    process.kill(before.pid, 'SIGKILL')
    assert.equal((await at('status')).code, 3)
    const again = await at('up', '--detach')
    assert.equal(again.code, 0, again.stderr)
    const kept = await at('kubectl', 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')
    assert.equal(kept.stdout, 'b', kept.stderr)
    const now = await status()
    const addressesOf = ({ dashboard, git, clusters }: Status) => [
      dashboard,
      git,
      ...clusters.flatMap(({ server, gateway, proxy, prometheus }) => [server, gateway, proxy, prometheus]),
    ]
    assert.deepEqual(addressesOf(now), addressesOf(before))
  })

  it('ends kubectl with its own exit code', async () => {
    const missing = await at('kubectl', 'get', 'configmap', 'nobody')
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /configmaps "nobody" not found/)
  })
})

const fleet = 'apiVersion: fleet.kurator.dev/v1alpha1\nkind: Fleet\nmetadata: {name: x}\nspec: {clusters: []}\n'

// Nothing listens on port 1.
const deadConfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'dead', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: { token: 't' } }],
  contexts: [{ name: 'dead', context: { cluster: 'dead', user: 'nobody' } }],
  'current-context': 'dead',
})

describe('serin up, wrongly used', { timeout: 120_000 }, () => {
  const cases: readonly { name: string; args: readonly string[]; code: number; stderr: RegExp }[] = [
    {
      name: 'no members',
      args: ['up', '--members', '0'],
      code: 2,
      stderr: /^serin: --members "0": it must be from 1 to 50\n$/,
    },
    {
      name: 'a name that is none',
      args: ['up', '--members', 'Ä'],
      code: 2,
      stderr: /^serin: --members "Ä": "Ä" is no name of a cluster/,
    },
    {
      name: 'a name twice',
      args: ['up', '--members', 'a,a'],
      code: 2,
      stderr: /^serin: --members "a,a": a is there twice\n$/,
    },
    {
      name: 'an image without a command',
      args: ['up', '--image', 'web'],
      code: 2,
      stderr: /^serin: "web" is no image mapping; write REPOSITORY=COMMAND\n$/,
    },
    {
      name: 'a mirror without a name',
      args: ['up', '--mirror', 'https://example.com/x'],
      code: 2,
      stderr: /^serin: --mirror "https:\/\/example.com\/x": write URL=NAME\n$/,
    },
    {
      name: 'a mirror of a path',
      args: ['up', '--mirror', '/srv/x=x'],
      code: 2,
      stderr: /the URL must begin with http:\/\/, https:\/\/ or ssh:\/\/\n$/,
    },
    { name: 'a time scale of zero', args: ['up', '--time-scale', '0'], code: 2, stderr: /above 0/ },
    {
      name: 'a Prometheus that is none',
      args: ['up', '--prometheus', 'http://127.0.0.1:2'],
      code: 2,
      stderr: /^serin: --prometheus "http:\/\/127.0.0.1:2": nothing answers there: ECONNREFUSED\n$/,
    },
    {
      name: 'a real Prometheus in a faster time',
      args: ['up', '--prometheus', 'prometheus', '--time-scale', '10'],
      code: 2,
      stderr: /^serin: --prometheus and --time-scale cannot be used together\n$/,
    },
    {
      name: 'validate without a file',
      args: ['validate'],
      code: 2,
      stderr: /^serin: required option '-f, --file <file>'/,
    },
    {
      name: 'an unknown flag',
      args: ['up', '--memebers', '2'],
      code: 2,
      stderr: /^serin: unknown option '--memebers'/,
    },
    { name: 'help about nothing', args: ['help', 'upp'], code: 2, stderr: /^serin: unknown command 'upp'/ },
    { name: 'an unknown command', args: ['upp'], code: 2, stderr: /^serin: unknown command 'upp'/ },
    {
      name: 'status where nothing runs',
      args: ['status', '--dir', 'nothing'],
      code: 3,
      stderr: /^serin: no local cluster runs in \S+nothing; start one with: serin up/,
    },
    {
      name: 'kubectl where nothing runs',
      args: ['kubectl', '--dir', 'nothing', 'get', 'pods'],
      code: 3,
      stderr: /^serin: no local cluster runs/,
    },
    {
      name: 'diff against a cluster that is not there',
      args: ['diff', '-f', 'fine.yaml', '--kubeconfig', 'dead.config'],
      code: 3,
      stderr: /^serin: the cluster at https:\/\/127.0.0.1:1 cannot be reached: /,
    },
    {
      name: 'diff of a file that is none',
      args: ['diff', '-f', 'broken.yaml', '--kubeconfig', 'dead.config'],
      code: 2,
      stderr: /^serin: broken.yaml is no YAML: /,
    },
    {
      name: 'diff with a kubeconfig that is not there',
      args: ['diff', '-f', 'fine.yaml', '--kubeconfig', 'nobody.config'],
      code: 2,
      stderr: /nobody.config/,
    },
    {
      name: 'retry of an Application where nothing runs',
      args: ['retry', 'x', '--dir', 'nothing'],
      code: 3,
      stderr: /^serin: no local cluster runs/,
    },
    {
      name: 'a directory where none can be made',
      args: ['up', '--dir', '/proc/serin'],
      code: 4,
      stderr: /^serin: cannot make the directory \/proc\/serin: /,
    },
    {
      name: 'a directory below a file',
      args: ['up', '--dir', 'file/below'],
      code: 4,
      stderr: /^serin: cannot make the directory \S+: /,
    },
  ]
  for (const { name, args, code, stderr } of cases) {
    it(`ends with ${code} and one line for ${name}`, async t => {
      const home = await newHome()
      t.after(home.remove)
      await writeFile(path.join(home.dir, 'file'), '')
      await writeFile(path.join(home.dir, 'broken.yaml'), 'a: [b\n')
      await writeFile(path.join(home.dir, 'dead.config'), deadConfig)
      await writeFile(path.join(home.dir, 'fine.yaml'), fleet)
      const ended = await serin(home.dir, ...args)
      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stderr, stderr)
    })
  }

  it('names every wrong field of a manifest, without a cluster', async t => {
    const home = await newHome()
    t.after(home.remove)
    const manifest = 'apiVersion: apps.kurator.dev/v1alpha1\nkind: Application\nmetadata: {name: x}\n'
    await writeFile(
      path.join(home.dir, 'app.yaml'),
      `${manifest}spec: {source: {}, syncPolicies: [{kustomisation: {}}]}\n`,
    )
    const { code, stderr } = await serin(home.dir, 'validate', '-f', 'app.yaml')
    assert.equal(code, 2)
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'app.yaml: Application x: unknown field "spec.syncPolicies[0].kustomisation"',
      'app.yaml: Application x: spec.source: Required value: must have one of gitRepository, helmRepository, ociRepository',
      'serin: 2 fields are wrong',
    ])
  })

  it('ends without a word when nobody reads its output any more', async t => {
    const home = await newHome()
    t.after(home.remove)
    const { child, ended } = start(home.dir, 'help', 'up')
    child.stdout?.destroy()
    assert.deepEqual(await ended, { code: 0, stdout: '', stderr: '' })
  })

  it('stops in order when it is interrupted while it starts', async t => {
    const home = await newHome()
    t.after(home.remove)
    const { child, ended } = start(home.dir, 'up', '--dir', 'clusters')
    await eventually('clusters that start', () => existsSync(path.join(home.dir, 'clusters', 'git')))
    child.kill('SIGINT')
    assert.equal((await ended).code, 130)
    await noProcessesOf(home.dir)
  })
})

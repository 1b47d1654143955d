import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { answerJson, startScriptedServer, statusBody } from '../../test/support/scripted-server.ts'
import { ConfigMap } from '../api/core/core-v1.ts'
import { systemClock } from './clock.ts'
import { newIdentitySource } from './credentials.ts'
import { newClient } from './http-client.ts'
import type { ClusterConfig, Credentials } from './kubeconfig.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-credentials-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const clusterOf = (credentials: Credentials): ClusterConfig => ({ server: 'https://example.test', credentials })

/** A plugin that runs `script` under this Node. */
function plugin(script: string, extra: Partial<NonNullable<Credentials['exec']>> = {}): Credentials {
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      env: {},
      provideClusterInfo: false,
      ...extra,
    },
  }
}

function answering(status: object, apiVersion = 'client.authentication.k8s.io/v1'): string {
  return `console.log(${JSON.stringify(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }))})`
}

describe('credentials become headers', () => {
  const cases: readonly { readonly name: string; readonly given: Credentials; readonly want: object }[] = [
    { name: 'none for nobody', given: {}, want: {} },
    { name: 'from a token', given: { token: 't' }, want: { authorization: 'Bearer t' } },
    {
      name: 'from name and password',
      given: { username: 'me', password: 'p:q' },
      want: { authorization: `Basic ${Buffer.from('me:p:q').toString('base64')}` },
    },
    {
      name: 'for somebody else',
      given: { token: 't', impersonateUser: 'you', impersonateGroups: ['a', 'b'] },
      want: { authorization: 'Bearer t', 'impersonate-user': 'you', 'impersonate-group': ['a', 'b'] },
    },
    { name: 'from a plugin', given: plugin(answering({ token: 'x' })), want: { authorization: 'Bearer x' } },
  ]
  for (const { name, given, want } of cases) {
    it(name, async () => {
      assert.deepEqual((await newIdentitySource(clusterOf(given), systemClock).current()).headers, want)
    })
  }

  it('and TLS material', async t => {
    const folder = await folderOf(t)
    const file = path.join(folder, 'ca.crt')
    await writeFile(file, '-----BEGIN CA')
    const given = { clientCertificate: { text: '-----BEGIN C' }, clientKey: { text: '-----BEGIN K' } }
    const identity = await newIdentitySource({ ...clusterOf(given), ca: { file } }, systemClock).current()
    assert.deepEqual(identity, {
      headers: {},
      caPem: '-----BEGIN CA',
      certificatePem: '-----BEGIN C',
      keyPem: '-----BEGIN K',
    })
  })
})

describe('credentials are kept fresh', () => {
  it('a token file is read again after a minute', async t => {
    const tokenFile = path.join(await folderOf(t), 'token')
    const clock = new FakeClock()
    const source = newIdentitySource(clusterOf({ tokenFile }), clock)
    const current = async () => (await source.current()).headers['authorization']
    await writeFile(tokenFile, 'one\n')
    assert.equal(await current(), 'Bearer one')
    await writeFile(tokenFile, 'two\n')
    assert.equal(await current(), 'Bearer one')
    await clock.advance(60_000)
    assert.equal(await current(), 'Bearer two')
  })

  it('a plugin is asked again shortly before its answer ends, and once for all who wait', async t => {
    const count = path.join(await folderOf(t), 'count')
    const clock = new FakeClock('2026-01-01T00:00:00Z')
    const script = `require('fs').appendFileSync(${JSON.stringify(count)}, 'x');
      ${answering({ token: 't', expirationTimestamp: '2026-01-01T00:01:00Z' })}`
    const source = newIdentitySource(clusterOf(plugin(script)), clock)
    const runs = async () => (await readFile(count, 'utf8')).length
    await Promise.all([source.current(), source.current(), source.current()])
    assert.equal(await runs(), 1)
    await clock.advance(49_000)
    await source.current()
    assert.equal(await runs(), 1)
    // The answer's time has not changed, so that it is too old at once.
    await clock.advance(1_000)
    await source.current()
    assert.equal(await runs(), 2)
  })

  it('a token that the API refuses is renewed once, and the request sent again', async t => {
    const tokenFile = path.join(await folderOf(t), 'token')
    await writeFile(tokenFile, 'old')
    const server = await startScriptedServer((request, response) => {
      if (request.headers.authorization === 'Bearer new') return answerJson(response, { metadata: {} })
      void writeFile(tokenFile, 'new').then(() => answerJson(response, statusBody(401, 'Unauthorized', 'no'), 401))
    })
    t.after(() => server.close())
    const client = newClient({ config: { server: server.url, credentials: { tokenFile } }, clock: systemClock })
    t.after(() => client.close())
    await client.create(ConfigMap, { metadata: { namespace: 'web', name: 'a' } })
    assert.deepEqual(
      server.seen.map(request => request.headers.authorization),
      ['Bearer old', 'Bearer new'],
    )
  })

  it('a fixed token that the API refuses is not sent twice', async t => {
    const server = await startScriptedServer((_request, response) => {
      answerJson(response, statusBody(401, 'Unauthorized', 'no'), 401)
    })
    t.after(() => server.close())
    const client = newClient({ config: { server: server.url, credentials: { token: 't' } }, clock: systemClock })
    t.after(() => client.close())
    await assert.rejects(client.fetch(ConfigMap, { namespace: 'web', name: 'a' }), { code: 401 })
    assert.equal(server.seen.length, 1)
  })
})

describe('an exec plugin', () => {
  it('that never answers is killed after a minute', async t => {
    const started = path.join(await folderOf(t), 'pid')
    const clock = new FakeClock()
    const script = `require('fs').writeFileSync(${JSON.stringify(started)}, String(process.pid)); setInterval(() => {}, 1e6)`
    const answer = newIdentitySource(clusterOf(plugin(script)), clock).current()
    const pid = await eventually('the plugin', () => readFile(started, 'utf8').catch(() => undefined))
    const refused = assert.rejects(answer, /did not answer within 60000 ms/)
    await clock.advance(60_000)
    await refused
    await eventually('its end', () => !isRunning(Number(pid)))
  })

  it('is told the cluster, where it asks for it', async () => {
    const script = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential',
        status: { token: Buffer.from(JSON.stringify(info.spec)).toString('base64') } }))`
    const apiVersion = 'client.authentication.k8s.io/v1beta1'
    const given = plugin(script, { provideClusterInfo: true, apiVersion })
    const source = newIdentitySource(
      { ...clusterOf(given), ca: { text: '-----BEGIN CA' }, tlsServerName: 'api' },
      systemClock,
    )
    const token = String((await source.current()).headers['authorization']).slice('Bearer '.length)
    assert.deepEqual(JSON.parse(Buffer.from(token, 'base64').toString()), {
      interactive: false,
      cluster: {
        server: 'https://example.test',
        'tls-server-name': 'api',
        'certificate-authority-data': Buffer.from('-----BEGIN CA').toString('base64'),
        config: null,
      },
    })
  })

  it('may give a certificate', async () => {
    const given = plugin(answering({ clientCertificateData: 'C', clientKeyData: 'K' }))
    const { certificatePem, keyPem } = await newIdentitySource(clusterOf(given), systemClock).current()
    assert.deepEqual([certificatePem, keyPem], ['C', 'K'])
  })

  const failures: readonly { readonly name: string; readonly given: Credentials; readonly want: RegExp }[] = [
    {
      name: 'is not there',
      given: plugin('', { command: '/no/such/program', installHint: 'see example.test\nfor more' }),
      want: /exec plugin "\/no\/such\/program" cannot be run: .*ENOENT; see example.test$/,
    },
    {
      name: 'fails',
      given: plugin('console.error("not logged in"); process.exit(3)'),
      want: /exit code 3: not logged in$/,
    },
    {
      name: 'answers with text',
      given: plugin('console.log("secret-token")'),
      want: /answered with something that is not JSON$/,
    },
    { name: 'answers with another kind', given: plugin('console.log("{}")'), want: /answered with kind undefined/ },
    {
      name: 'answers in another version',
      given: plugin(answering({ token: 'x' }, 'client.authentication.k8s.io/v1beta1')),
      want: /answered with apiVersion "client.authentication.k8s.io\/v1beta1"; client.authentication.k8s.io\/v1 was asked/,
    },
    { name: 'gives nothing', given: plugin(answering({})), want: /without a token or a certificate and its key/ },
    {
      name: 'says a time that is none',
      given: plugin(answering({ token: 'x', expirationTimestamp: 'tomorrow' })),
      want: /with the time "tomorrow"/,
    },
    {
      name: 'never stops talking',
      given: plugin('setInterval(() => process.stdout.write("x".repeat(2e6)), 10)'),
      want: /wrote more than 1048576 bytes/,
    },
  ]
  for (const { name, given, want } of failures) {
    it(`that ${name} is an error without secrets`, async () => {
      await assert.rejects(newIdentitySource(clusterOf(given), systemClock).current(), (error: unknown) => {
        assert.match((error as Error).message, want)
        assert.doesNotMatch((error as Error).message, /secret-token/)
        return true
      })
    })
  }
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

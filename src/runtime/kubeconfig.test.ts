import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { KubeConfig as OfficialKubeConfig } from '@kubernetes/client-node'
import {
  clusterConfigFromText,
  clusterConfigOf,
  KubeConfigError,
  mergeKubeConfigs,
  parseKubeConfig,
} from './kubeconfig.ts'
import { inClusterConfig, loadClusterConfig, readKubeConfigFiles } from './kubeconfig-files.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig with one context; `cluster` and `user` are the lines of each, in flow form. */
function kubeconfig(cluster: string, user: string, context = ''): string {
  return `apiVersion: v1
kind: Config
current-context: main
contexts: [{name: main, context: {cluster: c, user: u${context}}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`
}

const server = 'server: "https://example.test:6443"'

describe('a kubeconfig', () => {
  const cases: readonly { readonly name: string; readonly text: string; readonly want: object }[] = [
    {
      name: 'with a token, an inline CA and a namespace',
      text: kubeconfig(
        `${server}, certificate-authority-data: ${base64('-----BEGIN CERTIFICATE-----')}`,
        'token: t',
        ', namespace: web',
      ),
      want: {
        server: 'https://example.test:6443',
        ca: { text: '-----BEGIN CERTIFICATE-----' },
        namespace: 'web',
        credentials: { token: 't' },
      },
    },
    {
      name: 'with files, relative to its folder',
      text: kubeconfig(
        'server: "https://example.test/base/", certificate-authority: ca.crt, tls-server-name: api',
        'client-certificate: /abs/c.crt, client-key: keys/c.key, tokenFile: token',
      ),
      want: {
        server: 'https://example.test/base',
        ca: { file: '/etc/k/ca.crt' },
        tlsServerName: 'api',
        credentials: {
          clientCertificate: { file: '/abs/c.crt' },
          clientKey: { file: '/etc/k/keys/c.key' },
          tokenFile: '/etc/k/token',
        },
      },
    },
    {
      name: 'with basic authentication, impersonation and no verification',
      text: kubeconfig(
        `${server}, insecure-skip-tls-verify: true`,
        'username: me, password: p, as: you, as-groups: [g, h]',
      ),
      want: {
        server: 'https://example.test:6443',
        insecureSkipTlsVerify: true,
        credentials: { username: 'me', password: 'p', impersonateUser: 'you', impersonateGroups: ['g', 'h'] },
      },
    },
    {
      name: 'with an exec plugin, which inherits the environment',
      text: kubeconfig(
        server,
        'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [a, 1], provideClusterInfo: true,' +
          ' interactiveMode: IfAvailable, env: [{name: X, value: 5}], installHint: get it}',
      ),
      want: {
        server: 'https://example.test:6443',
        credentials: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: '/etc/k/login',
            args: ['a', '1'],
            env: { HOME: '/root', X: '5' },
            provideClusterInfo: true,
            installHint: 'get it',
          },
        },
      },
    },
    {
      name: 'without a user',
      text: kubeconfig(server, '').replace(', user: u', ''),
      want: { server: 'https://example.test:6443', credentials: {} },
    },
  ]
  for (const { name, text, want } of cases) {
    it(name, () => {
      const parsed = parseKubeConfig(text, { folder: '/etc/k' })
      assert.deepEqual(clusterConfigOf(parsed, { env: { HOME: '/root', X: 'overridden', NONE: undefined } }), want)
    })
  }
})

describe('a wrong kubeconfig is refused', () => {
  const cases: readonly { readonly name: string; readonly text: string; readonly want: string | RegExp }[] = [
    { name: 'that is not YAML', text: 'a: [secret', want: /^kubeconfig is not valid YAML: (?!.*secret)/ },
    { name: 'that is a list', text: '[]', want: 'kubeconfig: the document is not a mapping' },
    { name: 'that is empty', text: '', want: 'kubeconfig has no current-context and none was asked for' },
    {
      name: 'whose current context is not there',
      text: kubeconfig(server, '').replace('name: main', 'name: other'),
      want: 'kubeconfig has no context "main"; it has other',
    },
    {
      name: 'whose cluster is not there',
      text: kubeconfig(server, '').replace('{name: c,', '{name: x,'),
      want: 'kubeconfig has no cluster "c"; it has x',
    },
    { name: 'without a server', text: kubeconfig('', ''), want: 'kubeconfig: the cluster has no server' },
    {
      name: 'with a server that is no URL',
      text: kubeconfig('server: "example.test:6443"', ''),
      want: 'kubeconfig: server "example.test:6443" is not an http or https URL',
    },
    {
      name: 'with a proxy that is none, without a word of what may be a password',
      text: kubeconfig(`${server}, proxy-url: "ftp://user:secret@proxy"`, ''),
      want: 'kubeconfig: proxy-url is no URL of http, https or socks5',
    },
    {
      name: 'with data that are not base64',
      text: kubeconfig(`${server}, certificate-authority-data: "-----BEGIN"`, ''),
      want: 'kubeconfig: certificate-authority-data is not base64',
    },
    {
      name: 'with an auth provider',
      text: kubeconfig(server, 'auth-provider: {name: gcp}'),
      want: 'kubeconfig: auth-provider was removed from Kubernetes; use an exec plugin',
    },
    {
      name: 'with an exec plugin of an unknown version',
      text: kubeconfig(server, 'exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}'),
      want:
        'kubeconfig: exec.apiVersion "client.authentication.k8s.io/v1alpha1" is not known; ' +
        'use client.authentication.k8s.io/v1',
    },
    {
      name: 'with an exec plugin that has to ask',
      text: kubeconfig(
        server,
        'exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}',
      ),
      want: 'kubeconfig: exec plugins that ask questions cannot be run',
    },
    {
      name: 'with a token that is a list',
      text: kubeconfig(server, 'token: [t]'),
      want: 'kubeconfig: token is not a string',
    },
    { name: 'with an entry without a name', text: 'users: [{}]', want: 'kubeconfig: users[0].name is missing' },
  ]
  for (const { name, text, want } of cases) {
    it(name, () => {
      assert.throws(
        () => clusterConfigFromText(text),
        (error: unknown) => {
          assert.ok(error instanceof KubeConfigError)
          if (typeof want === 'string') assert.equal(error.message, want)
          else assert.match(error.message, want)
          return true
        },
      )
    })
  }

  it('that would run a program or read a file, where it may not', () => {
    const trust = { allowExec: false, allowFiles: false }
    const exec = kubeconfig(server, 'exec: {apiVersion: client.authentication.k8s.io/v1, command: x}')
    assert.throws(() => clusterConfigFromText(exec, trust), /exec plugins are not allowed/)
    for (const field of ['tokenFile', 'client-certificate', 'client-key']) {
      const text = kubeconfig(server, `${field}: /var/run/token`)
      assert.throws(() => clusterConfigFromText(text, trust), new RegExp(`${field} names a file, which is not allowed`))
    }
  })
})

describe('kubeconfig files', () => {
  async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'serin-kubeconfig-'))
    t.after(() => rm(folder, { recursive: true }))
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    return folder
  }

  it('of KUBECONFIG are merged, the first wins, and those that are missing are skipped', async t => {
    const folder = await folderWith(t, {
      one: kubeconfig('server: "https://one.test", certificate-authority: ca.crt', 'token: one'),
      two: `${kubeconfig('server: "https://two.test"', 'token: two').replace('main', 'second')}`.replace(
        'name: main',
        'name: second',
      ),
    })
    const env = { KUBECONFIG: ['missing', 'one', 'two'].map(name => path.join(folder, name)).join(path.delimiter) }
    assert.deepEqual(await loadClusterConfig({ env }), {
      server: 'https://one.test',
      ca: { file: path.join(folder, 'ca.crt') },
      credentials: { token: 'one' },
    })
    // A context of the second file meets the cluster of the first, as its name is taken.
    assert.equal((await loadClusterConfig({ env, context: 'second' })).server, 'https://one.test')
  })

  it('must be there', async t => {
    const folder = await folderWith(t, {})
    await assert.rejects(readKubeConfigFiles([path.join(folder, 'no')]), /no kubeconfig found at .*\/no/)
    await assert.rejects(readKubeConfigFiles([folder]), /cannot be read: EISDIR/)
    await assert.rejects(
      loadClusterConfig({ env: { HOME: folder } }),
      /KUBECONFIG is not set, .*\.kube\/config is not there/,
    )
  })

  it('are not needed in a pod', async t => {
    const folder = await folderWith(t, { namespace: 'web\n', token: 't', 'ca.crt': '' })
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    assert.deepEqual(await inClusterConfig({ env, folder }), {
      server: 'https://10.0.0.1:443',
      ca: { file: path.join(folder, 'ca.crt') },
      namespace: 'web',
      credentials: { tokenFile: path.join(folder, 'token') },
    })
    const v6 = await inClusterConfig({ env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder })
    assert.equal(v6.server, 'https://[fd00::1]:443')
    await assert.rejects(inClusterConfig({ env: {} }), /not in a cluster/)
  })
})

describe('the official client reads the same', () => {
  const texts = [
    kubeconfig(
      `${server}, certificate-authority-data: ${base64('-----BEGIN CERTIFICATE-----')}`,
      'token: t',
      ', namespace: web',
    ),
    kubeconfig(`${server}, insecure-skip-tls-verify: true, tls-server-name: api`, 'username: me, password: p'),
    kubeconfig(
      server,
      `client-certificate-data: ${base64('-----BEGIN C')}, client-key-data: ${base64('-----BEGIN K')}`,
    ),
    kubeconfig(`${server}, certificate-authority: ca.crt`, 'client-certificate: c.crt, client-key: c.key'),
  ]
  for (const [i, text] of texts.entries()) {
    it(`from text ${i + 1}`, () => {
      const official = new OfficialKubeConfig()
      official.loadFromString(text)
      const [cluster, user] = [official.getCurrentCluster(), official.getCurrentUser()]
      const ours = clusterConfigFromText(text)
      const pem = (value: typeof ours.ca) => (value && 'text' in value ? base64(value.text) : undefined)
      const file = (value: typeof ours.ca) => (value && 'file' in value ? value.file : undefined)
      const { credentials } = ours
      assert.deepEqual(
        [
          ours.server,
          ours.insecureSkipTlsVerify ?? false,
          ours.tlsServerName,
          pem(ours.ca),
          file(ours.ca),
          ours.namespace,
        ],
        [
          cluster?.server,
          cluster?.skipTLSVerify,
          cluster?.tlsServerName,
          cluster?.caData,
          cluster?.caFile,
          official.getContextObject('main')?.namespace,
        ],
      )
      assert.deepEqual(
        [
          credentials.token,
          credentials.username,
          credentials.password,
          pem(credentials.clientCertificate),
          file(credentials.clientKey),
        ],
        [user?.token, user?.username, user?.password, user?.certData, user?.keyFile],
      )
    })
  }

  it('from two files merged', () => {
    const one = parseKubeConfig(kubeconfig('server: "https://one.test"', 'token: one'))
    const two = parseKubeConfig(kubeconfig('server: "https://two.test"', 'token: two').replaceAll('main', 'second'))
    const merged = mergeKubeConfigs([one, two])
    assert.deepEqual([...merged.contexts.keys()].sort(), ['main', 'second'])
    assert.equal(merged.currentContext, 'main')
    assert.equal(clusterConfigOf(merged).credentials.token, 'one')
  })
})

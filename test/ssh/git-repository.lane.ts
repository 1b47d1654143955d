// Git by ssh from a real sshd: host keys, keys with and without a passphrase, and what is said of those that are wrong.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Secret } from '../../src/api/core/core-v1.ts'
import { GitRepository } from '../../src/api/source/v1.ts'
import { findCondition } from '../../src/apimachinery/conditions.ts'
import {
  createGitRepository,
  newNamespace,
  newWorkingCopy,
  type SyncHost,
  startSyncHost,
  untilReady,
} from '../conformance/sync/host.ts'
import { type SshServer, startSshServer } from '../support/ssh-server.ts'

describe('a GitRepository that is reached by ssh', { timeout: 120_000 }, () => {
  const namespace = 'ssh'
  let host: SyncHost
  let server: SshServer
  let url = ''
  let head = ''

  before(async () => {
    host = await startSyncHost()
    server = await startSshServer(process.env['SSHD_BINARY'] ?? '/usr/sbin/sshd')
    await newNamespace(host.client, namespace)
    const work = await newWorkingCopy(host, 'app')
    head = await work.commit('first', { 'a.yaml': 'a: 1\n' })
    url = `${server.url}${path.join(host.folder, 'bare', 'app.git')}`
  })
  after(async () => {
    await server?.close()
    await host?.close()
  })

  async function fetched(name: string, stringData: Record<string, string>, ready: 'True' | 'False') {
    await host.client.create(Secret, { metadata: { namespace, name }, stringData })
    await createGitRepository(host.client, { namespace, name }, { url, secretRef: { name } })
    return untilReady(host.client, GitRepository, { namespace, name }, ready)
  }

  it('proves who it is by a key', async () => {
    const { identity, knownHosts } = server
    const { status } = await fetched('key', { identity, known_hosts: knownHosts }, 'True')
    assert.equal(status?.artifact?.revision, `master@sha1:${head}`)
  })

  it('opens a key by its passphrase', async () => {
    const { lockedIdentity: identity, passphrase, knownHosts } = server
    const { status } = await fetched('locked', { identity, password: passphrase, known_hosts: knownHosts }, 'True')
    assert.equal(status?.artifact?.revision, `master@sha1:${head}`)
  })

  const wrong: readonly { name: string; secret: () => Record<string, string>; reason: string; message: RegExp }[] = [
    {
      name: 'a host with another key than the known one',
      secret: () => {
        const [address] = server.knownHosts.split(' ')
        const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
        return { identity: server.identity, known_hosts: `${address} ${other}\n` }
      },
      reason: 'GitOperationFailed',
      message: /host key verification failed/i,
    },
    {
      name: 'a host that nobody knows',
      secret: () => ({ identity: server.identity, known_hosts: 'elsewhere.example ssh-ed25519 AAAA\n' }),
      reason: 'GitOperationFailed',
      message: /host key verification failed/i,
    },
    {
      name: 'a key that the host does not take',
      secret: () => ({ identity: server.strangersIdentity, known_hosts: server.knownHosts }),
      reason: 'GitOperationFailed',
      message: /permission denied/i,
    },
    {
      name: 'a passphrase that is wrong',
      secret: () => ({ identity: server.lockedIdentity, password: 'wrong', known_hosts: server.knownHosts }),
      reason: 'GitOperationFailed',
      message: /permission denied/i,
    },
    {
      name: 'a Secret without host keys',
      secret: () => ({ identity: server.identity }),
      reason: 'AuthenticationFailed',
      message: /'known_hosts' is required/,
    },
  ]
  for (const [at, c] of wrong.entries()) {
    it(`refuses ${c.name}, and says so without a word of the key`, async () => {
      const { status } = await fetched(`wrong-${at}`, c.secret(), 'False')
      const ready = findCondition(status?.conditions, 'Ready')
      assert.equal(ready?.reason, c.reason)
      assert.match(ready?.message ?? '', c.message)
      assert.doesNotMatch(ready?.message ?? '', /PRIVATE KEY|sesame|serin-ssh/)
    })
  }
})

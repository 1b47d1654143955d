import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Namespace } from '../api/core/core-v1.ts'
import { systemClock } from './clock.ts'
import { newClient } from './http-client.ts'
import { type ClusterConfig, clusterConfigFromText } from './kubeconfig.ts'

describe('over TLS', () => {
  let cluster: TestCluster
  let config: ClusterConfig
  before(async () => {
    cluster = await startTestCluster()
    config = clusterConfigFromText(cluster.api.kubeconfig)
  })
  after(() => cluster.close())

  async function ask(change: (config: ClusterConfig) => ClusterConfig) {
    const client = newClient({ config: change(config), clock: systemClock })
    try {
      return (await client.fetch(Namespace, { name: 'default' })).metadata?.name
    } finally {
      await client.close()
    }
  }

  it('a server with a certificate of the CA is trusted', async () => {
    assert.equal(await ask(same => same), 'default')
  })

  it('a server without one is not, and the error says why', async () => {
    const withoutCa = ({ ca: _, ...rest }: ClusterConfig) => rest
    await assert.rejects(ask(withoutCa), { name: 'ConnectionError', message: /failed: .*certificate/ })
    assert.equal(await ask(given => ({ ...withoutCa(given), insecureSkipTlsVerify: true })), 'default')
  })

  it('a server with another name is not, unless that name was asked for', async () => {
    const named = (tlsServerName: string) => ask(given => ({ ...given, tlsServerName }))
    await assert.rejects(named('wrong.example.test'), { name: 'ConnectionError', message: /wrong\.example\.test/ })
    assert.equal(await named('localhost'), 'default')
  })

  it('a CA that is not PEM is refused before anything is sent', async () => {
    await assert.rejects(
      ask(given => ({ ...given, ca: { text: 'x' } })),
      { reason: 'InvalidKubeConfig', message: /not PEM/ },
    )
    const missing = ask(given => ({ ...given, ca: { file: '/no/such/file' } }))
    await assert.rejects(missing, { message: /the certificate authority cannot be read from \/no\/such\/file: ENOENT/ })
  })

  it('a wrong token is told so', async () => {
    await assert.rejects(
      ask(given => ({ ...given, credentials: { token: 'wrong' } })),
      { code: 401, reason: 'Unauthorized' },
    )
  })

  it('a closed client says that it is', async () => {
    const client = newClient({ config, clock: systemClock })
    await client.close()
    await assert.rejects(client.fetch(Namespace, { name: 'default' }), {
      name: 'ConnectionError',
      message: /is closed/,
    })
  })

  it('requests beyond the limit wait their turn', async () => {
    const clock = new FakeClock()
    const client = newClient({ config, clock, qps: 2, burst: 1 })
    let answered = 0
    const requests = [1, 2, 3].map(() => client.fetch(Namespace, { name: 'default' }).then(() => (answered += 1)))
    await requests[0]
    assert.equal(answered, 1)
    await clock.advance(500)
    await requests[1]
    assert.equal(answered, 2)
    await clock.advance(500)
    await requests[2]
    await client.close()
  })
})

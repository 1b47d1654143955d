import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
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
    assert.equal(await named('kubernetes.default.svc'), 'default')
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

it('a client certificate is shown to the server', async t => {
  const { certPem, keyPem } = await selfSigned()
  const server = createServer({ cert: certPem, key: keyPem, ca: certPem, requestCert: true }, (_request, response) => {
    response.end(JSON.stringify({ metadata: { name: 'default' } }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise(resolve => server.close(resolve)))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  const config = { server: `https://127.0.0.1:${port}`, ca: { text: certPem } }
  const ask = async (credentials: ClusterConfig['credentials']) => {
    const client = newClient({ config: { ...config, credentials }, clock: systemClock })
    t.after(() => client.close())
    return (await client.fetch(Namespace, { name: 'default' })).metadata?.name
  }
  assert.equal(await ask({ clientCertificate: { text: certPem }, clientKey: { text: keyPem } }), 'default')
  // It does not know who asks, and ends the connection.
  await assert.rejects(ask({}), { name: 'ConnectionError' })
})

/** A certificate for 127.0.0.1 that is its own authority. */
async function selfSigned() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    certPem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  }
}

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../test/support/embedded-cluster.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { ValidatingWebhookConfiguration } from '../../api/core/admissionregistration-v1.ts'
import { Namespace, Secret } from '../../api/core/core-v1.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { certify } from '../../runtime/x509/certificate.ts'
import { newAdmission } from './admission.ts'

const place = {
  namespace: 'serin-system',
  secretName: 'hook-certificate',
  serviceName: 'hook',
  configurationName: 'hook',
}
const secretRef = { namespace: place.namespace, name: place.secretName }
const dayMs = 24 * 3600 * 1000

describe("the webhook's own certificate", { timeout: 60_000 }, () => {
  let cluster: EmbeddedCluster
  const stop = new AbortController()
  const running: Promise<void>[] = []
  let servers: readonly ReturnType<typeof newAdmission>[] = []

  before(async () => {
    cluster = await startEmbeddedCluster()
    await cluster.client.create(Namespace, { metadata: { name: place.namespace } })
    await cluster.client.create(ValidatingWebhookConfiguration, {
      metadata: { name: 'hook' },
      webhooks: ['a.example.com', 'b.example.com'].map(name => ({
        name,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None' as const,
        clientConfig: { service: { name: 'hook', namespace: place.namespace, path: '/' } },
      })),
    })
    // Two replicas, as a Deployment has them.
    servers = [1, 2].map(() => {
      const { client } = cluster
      const deps = { client, clock: systemClock, random: Math.random, log: silentLogger }
      const informers = newInformerSet(deps)
      const admission = newAdmission(
        { host: '127.0.0.1', port: 0, certificate: place, rules: { noCrossNamespaceRefs: true } },
        { ...deps, informers },
      )
      running.push(informers.run(stop.signal), admission.run(stop.signal))
      return admission
    })
  })
  after(async () => {
    stop.abort(new Error('the test is over'))
    await Promise.allSettled(running)
    await Promise.all(servers.map(({ server }) => server.close()))
    await cluster.close()
  })

  const shown = async () => (await cluster.client.fetch(Secret, secretRef)).data ?? {}
  const pem = (text = '') => Buffer.from(text, 'base64').toString()
  const bundles = async () => {
    const { webhooks = [] } = await cluster.client.fetch(ValidatingWebhookConfiguration, { name: 'hook' })
    return webhooks.map(({ clientConfig }) => clientConfig.caBundle)
  }
  /** The code that a server answers to a caller who trusts `ca` and knows it by the Service's name. */
  const ask = (url: string, ca: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { ca, servername: 'hook.serin-system.svc', method: 'POST', agent: false as const }
      const asked = request(`${url}/nothing`, options, response => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.once('error', reject)
      asked.end()
    })

  it('is made once by the replicas together, and trusted by the API before it is shown', async () => {
    const urls = await eventually('both serve', async () => {
      const found = servers.map(({ server }) => server.url())
      return found.every(url => url !== undefined) ? found : undefined
    })
    const data = await shown()
    assert.deepEqual(await bundles(), [data['ca.crt'], data['ca.crt']])
    for (const url of urls) assert.equal(await ask(url ?? '', pem(data['ca.crt'])), 404)
    const certificate = new X509Certificate(pem(data['tls.crt']))
    assert.equal(certificate.checkHost('hook.serin-system.svc'), 'hook.serin-system.svc')
  })

  it('is renewed a month before it ends, and the previous authority stays trusted meanwhile', async () => {
    const now = systemClock.now().getTime()
    const validity = { notBefore: new Date(now - 80 * dayMs), notAfter: new Date(now + 10 * dayMs) }
    const authority = certify({ ...validity, commonName: 'old-ca' })
    const old = certify({
      ...validity,
      commonName: 'hook',
      issuer: authority.issuer,
      dnsNames: ['hook.serin-system.svc'],
    })
    const encoded = (text: string) => Buffer.from(text).toString('base64')
    const data = {
      'tls.crt': encoded(old.certificatePem),
      'tls.key': encoded(old.keyPem),
      'ca.crt': encoded(authority.certificatePem),
    }
    await cluster.client.patch(Secret, secretRef, { type: 'merge', body: { data } })
    const renewed = await eventually('it is renewed', async () => {
      const found = await shown()
      return found['tls.crt'] === data['tls.crt'] ? undefined : found
    })
    const authorities = pem(renewed['ca.crt']).match(/BEGIN CERTIFICATE/g)
    assert.equal(authorities?.length, 2)
    assert.ok(pem(renewed['ca.crt']).includes(authority.certificatePem.trim()))
    await eventually('the API trusts both', async () => (await bundles()).every(bundle => bundle === renewed['ca.crt']))
    for (const { server } of servers) {
      await eventually('the new one is shown', () =>
        ask(server.url() ?? '', newestOf(pem(renewed['ca.crt']))).then(
          code => code === 404,
          () => false,
        ),
      )
    }
  })
})

/** The first certificate of several. */
function newestOf(pem: string): string {
  return `${pem.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`
}

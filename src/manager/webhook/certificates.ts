/** The certificate of the admission webhook, made and renewed by the manager itself. */
import { X509Certificate } from 'node:crypto'
import {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../api/core/admissionregistration-v1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { ServingCertificate } from '../../runtime/http-server.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import { certify } from '../../runtime/x509/certificate.ts'

/** Where things are. */
export interface WebhookPlace {
  /** Of the Secret and the Service. */
  readonly namespace: string
  readonly secretName: string
  /** The Service that the API calls. */
  readonly serviceName: string
  /** Name of the validating and the mutating configuration; each may be missing. */
  readonly configurationName: string
}

/** What the controller needs. */
export interface CertificateDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly place: WebhookPlace
  /** Called with the certificate to show, each time it is another one. */
  readonly use: (certificate: ServingCertificate) => void
}

const dayMs = 24 * 3600 * 1000
/** Let's Encrypt's and cert-manager's usual: short enough that renewal is nothing special. */
const validityMs = 90 * dayMs
const renewBeforeMs = 30 * dayMs
// Of the two ends of a connection, one clock may be behind.
const skewMs = 3600 * 1000

/**
 * Keeps a certificate in a Secret and its authority in the webhooks' configurations; runs in every replica. The key of
 * an authority is never stored: each renewal comes with an authority of its own, and the previous one stays trusted
 * until its certificate ends, so that replicas may change over one after the other.
 */
export function newCertificateController(deps: CertificateDeps): Controller {
  const { client, informers, clock, place, use, log } = deps
  const { namespace, secretName: name } = place
  const secrets = informers.informer(Secret, { namespace, fieldSelector: `metadata.name=${name}` })
  const byName = { fieldSelector: `metadata.name=${place.configurationName}` }
  const configurations = [
    { type: ValidatingWebhookConfiguration, informer: informers.informer(ValidatingWebhookConfiguration, byName) },
    { type: MutatingWebhookConfiguration, informer: informers.informer(MutatingWebhookConfiguration, byName) },
  ] as const
  let shown = ''

  async function reconcile(_: unknown, signal: AbortSignal) {
    const stored = secrets.get({ namespace, name })
    const before = stored && contentOf(stored)
    const nowMs = clock.now().getTime()
    if (!before || before.endMs - renewBeforeMs <= nowMs) {
      const data = issue(place, before, clock.now())
      const secret: Secret = { metadata: { ...stored?.metadata, name, namespace }, type: 'kubernetes.io/tls', data }
      // Conditional on what was seen: of several replicas, one renews.
      await (stored ? client.update(Secret, secret, { signal }) : client.create(Secret, secret, { signal }))
      log.info('webhook certificate renewed', { secret: `${namespace}/${name}` })
      return {} // The watch brings it back.
    }
    for (const { type, informer } of configurations) {
      const configuration = informer.get({ name: place.configurationName })
      const webhooks = configuration?.webhooks ?? []
      if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === before.caBundle)) continue
      const body = {
        webhooks: webhooks.map(each => ({
          ...each,
          clientConfig: { ...each.clientConfig, caBundle: before.caBundle },
        })),
      }
      await client.patch(type, { name: place.configurationName }, { type: 'merge', body: body as never }, { signal })
    }
    // Only now: the API trusts whoever shows it.
    if (shown !== before.certificate.certPem) use(before.certificate)
    shown = before.certificate.certPem
    return { requeueAfterMs: Math.min(dayMs, before.endMs - renewBeforeMs - nowMs) }
  }

  const secretKey = `${namespace}/${name}`
  const toKeys = () => [secretKey]
  return newController({
    ...deps,
    reconciler: { name: 'webhook-certificate', reconcile },
    sources: [
      watchSource(secrets, { toKeys }),
      watchSource(configurations[0].informer, { toKeys }),
      watchSource(configurations[1].informer, { toKeys }),
      // There may be nothing yet that a watch could tell of.
      {
        start(enqueue) {
          enqueue(secretKey)
          return () => {}
        },
        synced: async () => {},
      },
    ],
  })
}

interface Content {
  readonly certificate: ServingCertificate
  /** base64, as the configurations hold it. */
  readonly caBundle: string
  readonly caPem: string
  readonly endMs: number
}

/** What the Secret holds; undefined where that is no certificate with its key. */
function contentOf({ data = {} }: Secret): Content | undefined {
  const [certPem, keyPem, caPem] = ['tls.crt', 'tls.key', 'ca.crt'].map(key =>
    Buffer.from(data[key] ?? '', 'base64').toString('utf8'),
  )
  if (!certPem || !keyPem || !caPem) return undefined
  try {
    const endMs = Date.parse(new X509Certificate(certPem).validTo)
    return { certificate: { certPem, keyPem }, caPem, caBundle: data['ca.crt'] ?? '', endMs }
  } catch {
    return undefined // Made anew.
  }
}

function issue(
  { namespace, serviceName }: WebhookPlace,
  before: Content | undefined,
  now: Date,
): Record<string, string> {
  const validity = { notBefore: new Date(now.getTime() - skewMs), notAfter: new Date(now.getTime() + validityMs) }
  const authority = certify({ ...validity, commonName: `${serviceName}-ca` })
  const host = `${serviceName}.${namespace}.svc`
  const server = certify({
    ...validity,
    commonName: host,
    issuer: authority.issuer,
    dnsNames: [host, `${host}.cluster.local`],
  })
  const previous = before && before.endMs > now.getTime() ? firstCertificate(before.caPem) : ''
  const encoded = (text: string) => Buffer.from(text).toString('base64')
  return {
    'tls.crt': encoded(server.certificatePem),
    'tls.key': encoded(server.keyPem),
    'ca.crt': encoded(authority.certificatePem + previous),
  }
}

/** The newest comes first; older ones have ended. */
function firstCertificate(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/.exec(pem)?.[0] ?? ''
}

/** The admission webhook put together: its server, its rules and whoever brings its certificate. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/log.ts'
import type { Runnable } from '../../runtime/manager.ts'
import type { WebhookOptions } from '../host-options.ts'
import { type CertificateDeps, newCertificateController } from './certificates.ts'
import { newReviewers } from './review.ts'
import { newWebhookServer, type WebhookServer } from './server.ts'

/** A webhook, and what keeps its certificate fresh. */
export interface Admission {
  readonly server: WebhookServer
  /** Runs in every replica, so that each can answer. */
  readonly run: Runnable
}

/** The kubelet brings a renewed Secret into its volume about once a minute. */
const lookAgainMs = 60_000

/** A webhook that does not run yet. */
export function newAdmission(options: WebhookOptions, deps: Omit<CertificateDeps, 'place' | 'use'>): Admission {
  const { host, port, certificate, rules } = options
  const server = newWebhookServer({ ...deps, host, port, reviewers: newReviewers(rules) })
  if ('folder' in certificate) {
    return { server, run: signal => followFolder(certificate.folder, server, deps, signal) }
  }
  const certificates = newCertificateController({ ...deps, place: certificate, use: server.use })
  return { server, run: signal => certificates.run(signal) }
}

async function followFolder(
  folder: string,
  server: WebhookServer,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let shown = ''
  while (!signal.aborted) {
    try {
      const [certPem, keyPem] = await Promise.all(
        ['tls.crt', 'tls.key'].map(file => readFile(path.join(folder, file), 'utf8')),
      )
      if (certPem && keyPem && certPem !== shown) server.use({ certPem, keyPem })
      shown = certPem ?? ''
    } catch (error) {
      log.warn('the webhook certificate cannot be read', { folder, error })
    }
    await clock.sleep(lookAgainMs, signal).catch(() => {}) // Only an abort; seen above.
  }
}

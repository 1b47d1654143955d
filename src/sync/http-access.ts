/** HTTP with a trust of its own: a private certificate authority, a client certificate, a proxy. */
import { rootCertificates } from 'node:tls'
import type { Dispatcher, RequestInit, Response } from 'undici'
import { Agent, newProxyAgent } from '../runtime/undici.ts'

/** How to reach a server. */
export interface HttpTrust {
  /** Trusted beside the authorities that Node knows. */
  readonly caPem?: string
  readonly clientCertificatePem?: string
  readonly clientKeyPem?: string
  /** Believes any certificate. */
  readonly insecureSkipVerify?: boolean
  /** `http://[user:password@]host:port`. */
  readonly proxy?: string
}

/** A way to send requests. Close it when done. */
export interface HttpAccess {
  /** As the global fetch; redirects to another origin lose their credentials. */
  fetch(url: string, init?: Omit<RequestInit, 'dispatcher'>): Promise<Response>
  close(): Promise<void>
}

/** The parts of a TLS Secret that are there: `ca.crt` (or Flux's older `caFile`), `tls.crt`, `tls.key`. */
export function tlsTrust(secret: Readonly<Record<string, string>>): HttpTrust {
  const parts = {
    caPem: secret['ca.crt'] ?? secret['caFile'],
    clientCertificatePem: secret['tls.crt'] ?? secret['certFile'],
    clientKeyPem: secret['tls.key'] ?? secret['keyFile'],
  }
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== ''))
}

/** Opens it; nothing is sent before the first fetch. */
export function newHttpAccess(trust: HttpTrust = {}): HttpAccess {
  const { caPem, clientCertificatePem: cert, clientKeyPem: key, insecureSkipVerify, proxy } = trust
  const connect = {
    ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}),
  }
  const open = async (): Promise<Dispatcher> =>
    proxy === undefined ? new Agent({ connect }) : newProxyAgent({ uri: proxy, requestTls: connect })
  let opened: Promise<Dispatcher> | undefined
  return {
    async fetch(url, init) {
      // Loaded when it is used: it is most of undici. The default export is there in a bundle too.
      const { default: undici } = await import('undici')
      opened ??= open()
      return undici.fetch(url, { ...init, dispatcher: await opened })
    },
    async close() {
      const dispatcher = await opened?.catch(() => undefined)
      await dispatcher?.destroy()
    },
  }
}

/** The whole body. @throws RangeError where it has more than `maxBytes` */
export async function readBody(response: Pick<Response, 'body'>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array // Bodies are bytes.
    bytes += part.length
    if (bytes > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`)
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}

/** What went wrong, with the cause that fetch hides behind "fetch failed". */
export function fetchProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}

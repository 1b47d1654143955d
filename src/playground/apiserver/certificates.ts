/** The server's identity: a certificate authority of its own, a serving certificate and the bearer token. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../../runtime/clock.ts'
import { certify } from '../../runtime/x509/certificate.ts'

/** What a server needs to be recognised, and clients to be let in. All PEM but for the token. */
export interface Identity {
  readonly caPem: string
  readonly certificatePem: string
  readonly keyPem: string
  readonly token: string
}

// Long enough for any playground, short enough that a leaked one dies some day.
const validityMs = 10 * 365 * 24 * 3600 * 1000
// A serving certificate that is about to end is made anew when the server starts.
const renewBeforeMs = 30 * 24 * 3600 * 1000

/**
 * The identity kept in `folder`, made and stored there when missing or about to expire; without a folder a new one.
 * P-256 keys; the certificate is for 127.0.0.1, ::1, localhost and the in-cluster names of the API.
 */
export async function loadIdentity(deps: {
  readonly clock: Clock
  readonly newToken: () => string
  readonly name: string
  readonly folder?: string | undefined
}): Promise<Identity> {
  if (deps.folder === undefined) return newIdentity(deps)
  const file = path.join(deps.folder, 'identity.json')
  const stored = await readIdentity(file)
  if (stored && stored.expiresAtMs - renewBeforeMs > deps.clock.now().getTime()) return stored
  const identity = newIdentity({ ...deps, newToken: () => stored?.token ?? deps.newToken() })
  await mkdir(deps.folder, { recursive: true, mode: 0o700 })
  const content = JSON.stringify({ ...identity, expiresAtMs: deps.clock.now().getTime() + validityMs })
  await writeFile(file, content, { mode: 0o600 })
  return identity
}

async function readIdentity(file: string): Promise<(Identity & { readonly expiresAtMs: number }) | undefined> {
  try {
    // Written by loadIdentity alone.
    return JSON.parse(await readFile(file, 'utf8')) as Identity & { readonly expiresAtMs: number }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`cannot read the server's identity from ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function newIdentity(deps: {
  readonly clock: Clock
  readonly newToken: () => string
  readonly name: string
}): Identity {
  const nowMs = deps.clock.now().getTime()
  // Clients whose clock is a little behind must not refuse the certificate.
  const validity = { notBefore: new Date(nowMs - 3600 * 1000), notAfter: new Date(nowMs + validityMs) }
  const authority = certify({ ...validity, commonName: `serin-${deps.name}-ca` })
  const server = certify({
    ...validity,
    commonName: 'kube-apiserver',
    issuer: authority.issuer,
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: [Buffer.of(127, 0, 0, 1), Buffer.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
  })
  return {
    caPem: authority.certificatePem,
    certificatePem: server.certificatePem,
    keyPem: server.keyPem,
    token: deps.newToken(),
  }
}

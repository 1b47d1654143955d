/** Runs a kubeconfig's credential program (client.authentication.k8s.io, ExecCredential). */
import { spawn } from 'node:child_process'
import type { Clock } from './clock.ts'
import { DeadlineError, withDeadline } from './deadline.ts'
import { type ClusterConfig, type ExecConfig, KubeConfigError } from './kubeconfig.ts'
import { redact } from './redact.ts'

/** What a plugin answered. */
export interface ExecCredential {
  readonly token?: string
  readonly clientCertificatePem?: string
  readonly clientKeyPem?: string
  /** When the credentials end; absent: they hold until the API refuses them. */
  readonly expiresAt?: Date
}

/** Plugins that open a browser or ask a cloud answer within seconds; a minute is a hang. */
const pluginTimeoutMs = 60_000
const maxOutputBytes = 1 << 20

/**
 * Runs the plugin once and reads its answer.
 * @throws KubeConfigError where it is missing, fails, or answers with something else
 */
export async function runExecPlugin(
  exec: ExecConfig,
  cluster: ClusterConfig,
  options: { readonly clock: Clock; readonly caPem?: string | undefined },
): Promise<ExecCredential> {
  const info = JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: clusterInfo(cluster, options.caPem) } : {}) },
  })
  const deadline = withDeadline(options.clock, pluginTimeoutMs)
  try {
    const output = await runProgram(exec, { ...exec.env, KUBERNETES_EXEC_INFO: info }, deadline.signal)
    return parseCredential(output, exec)
  } finally {
    deadline.clear()
  }
}

function clusterInfo(cluster: ClusterConfig, caPem: string | undefined) {
  return {
    server: cluster.server,
    ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
    ...(cluster.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(caPem ? { 'certificate-authority-data': Buffer.from(caPem).toString('base64') } : {}),
    config: null,
  }
}

function runProgram(exec: ExecConfig, env: Record<string, string>, signal: AbortSignal): Promise<string> {
  const failed = (why: string, cause?: unknown) => {
    const hint = exec.installHint ? `; ${exec.installHint.trim().split('\n')[0]}` : ''
    return new KubeConfigError(`exec plugin ${JSON.stringify(exec.command)} ${why}${hint}`, { cause })
  }
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, exec.args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
    const output: Buffer[] = []
    let bytes = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxOutputBytes) child.kill('SIGKILL')
      else output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < 500) complaint += chunk.toString('utf8')
    })
    child.on('error', error => {
      if (signal.reason instanceof DeadlineError) reject(failed(`did not answer within ${pluginTimeoutMs} ms`))
      else reject(failed(`cannot be run: ${error.message}`, error))
    })
    child.on('close', code => {
      if (bytes > maxOutputBytes) reject(failed(`wrote more than ${maxOutputBytes} bytes`))
      else if (code !== 0) reject(failed(`failed with exit code ${code}: ${redact(complaint).trim().split('\n')[0]}`))
      else resolve(Buffer.concat(output).toString('utf8'))
    })
  })
}

function parseCredential(output: string, exec: ExecConfig): ExecCredential {
  const wrong = (why: string) => new KubeConfigError(`exec plugin ${JSON.stringify(exec.command)} answered ${why}`)
  let answer: { apiVersion?: unknown; kind?: unknown; status?: Record<string, unknown> }
  try {
    answer = JSON.parse(output)
  } catch {
    throw wrong('with something that is not JSON') // The text itself may hold a token.
  }
  if (answer?.kind !== 'ExecCredential') throw wrong(`with kind ${JSON.stringify(answer?.kind)}, not ExecCredential`)
  if (answer.apiVersion !== exec.apiVersion) {
    throw wrong(`with apiVersion ${JSON.stringify(answer.apiVersion)}; ${exec.apiVersion} was asked`)
  }
  const text = (field: string) => {
    const value = answer.status?.[field]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const token = text('token')
  const clientCertificatePem = text('clientCertificateData')
  const clientKeyPem = text('clientKeyData')
  if (!token && !(clientCertificatePem && clientKeyPem)) throw wrong('without a token or a certificate and its key')
  const expiry = text('expirationTimestamp')
  const expiresAt = expiry ? new Date(expiry) : undefined
  if (expiresAt && Number.isNaN(expiresAt.getTime())) throw wrong(`with the time ${JSON.stringify(expiry)}`)
  return {
    ...(token ? { token } : {}),
    ...(clientCertificatePem ? { clientCertificatePem } : {}),
    ...(clientKeyPem ? { clientKeyPem } : {}),
    ...(expiresAt ? { expiresAt } : {}),
  }
}

/** A real kube-apiserver with its etcd, out of the folder that KUBEBUILDER_ASSETS names, on free loopback ports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'

/** One answer of the server. */
export interface RawResponse {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** A running server; `token` belongs to system:masters. */
export interface RealApiServer {
  readonly url: string
  readonly token: string
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<RawResponse>
  close(): Promise<void>
}

const startTimeoutMs = 90_000

/** Starts both. Throws where KUBEBUILDER_ASSETS is not set or the server is not ready after 90 s. */
export async function startRealApiServer(): Promise<RealApiServer> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  if (!assets) throw new Error('KUBEBUILDER_ASSETS is not set; tools/kubeassets/build.sh prints the folder')
  const folder = await mkdtemp(path.join(tmpdir(), 'real-apiserver-'))
  const [clientPort, peerPort, port] = await freePorts(3)
  const token = 'administrator'
  await writeFile(path.join(folder, 'tokens.csv'), `${token},admin,1,"system:masters"\n`)
  await writeServiceAccountKeys(folder)
  const etcd = spawn(
    path.join(assets, 'etcd'),
    [
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=http://127.0.0.1:${clientPort}`,
      `--advertise-client-urls=http://127.0.0.1:${clientPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    { stdio: 'ignore' },
  )
  const server = spawn(
    path.join(assets, 'kube-apiserver'),
    [
      `--etcd-servers=http://127.0.0.1:${clientPort}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      `--token-auth-file=${folder}/tokens.csv`,
      `--cert-dir=${folder}/certificates`,
      '--service-account-issuer=https://127.0.0.1',
      `--service-account-key-file=${folder}/sa.pub`,
      `--service-account-signing-key-file=${folder}/sa.key`,
    ],
    { stdio: 'ignore' },
  )
  const url = `https://127.0.0.1:${port}`
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  const close = async () => {
    await stop(server)
    await stop(etcd)
    await dispatcher.close()
    await rm(folder, { recursive: true, force: true })
  }
  const call: RealApiServer['call'] = async (method, where, options = {}) => {
    const { body, headers } = options
    const response = await request(url + where, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    return {
      status: response.statusCode,
      contentType: String(response.headers['content-type']),
      text: await response.body.text(),
    }
  }
  try {
    await untilReady(call, server)
  } catch (error) {
    await close()
    throw error
  }
  return { url, token, call, close }
}

async function untilReady(call: RealApiServer['call'], server: ChildProcess): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const status = await call('GET', '/readyz').then(
      response => response.status,
      () => 0,
    )
    if (status === 200) return
    if (server.exitCode !== null) throw new Error(`kube-apiserver exited with ${server.exitCode}`)
    if (performance.now() > deadline) throw new Error(`kube-apiserver not ready after ${startTimeoutMs} ms`)
    await sleep(200)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

async function writeServiceAccountKeys(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(path.join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(path.join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>(resolve =>
          server.listen(0, '127.0.0.1', () => {
            const address = server.address()
            resolve(typeof address === 'object' && address ? address.port : 0)
          }),
        ),
    ),
  )
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

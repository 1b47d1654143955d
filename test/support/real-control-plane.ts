/** A real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { freePorts } from './free-ports.ts'

/** A running control plane. */
export interface RealControlPlane {
  readonly url: string
  /** Bearer token of a user in system:masters. */
  readonly token: string
  readonly caPem: string
  /** YAML, for the same user. */
  readonly kubeconfig: string
  /** Process ids by program, for measurements. */
  readonly pids: Readonly<Record<string, number>>
  /** Stops the programs and removes their folder. */
  close(): Promise<void>
}

/** What to start. */
export interface RealControlPlaneOptions {
  /** Folder with etcd, kube-apiserver and kube-controller-manager; by default `KUBEBUILDER_ASSETS`. */
  readonly assets?: string
  /**
   * Controllers that kube-controller-manager runs, in the words of its `--controllers` flag; none: it is not started.
   * By default those whose work the API is unusable without: garbage collection and the emptying of namespaces.
   */
  readonly controllers?: readonly string[]
  /** More flags for kube-apiserver. */
  readonly apiserverFlags?: readonly string[]
  /** More flags for kube-controller-manager. */
  readonly controllerManagerFlags?: readonly string[]
}

// A cold start takes 5 s on two idle cores; a shared machine may need several times that.
const startDeadlineMs = 90_000

/** Whether the programs are there. */
export function hasRealControlPlane(assets = process.env['KUBEBUILDER_ASSETS']): boolean {
  return assets !== undefined && existsSync(path.join(assets, 'kube-apiserver'))
}

/** Starts a control plane and waits until it serves. Throws with the end of the program's log when one fails. */
export async function startRealControlPlane(options: RealControlPlaneOptions = {}): Promise<RealControlPlane> {
  const assets = options.assets ?? process.env['KUBEBUILDER_ASSETS']
  if (!assets || !hasRealControlPlane(assets)) {
    throw new Error(`KUBEBUILDER_ASSETS does not name a folder with kube-apiserver: ${JSON.stringify(assets)}`)
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-real-'))
  const programs: Program[] = [removeWhenOrphaned(folder)]
  const start = (name: string, args: readonly string[]) => {
    const program = startProgram(path.join(assets, name), args, path.join(folder, `${name}.log`))
    programs.push(program)
    return program
  }
  const close = async () => {
    await Promise.all(programs.map(program => program.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [etcdPort, peerPort, apiPort] = await freePorts(3)
    const etcdUrl = `http://127.0.0.1:${etcdPort}`
    const etcd = start('etcd', etcdArgs(folder, etcdUrl, `http://127.0.0.1:${peerPort}`))
    await waitUntil([etcd], 'etcd', async () => (await fetch(`${etcdUrl}/health`)).ok)

    const token = randomBytes(16).toString('hex')
    await mkdir(path.join(folder, 'certificates'))
    await writeFile(path.join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`)
    await writeServiceAccountKey(folder)
    const apiserver = start('kube-apiserver', [
      ...apiserverArgs(folder, etcdUrl, String(apiPort)),
      ...(options.apiserverFlags ?? []),
    ])
    const url = `https://127.0.0.1:${apiPort}`
    const certificate = path.join(folder, 'certificates', 'apiserver.crt')
    let caPem = ''
    await waitUntil([etcd, apiserver], 'kube-apiserver', async () => {
      // The file is there before all of it has been written.
      caPem = await readFile(certificate, 'utf8')
      return isReady(url, token, caPem)
    })

    await forgetHistory(etcdUrl)
    const kubeconfig = kubeconfigFor(url, token, caPem)
    const controllers = options.controllers ?? ['garbage-collector-controller', 'namespace-controller']
    if (controllers.length > 0) {
      const file = path.join(folder, 'kubeconfig')
      await writeFile(file, kubeconfig)
      start('kube-controller-manager', [
        ...controllerManagerArgs(folder, file, controllers),
        ...(options.controllerManagerFlags ?? []),
      ])
    }
    const pids = Object.fromEntries(programs.map(program => [program.name, program.pid()]))
    return { url, token, caPem, kubeconfig, pids, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A kubeconfig (YAML) with one user, who shows `token`. */
export function kubeconfigFor(url: string, token: string, caPem: string): string {
  const ca = Buffer.from(caPem).toString('base64')
  return `apiVersion: v1
kind: Config
clusters:
- name: default
  cluster:
    server: ${url}
    certificate-authority-data: ${ca}
users:
- name: default
  user:
    token: ${token}
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
`
}

function etcdArgs(folder: string, clientUrl: string, peerUrl: string): string[] {
  return [
    `--data-dir=${path.join(folder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // The data do not outlive the run.
    '--unsafe-no-fsync',
  ]
}

function apiserverArgs(folder: string, etcdUrl: string, port: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    // It makes a certificate of its own here.
    `--cert-dir=${path.join(folder, 'certificates')}`,
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${path.join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${path.join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${path.join(folder, 'service-account.key')}`,
    // Lists of old versions come from etcd, which says when one has expired, and not from what is cached of them.
    '--feature-gates=ListFromCacheSnapshot=false',
    // It refuses pods in namespaces without a default service account, which a controller would have to make.
    '--disable-admission-plugins=ServiceAccount',
  ]
}

function controllerManagerArgs(folder: string, kubeconfig: string, controllers: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join(',')}`,
    `--service-account-private-key-file=${path.join(folder, 'service-account.key')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]
}

/** Compacts etcd, as a cluster of some age does every five minutes: the first versions have expired. */
async function forgetHistory(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const { header } = (await call('range', { key: 'AA==' })) as { header: { revision: string } }
  await call('compaction', { revision: header.revision, physical: true })
}

async function writeServiceAccountKey(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(path.join(folder, 'service-account.key'), privateKey, { mode: 0o600 })
  await writeFile(path.join(folder, 'service-account.pub'), publicKey)
}

async function isReady(url: string, token: string, caPem: string): Promise<boolean> {
  const agent = new Agent({ connect: { ca: caPem } })
  try {
    const { statusCode, body } = await request(`${url}/readyz`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
    })
    await body.dump()
    return statusCode === 200
  } finally {
    await agent.close()
  }
}

interface Program {
  readonly name: string
  pid(): number
  /** The exit code once it has ended by itself. */
  exitCode(): number | null
  logTail(): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts a program that ends with this process, however that ends: the shell in between reads a pipe of which this
 * process holds the only other end, and kills the program when the pipe closes.
 */
function startProgram(file: string, args: readonly string[], logFile: string): Program {
  const script = `exec 3<&0
    "$@" </dev/null 3<&- & child=$!
    (cat <&3 >/dev/null; kill -9 $child) 2>/dev/null &
    wait $child`
  const log = openSync(logFile, 'w')
  const child = spawn('/bin/sh', ['-c', script, 'sh', file, ...args], { stdio: ['pipe', log, log], detached: true })
  closeSync(log)
  return supervised(path.basename(file), child, async () => (await readFile(logFile, 'utf8')).slice(-2_000))
}

/** Removes the folder after this process has been killed and the programs with it. */
function removeWhenOrphaned(folder: string): Program {
  const script = 'cat >/dev/null; sleep 1; rm -rf "$1"'
  const child = spawn('/bin/sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const program = supervised('cleaner', child, async () => '')
  return { ...program, stop: async () => void child.stdin?.end() }
}

function supervised(name: string, child: ChildProcess, logTail: () => Promise<string>): Program {
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()))
  child.unref()
  // The pipe alone must not keep the test process running.
  ;(child.stdin as unknown as { unref?: () => void } | null)?.unref?.()
  return {
    name,
    pid: () => child.pid ?? 0,
    exitCode: () => child.exitCode,
    logTail,
    async stop() {
      child.ref()
      child.stdin?.end()
      await ended
    },
  }
}

async function waitUntil(needed: readonly Program[], what: string, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startDeadlineMs
  for (;;) {
    let why: unknown
    const isFine = await isDone().catch(error => {
      why = error
      return false
    })
    if (isFine) return
    const dead = needed.find(program => program.exitCode() !== null)
    if (dead) throw new Error(`${dead.name} ended with ${dead.exitCode()}: ${await dead.logTail()}`)
    if (performance.now() > deadline) {
      const log = await needed.at(-1)?.logTail()
      throw new Error(`${what} is not ready after ${startDeadlineMs} ms: ${log}`, { cause: why })
    }
    await delay(50)
  }
}

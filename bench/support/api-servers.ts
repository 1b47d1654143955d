/** The API servers that are measured against each other, each in processes of its own. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { kubeconfigFor, startRealControlPlane } from '../../test/support/real-control-plane.ts'
import { childOf } from './processes.ts'

/** A running server. */
export interface MeasuredServer {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly caPem: string
  /** YAML, for the same user. */
  readonly kubeconfig: string
  /** Of all that the server consists of. */
  readonly pids: readonly number[]
  /** When its first process was started, by `performance.now()`. */
  readonly startMs: number
  close(): Promise<void>
}

/** The embedded API in a process of its own, built into one file as it is shipped. Takes the time of the start alone. */
export async function startEmbedded(): Promise<MeasuredServer> {
  const file = await bundle('embedded-server')
  const startMs = performance.now()
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`the embedded API ended with ${code}`)))
  })
  const { url, token, caPem } = JSON.parse(line) as { url: string; token: string; caPem: string }
  return {
    name: 'embedded',
    url,
    token,
    caPem,
    kubeconfig: kubeconfigFor(url, token, caPem),
    pids: [child.pid ?? 0],
    startMs,
    async close() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.stdin.end()
      await ended
      await rm(path.dirname(file), { recursive: true, force: true })
    },
  }
}

async function bundle(name: string): Promise<string> {
  const outfile = path.join(await mkdtemp(path.join(tmpdir(), 'serin-bench-')), `${name}.mjs`)
  await build({
    entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    // Some dependencies are CommonJS and ask for Node's modules by require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return outfile
}

/** kube-apiserver and etcd, by default without controllers. */
export async function startReal(controllers: readonly string[] = []): Promise<MeasuredServer> {
  const startMs = performance.now()
  // At 20 requests a second, its default, it would be the controller manager that is measured.
  const controllerManagerFlags = ['--kube-api-qps=1000', '--kube-api-burst=2000', '--concurrent-deployment-syncs=20']
  const server = await startRealControlPlane({ controllers, controllerManagerFlags })
  const pids = ['etcd', 'kube-apiserver'].map(name => childOf(server.pids[name] ?? 0))
  return { name: 'kube-apiserver + etcd', ...server, pids, startMs }
}

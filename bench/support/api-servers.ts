/** The API servers that are measured against each other, each in processes of its own. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { startRealControlPlane } from '../../test/support/real-control-plane.ts'
import { childOf } from './processes.ts'

/** A running server. */
export interface MeasuredServer {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly caPem: string
  /** Of all that the server consists of. */
  readonly pids: readonly number[]
  close(): Promise<void>
}

/** The embedded API in a process of its own. */
export async function startEmbedded(nodeFlags: readonly string[] = []): Promise<MeasuredServer> {
  const file = path.join(import.meta.dirname, 'embedded-server.ts')
  const child = spawn(process.execPath, [...nodeFlags, file], { stdio: ['pipe', 'pipe', 'inherit'] })
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
    pids: [child.pid ?? 0],
    async close() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.stdin.end()
      await ended
    },
  }
}

/** kube-apiserver and etcd, without controllers. */
export async function startReal(): Promise<MeasuredServer> {
  const server = await startRealControlPlane({ controllers: [] })
  const pids = ['etcd', 'kube-apiserver'].map(name => childOf(server.pids[name] ?? 0))
  return { name: 'kube-apiserver + etcd', ...server, pids }
}

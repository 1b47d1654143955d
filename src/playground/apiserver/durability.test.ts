import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { clientOf, startEmbeddedCluster } from '../../../test/support/embedded-cluster.ts'
import { ConfigMap } from '../../api/core/core-v1.ts'

/** A server in a process of its own, which a test can kill. */
async function startProcess(dir: string): Promise<{ child: ChildProcess; kubeconfig: string }> {
  const child = fork(path.join(import.meta.dirname, 'testdata', 'durable-server.ts'), [dir])
  const kubeconfig = await new Promise<string>((resolve, reject) => {
    child.once('message', message => resolve(String(message)))
    child.once('exit', code => reject(new Error(`the server ended with ${code}`)))
  })
  return { child, kubeconfig }
}

describe('a durable server', () => {
  it('has every write that it acknowledged after it was killed in the middle of writing', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'serin-durable-'))
    try {
      const { child, kubeconfig } = await startProcess(dir)
      const client = clientOf(kubeconfig)
      const acknowledged: string[] = []
      const writer = async (id: number) => {
        for (let i = 0; ; i++) {
          const object = { metadata: { name: `w${id}-${i}`, namespace: 'default' } } as ConfigMap
          const made = await client.create(ConfigMap, object)
          acknowledged.push(`${made.metadata?.name} ${made.metadata?.resourceVersion}`)
          if (acknowledged.length === 200) child.kill('SIGKILL')
        }
      }
      // Each ends with the connection.
      await Promise.allSettled([0, 1, 2, 3].map(writer))
      await client.close()
      assert.ok(acknowledged.length >= 200)

      const again = await startEmbeddedCluster({ dir })
      try {
        const { items } = await again.client.list(ConfigMap, { namespace: 'default' })
        const found = new Set(items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`))
        assert.deepEqual(
          acknowledged.filter(write => !found.has(write)),
          [],
        )
        assert.equal(again.api.kubeconfig, kubeconfig)
      } finally {
        await again.close()
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})

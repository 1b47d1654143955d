import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { startPrometheusBinary } from '../../src/playground/prometheus/external/binary.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { prometheusBinary } from './real-prometheus.ts'

describe('a real Prometheus in place of the embedded one', () => {
  it('scrapes the same targets under the same labels', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'serin-binary-'))
    const pod = createServer((_, response) => void response.end('pod_metric{kubernetes_namespace="own"} 5\n'))
    await new Promise<void>(resolve => pod.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(pod.address() as AddressInfo).port}`
    const targets = [
      { job: 'kubernetes-pods', labels: { kubernetes_namespace: 'test' }, url: `http://${address}/metrics` },
      { job: 'mesh', labels: { mesh: 'm' }, url: 'http://mesh.local:15090/', collect: () => 'mesh_metric 7\n' },
    ]
    const running = await startPrometheusBinary({
      binary: prometheusBinary,
      dir,
      clock: systemClock,
      targets: { list: () => targets },
    })
    try {
      const ask = async () => {
        const query = '{__name__=~"(pod|mesh)_metric"}'
        const response = await fetch(`${running.url}/api/v1/query?${new URLSearchParams({ query })}`)
        const { data } = (await response.json()) as { data: { result: { metric: object; value: [number, string] }[] } }
        return data.result.map(({ metric, value }) => [metric, value[1]])
      }
      const deadlineMs = systemClock.monotonicMs() + 30_000
      while ((await ask()).length < 2 && systemClock.monotonicMs() < deadlineMs) await systemClock.sleep(200)
      const found = (await ask()).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
      assert.deepEqual(found, [
        [{ __name__: 'mesh_metric', instance: 'mesh.local:15090', job: 'mesh', mesh: 'm' }, '7'],
        [
          {
            __name__: 'pod_metric',
            exported_kubernetes_namespace: 'own',
            instance: address,
            job: 'kubernetes-pods',
            kubernetes_namespace: 'test',
          },
          '5',
        ],
      ])
    } finally {
      await running.close()
      pod.close()
      await rm(dir, { recursive: true, force: true })
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../runtime/clock.ts'
import type { TargetSource } from '../scrape/target.ts'
import { PrometheusStartError, runPrometheus } from './binary.ts'
import { serveTargets } from './target-server.ts'

describe('serveTargets', () => {
  it('describes targets for http_sd and serves those inside of the process', async () => {
    const targets: TargetSource = {
      list: () => [
        { job: 'pods', labels: { app: 'podinfo' }, url: 'https://127.1.0.7:9797/stats?format=prometheus' },
        { job: 'mesh', labels: {}, url: 'http://mesh.local:15090/', collect: () => 'a 1\n' },
      ],
    }
    const server = await serveTargets({ targets, clock: systemClock })
    try {
      const groups = (await (await fetch(server.discoveryUrl)).json()) as {
        targets: string[]
        labels: Record<string, string>
      }[]
      const { host } = new URL(server.discoveryUrl)
      const path = groups[1]?.labels['__metrics_path__'] ?? ''
      assert.deepEqual(groups, [
        {
          targets: ['127.1.0.7:9797'],
          labels: {
            app: 'podinfo',
            instance: '127.1.0.7:9797',
            job: 'pods',
            __scheme__: 'https',
            __metrics_path__: '/stats',
            __param_format: 'prometheus',
          },
        },
        { targets: [host], labels: { instance: 'mesh.local:15090', job: 'mesh', __metrics_path__: path } },
      ])
      assert.equal(await (await fetch(`http://${host}${path}`)).text(), 'a 1\n')
      assert.equal((await fetch(`http://${host}/collect/none`)).status, 404)
    } finally {
      await server.close()
    }
  })
})

describe('runPrometheus', () => {
  it('names the binary that cannot be run', async () => {
    await assert.rejects(
      runPrometheus({
        binary: '/nonexistent/prometheus',
        dir: `${process.env['TMPDIR'] ?? '/tmp'}/serin-none`,
        clock: systemClock,
      }),
      (error: Error) => error instanceof PrometheusStartError && error.message.includes('/nonexistent/prometheus'),
    )
  })
})

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runPrometheus } from '../../src/playground/prometheus/external/binary.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { eventually } from '../support/eventually.ts'
import { newHome, noProcessesOf, serin } from '../support/serin.ts'
import { prometheusBinary } from './real-prometheus.ts'

interface Status {
  readonly pid: number
  readonly clusters: readonly { readonly name: string; readonly prometheus: string; readonly targets?: string }[]
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

/** Whether the scrape of the mesh has succeeded, by a query to a Prometheus. */
async function seesMesh(url: string): Promise<boolean> {
  const query = `query=${encodeURIComponent('up{job="istio-mesh"} == 1')}`
  const { data } = (await get(`${url}/api/v1/query?${query}`)) as { data: { result: unknown[] } }
  return data.result.length === 1
}

describe('serin up --prometheus', { timeout: 240_000 }, () => {
  let home: Awaited<ReturnType<typeof newHome>>
  const at = (command: string, ...args: string[]) =>
    serin(home.dir, command, '--dir', path.join(home.dir, 'clusters'), ...args)
  const status = async () => JSON.parse((await at('status', '--json')).stdout) as Status

  before(async () => {
    home = await newHome()
  })
  after(async () => {
    await at('down')
    await noProcessesOf(home.dir)
    await home.remove()
  })

  it('starts the program for each cluster, scrapes the same targets, and leaves nothing behind when it is killed', async () => {
    const up = await at('up', '--detach', '--members', '1', '--prometheus', prometheusBinary)
    assert.equal(up.code, 0, up.stderr)
    const { pid, clusters } = await status()
    for (const { name, prometheus } of clusters) {
      const answer = (await get(`${prometheus}/api/v1/status/buildinfo`)) as { data: { goVersion?: string } }
      assert.match(answer.data.goVersion ?? '', /^go/, `${name} has a real one`)
      await eventually(`the mesh of ${name} in its Prometheus`, () => seesMesh(prometheus))
    }
    process.kill(pid, 'SIGKILL')
    await noProcessesOf(home.dir)
  })

  it('uses a URL as it is given, and says what to scrape', async () => {
    const own = await runPrometheus({
      binary: prometheusBinary,
      dir: path.join(home.dir, 'own'),
      clock: systemClock,
    })
    try {
      const up = await at('up', '--detach', '--members', '1', '--prometheus', `${own.url}/`)
      assert.equal(up.code, 0, up.stderr)
      const { clusters } = await status()
      for (const { prometheus, targets } of clusters) {
        assert.equal(prometheus, own.url)
        const groups = (await get(targets ?? '')) as { labels: { job: string } }[]
        assert.ok(groups.some(({ labels }) => labels.job === 'istio-mesh'))
      }
    } finally {
      await at('down')
      await own.close()
    }
  })
})

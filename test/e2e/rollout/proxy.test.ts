import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { AlertProvider } from '../../../src/api/flagger/v1beta1.ts'
import { withTwoDashes } from '../../../src/cli/go-flags.ts'
import { newProgram } from '../../../src/cli/program.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newRolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, type ServeAt, startRolloutHost } from '../../conformance/rollout/host.ts'
import { eventually } from '../../support/eventually.ts'
import { type ForwardProxy, startForwardProxy } from '../../support/forward-proxy.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'

const withinMs = 60_000
const portOf = (url: string) => Number(new URL(url).port)

describe('serin agent behind a proxy', { timeout: 170_000 }, () => {
  let host: RolloutHost
  let receiver: ScriptedServer
  let proxy: ForwardProxy
  let ownProxy: ForwardProxy
  let folder = ''
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'serin-proxy-'))
    receiver = await startScriptedServer((_, response) => void response.writeHead(200).end())
    ownProxy = await startForwardProxy({ 'alerts.example': portOf(receiver.url) })
    host = await startRolloutHost({ env: {}, serve: serveByProxy })
  })
  after(async () => {
    await host.close()
    await proxy.close()
    await ownProxy.close()
    await receiver.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function serveByProxy({ kubeconfig, metricsServer }: ServeAt) {
    proxy = await startForwardProxy({
      'prometheus.example': portOf(metricsServer),
      'hooks.example': portOf(receiver.url),
      'alerts.example': portOf(receiver.url),
    })
    await writeFile(path.join(folder, 'config'), kubeconfig)
    const stop = new AbortController()
    const io = {
      out: () => {},
      err: () => {},
      env: { http_proxy: proxy.url, NO_PROXY: 'direct.example' },
      cwd: folder,
      clock: systemClock,
      isTerminal: false,
      hasColour: false,
      width: () => 80,
      height: () => Number.POSITIVE_INFINITY,
      signal: stop.signal,
    }
    const args = [
      '-kubeconfig=config',
      '-port=0',
      '-min-interval=100ms',
      '-metrics-server=http://prometheus.example:9090',
    ]
    const running = newProgram(io).parseAsync(withTwoDashes(['agent', ...args]), { from: 'user' })
    running.catch(() => {})
    return {
      async close() {
        stop.abort()
        await running
      },
    }
  }

  it('asks, calls and tells by it, and by the one of an AlertProvider where there is one', async () => {
    const { ns, apply, phase } = newRolloutContext(host, 'behind', withinMs)
    await newNamespace(host, ns)
    const provider = (name: string, spec: Partial<AlertProvider['spec']>): AlertProvider => ({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name, namespace: ns },
      spec: { type: 'slack', address: `http://alerts.example/${name}`, ...spec },
    })
    const alerts = ['shared', 'own'].map(name => ({ name, severity: 'info', providerRef: { name } }) as const)
    const webhooks = [{ name: 'ready', type: 'pre-rollout', url: 'http://hooks.example/ready' }] as const
    await apply(provider('shared', {}), provider('own', { proxy: ownProxy.url }))
    await apply(deployment(ns), canary(ns, { interval: '500ms', alerts, webhooks }))
    await phase('Initialized')
    await apply(deployment(ns, ['--ui-message=new'], 0))
    await phase('Succeeded')
    const seenBy = ({ seen }: ForwardProxy) => [...new Set(seen)].toSorted()
    await eventually('all is told', () => seenBy(proxy).length === 3 && seenBy(ownProxy).length === 1, withinMs)
    assert.deepEqual(seenBy(proxy), [
      'GET http://prometheus.example:9090/api/v1/query',
      'POST http://alerts.example/shared',
      'POST http://hooks.example/ready',
    ])
    assert.deepEqual(seenBy(ownProxy), ['POST http://alerts.example/own'])
    assert.ok(host.prometheus.queries(ns).length > 0)
  })
})

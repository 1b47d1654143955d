import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { type ForwardProxy, startForwardProxy } from '../../test/support/forward-proxy.ts'
import { ConfigMap, Namespace } from '../api/core/core-v1.ts'
import type { Client } from './client.ts'
import { systemClock } from './clock.ts'
import { newClient } from './http-client.ts'
import { type ClusterConfig, clusterConfigFromText } from './kubeconfig.ts'
import { newKubeconfigText } from './kubeconfig-text.ts'

const server = 'https://api.example:6443'

describe('a client whose kubeconfig names a proxy', () => {
  let cluster: TestCluster
  let proxy: ForwardProxy
  let config: ClusterConfig
  let client: Client
  before(async () => {
    cluster = await startTestCluster()
    const { port } = new URL(cluster.api.url)
    proxy = await startForwardProxy({ 'api.example': Number(port) })
    const text = cluster.api.kubeconfig.replaceAll(cluster.api.url, `${server}\n    proxy-url: ${proxy.url}`)
    // The certificate has no name that is made up.
    config = { ...clusterConfigFromText(text), tlsServerName: 'localhost' }
    client = newClient({ config, clock: systemClock })
  })
  after(async () => {
    await client.close()
    await proxy.close()
    await cluster.close()
  })

  it('asks, writes and watches through its tunnels', async () => {
    const stop = new AbortController()
    const seen: (string | undefined)[] = []
    const namespace = 'default'
    const { resourceVersion } = await client.list(ConfigMap, { namespace })
    const watching = (async () => {
      for await (const event of client.watch(ConfigMap, { namespace, resourceVersion, signal: stop.signal })) {
        if (event.type === 'ADDED') seen.push(event.object.metadata?.name)
        if (seen.length > 0) return
      }
    })()
    await client.create(ConfigMap, { metadata: { name: 'by-proxy', namespace } })
    await watching
    stop.abort()
    assert.deepEqual(seen, ['by-proxy'])
    assert.deepEqual([...new Set(proxy.seen)], ['CONNECT api.example:6443'])
  })

  it('checks the certificate of the server all the same', async () => {
    const wrong = newClient({ config: { ...config, tlsServerName: 'wrong.example' }, clock: systemClock })
    await assert.rejects(wrong.fetch(Namespace, { name: 'default' }), {
      name: 'ConnectionError',
      message: /wrong\.example/,
    })
    await wrong.close()
  })

  it('says where the proxy does not let it through', async () => {
    const lost = newClient({ config: { ...config, server: 'https://other.example' }, clock: systemClock })
    await assert.rejects(lost.fetch(Namespace, { name: 'default' }), { name: 'ConnectionError', message: /502/ })
    await lost.close()
  })

  it('is told to the programs that get a kubeconfig from it', async () => {
    const text = await newKubeconfigText(config, systemClock)()
    assert.equal(clusterConfigFromText(text).proxy, config.proxy)
  })
})

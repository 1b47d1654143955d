import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { startEmbeddedCluster } from '../../../test/support/embedded-cluster.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { Namespace, Pod, Service } from '../../api/core/core-v1.ts'
import { EndpointSlice } from '../../api/core/discovery-v1.ts'
import type { KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import type { Client, WatchOptions } from '../../runtime/client.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newEventRecorder } from '../../runtime/events.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { newEndpointSliceController } from './endpointslice.ts'
import { isReady } from './pods.ts'

/** The client, with events of EndpointSlices held back while `isHeld` is not resolved. */
function slowToTellOfSlices(client: Client, isHeld: () => Promise<void>): Client {
  async function* watch<T extends KubernetesObject>(type: ResourceType<T>, options?: WatchOptions) {
    for await (const event of client.watch(type, options)) {
      if (type.plural === EndpointSlice.plural) await isHeld()
      yield event
    }
  }
  return new Proxy(client, {
    get: (target, property, self) => (property === 'watch' ? watch : Reflect.get(target, property, self)),
  })
}

it('an address is ready again although the controller has not yet heard of its own last write', async () => {
  const cluster = await startEmbeddedCluster()
  let held = Promise.resolve()
  const client = slowToTellOfSlices(cluster.client, () => held)
  const deps = { client, clock: systemClock, log: silentLogger, random: Math.random }
  const informers = newInformerSet(deps)
  const events = newEventRecorder({ ...deps, component: 'test' })
  const controller = newEndpointSliceController({ ...deps, informers, events })
  const pods = informers.informer(Pod)
  const stop = new AbortController()
  const running = Promise.all([informers.run(stop.signal), controller.run(stop.signal)])
  try {
    const labels = { app: 'web' }
    await client.create(Namespace, { metadata: { name: 'test' } })
    const metadata = { name: 'web', namespace: 'test' }
    await client.create(Service, { metadata, spec: { selector: labels, ports: [{ port: 80 }] } })
    const pod = { metadata: { ...metadata, labels }, spec: { containers: [{ name: 'web', image: 'web' }] } }
    await client.create(Pod, pod)
    const setReady = async (status: 'True' | 'False') => {
      const now = await client.fetch(Pod, metadata)
      const conditions = [{ type: 'Ready', status }]
      await client.update(
        Pod,
        { ...now, status: { phase: 'Running', podIP: '10.0.0.1', conditions } },
        { subresource: 'status' },
      )
    }
    const isInSlice = async (ready: boolean) => {
      const slice = await client.fetchIfExists(EndpointSlice, { name: 'web-serin', namespace: 'test' })
      return slice?.endpoints?.[0]?.conditions?.ready === ready
    }
    await setReady('True')
    await eventually('the address is ready', () => isInSlice(true))
    await eventually(
      'the controller knows',
      () =>
        informers.informer(EndpointSlice).get({ ...metadata, name: 'web-serin' })?.endpoints?.[0]?.conditions?.ready,
    )
    let release = () => {}
    held = new Promise(resolve => {
      release = resolve
    })
    await setReady('False')
    await eventually('the address is not ready', () => isInSlice(false))
    await setReady('True')
    await eventually('the controller knows the pod', () => {
      const known = pods.get(metadata)
      return known !== undefined && isReady(known)
    })
    // It compares with what it knows of the slice: that it was ready.
    for (let turns = 0; turns < 100; turns++) await turn()
    release()
    await eventually('the address is ready again', () => isInSlice(true))
    assert.ok(await isInSlice(true))
  } finally {
    stop.abort()
    await running
    await events.close()
    await cluster.close()
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../test/support/canned-view.ts'
import { Service } from '../api/core/core-v1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import { routerFactory, UnknownProviderError } from './factory.ts'
import { lastAppliedAnnotation } from './names.ts'
import type { RouteTarget } from './router.ts'
import { newServiceRouter } from './services.ts'

const signal = new AbortController().signal
const canary: Canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'podinfo', namespace: 'test', uid: 'u1' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 80, targetPort: 9898, unmanagedMetadata: { annotations: ['cloud/id'] } },
    analysis: { interval: '1m', threshold: 1, stepWeight: 10 },
  },
}
const target: RouteTarget = {
  canary,
  owner: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u1', controller: true },
  podLabel: { key: 'app', value: 'info' },
  ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 9898 }],
}
const ref = (name: string) => ({ namespace: 'test', name })

describe('the services of a Canary', () => {
  it('select one side each, and the apex the primary', async () => {
    const canned = cannedView([])
    const { sides, apex } = newServiceRouter(canned)
    assert.equal(sides.state(target), 'absent')
    await sides.reconcile(target, signal)
    await apex.reconcile(target, signal)
    assert.deepEqual(canned.writes, [
      'create Service test/podinfo-canary',
      'create Service test/podinfo-primary',
      'create Service test/podinfo',
    ])
    const selectors = ['podinfo-canary', 'podinfo-primary', 'podinfo'].map(
      name => canned.get(Service, ref(name))?.spec?.selector,
    )
    assert.deepEqual(selectors, [{ app: 'info' }, { app: 'info-primary' }, { app: 'info-primary' }])
    assert.equal(apex.state(target), 'current')
  })

  it('keep addresses, node ports and the metadata that is left to others, and lose what drifted', async () => {
    const canned = cannedView([])
    const { apex } = newServiceRouter(canned)
    await apex.reconcile(target, signal)
    const made = canned.get(Service, ref('podinfo'))
    const edited: Service = {
      ...made,
      metadata: { ...made?.metadata, annotations: { ...made?.metadata?.annotations, 'cloud/id': '7', other: 'x' } },
      spec: {
        ...made?.spec,
        clusterIP: '10.0.0.7',
        selector: { app: 'else' },
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 9898, nodePort: 30080 }],
      },
    }
    await canned.view.update(Service, edited, { signal })
    assert.equal(apex.state(target), 'drifted')
    await apex.reconcile(target, signal)
    const after = canned.get(Service, ref('podinfo'))
    assert.equal(after?.spec?.clusterIP, '10.0.0.7')
    assert.equal(after?.spec?.ports?.[0]?.nodePort, 30080)
    assert.deepEqual(after?.spec?.selector, { app: 'info-primary' })
    assert.equal(after?.metadata?.annotations?.['cloud/id'], '7')
    assert.equal(after?.metadata?.annotations?.['other'], undefined)
  })

  it("leave a user's Service its labels, and give it its selector back at the end", async () => {
    const users: Service = {
      metadata: {
        ...ref('podinfo'),
        labels: { team: 'a' },
        annotations: { [lastAppliedAnnotation]: JSON.stringify({ spec: { selector: { app: 'info', tier: 'web' } } }) },
      },
      spec: { selector: { app: 'info', tier: 'web' }, ports: target.ports },
    }
    const canned = cannedView([[Service, users]])
    const services = newServiceRouter(canned)
    await services.apex.reconcile(target, signal)
    assert.deepEqual(canned.get(Service, ref('podinfo'))?.metadata?.labels, { team: 'a' })
    assert.equal(canned.get(Service, ref('podinfo'))?.metadata?.ownerReferences, undefined)
    await services.finalize(target, signal)
    assert.deepEqual(canned.get(Service, ref('podinfo'))?.spec?.selector, { app: 'info', tier: 'web' })
  })
})

describe('the router of a provider', () => {
  it('is an error that lists the known ones where nobody knows the name', () => {
    assert.throws(() => routerFactory('smi:v1alpha1'), UnknownProviderError)
    assert.throws(() => routerFactory('smi:v1alpha1'), /use one of .*istio.*kubernetes/)
    assert.throws(() => routerFactory('constructor'), UnknownProviderError)
  })
})

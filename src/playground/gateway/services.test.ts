import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Pod, Service } from '../../api/core/core-v1.ts'
import type { EndpointSlice } from '../../api/core/discovery-v1.ts'
import { servicesOf, workloadOf } from './services.ts'

const labels = { app: 'web', version: 'v2', 'pod-template-hash': '7d9f' }
const pod: Pod = {
  metadata: {
    namespace: 'test',
    name: 'web-7d9f-abc',
    labels,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', uid: 'u', controller: true }],
  },
}
const service: Service = {
  metadata: { namespace: 'test', name: 'web' },
  spec: {
    clusterIP: '10.0.0.1',
    ports: [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'grpc', port: 9999, targetPort: 'grpc' },
    ],
  },
}

function slice(endpoints: EndpointSlice['endpoints']): EndpointSlice {
  return {
    metadata: { namespace: 'test', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 9898 }],
    endpoints: endpoints ?? [],
  }
}

describe('Services as the mesh sees them', () => {
  it('have the ready pods behind each port', () => {
    const endpointSlices = [
      slice([
        { addresses: ['127.5.1.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web-7d9f-abc' } },
        { addresses: ['127.5.1.2'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'web-7d9f-def' } },
      ]),
    ]
    assert.deepEqual(servicesOf({ services: [service], endpointSlices, pod: () => pod }), [
      {
        key: 'test/web',
        namespace: 'test',
        name: 'web',
        clusterIP: '10.0.0.1',
        ports: [
          {
            name: 'http',
            port: 80,
            endpoints: [
              {
                address: '127.5.1.1',
                port: 9898,
                pod: 'web-7d9f-abc',
                labels,
                workload: { namespace: 'test', name: 'web', app: 'web', version: 'v2' },
              },
            ],
          },
          { name: 'grpc', port: 9999, endpoints: [] },
        ],
      },
    ])
  })

  it('have no cluster address where they are headless', () => {
    const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } }
    const [found] = servicesOf({ services: [headless], endpointSlices: [], pod: () => undefined })
    assert.equal(found?.clusterIP, undefined)
  })

  it('know an endpoint that is no pod by its address alone', () => {
    const endpointSlices = [slice([{ addresses: ['10.1.2.3'] }])]
    const [found] = servicesOf({ services: [service], endpointSlices, pod: () => undefined })
    assert.deepEqual(found?.ports[0]?.endpoints, [
      {
        address: '10.1.2.3',
        port: 9898,
        pod: '',
        labels: {},
        workload: { namespace: 'test', name: 'unknown', app: 'unknown', version: 'unknown' },
      },
    ])
  })
})

describe('the workload of a pod', () => {
  const owned = (kind: string, name: string, podLabels: Record<string, string>): Pod => ({
    metadata: {
      namespace: 'test',
      name: 'p',
      labels: podLabels,
      ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }],
    },
  })
  const cases = [
    { name: 'is its Deployment', pod, want: { name: 'web', app: 'web', version: 'v2' } },
    {
      name: 'is its DaemonSet',
      pod: owned('DaemonSet', 'agent', { 'app.kubernetes.io/name': 'agent' }),
      want: { name: 'agent', app: 'agent', version: 'unknown' },
    },
    {
      name: 'is the pod itself where nobody owns it',
      pod: { metadata: { namespace: 'test', name: 'alone' } },
      want: { name: 'alone', app: 'unknown', version: 'unknown' },
    },
  ]
  for (const c of cases) it(c.name, () => assert.deepEqual(workloadOf(c.pod), { namespace: 'test', ...c.want }))
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Pod, Service } from '../api/core/core-v1.ts'
import { podEnv } from './pod-env.ts'

const pod: Pod = {
  metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web', version: 'v2' } },
  spec: { containers: [] },
}
const service = (name: string, namespace: string, clusterIP: string, ports: [string, number][]): Service => ({
  metadata: { name, namespace },
  spec: { clusterIP, ports: ports.map(([portName, port]) => ({ port, ...(portName ? { name: portName } : {}) })) },
})

describe('podEnv', () => {
  const services = [
    service('back-end', 'shop', '127.11.192.2', [
      ['http', 80],
      ['grpc-web', 9999],
    ]),
    service('plain', 'shop', '127.11.192.3', [['', 81]]),
    service('headless', 'shop', 'None', [['http', 80]]),
    service('other', 'elsewhere', '127.11.192.4', [['http', 80]]),
  ]
  const proxy = 'http://shop%2Fweb-1%2Fweb%2Fv2%2Fapp%3Dweb%26version%3Dv2@127.0.0.1:15001'
  const mesh = {
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: 'localhost,127.0.0.1',
    no_proxy: 'localhost,127.0.0.1',
  }

  it('names the addresses of Services of the namespace, and the proxy', () => {
    assert.deepEqual(podEnv(pod, services, 15001), {
      BACK_END_SERVICE_HOST: '127.11.192.2',
      BACK_END_SERVICE_PORT: '80',
      BACK_END_SERVICE_PORT_HTTP: '80',
      BACK_END_SERVICE_PORT_GRPC_WEB: '9999',
      PLAIN_SERVICE_HOST: '127.11.192.3',
      PLAIN_SERVICE_PORT: '81',
      ...mesh,
    })
  })

  it('names no Services where the pod wants none', () => {
    assert.deepEqual(podEnv({ ...pod, spec: { containers: [], enableServiceLinks: false } }, services, 15001), mesh)
  })
})

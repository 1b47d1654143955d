import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toText } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { objectAt, objectsAt } from '../draft.ts'
import { allocateService, type ServiceAllocator } from './service-addresses.ts'

const allocator: ServiceAllocator = {
  block: '10.0.0.0/16',
  isTaken: ip => ip === '10.0.0.1',
  freeIp: () => '10.0.0.2',
  isPortTaken: port => port === 30000,
  freePort: () => 30001,
}
const full: ServiceAllocator = { ...allocator, freeIp: () => undefined, freePort: () => undefined }
const port = { port: 80, protocol: 'TCP' }

function allocate(spec: JsonObject, by = allocator, previous?: JsonObject) {
  const { service, errors } = allocateService({ spec }, by, previous && { spec: previous })
  return { spec: objectAt(service, 'spec'), errors: errors.map(toText) }
}

describe('allocating addresses of Services', () => {
  it('gives a Service a free address and its family', () => {
    const { spec, errors } = allocate({ type: 'ClusterIP', ports: [port] })
    assert.deepEqual(errors, [])
    assert.deepEqual(spec, {
      type: 'ClusterIP',
      ports: [port],
      clusterIP: '10.0.0.2',
      clusterIPs: ['10.0.0.2'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
  })

  it('gives every port of a NodePort Service a port of its own', () => {
    let next = 30001
    const counting = { ...allocator, freePort: () => next++ }
    const { spec } = allocate(
      { type: 'NodePort', ports: [port, { port: 81, nodePort: 30100 }, { port: 82 }] },
      counting,
    )
    assert.deepEqual(
      objectsAt(spec, 'ports').map(each => each['nodePort']),
      [30001, 30100, 30002],
    )
  })

  it('leaves what a Service has alone when it is updated', () => {
    const had = {
      type: 'NodePort',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ports: [{ ...port, nodePort: 30000 }],
    }
    assert.deepEqual(allocate(had, allocator, had).errors, [])
  })

  const wanted = (ip: string) => ({ type: 'ClusterIP', clusterIP: ip, ports: [port] })
  const taken = (nodePort: number) => ({ type: 'NodePort', ports: [{ ...port, nodePort }] })
  const allocation = 'failed to allocate IP'
  const refusals: readonly { name: string; spec: JsonObject; by?: ServiceAllocator; want: string }[] = [
    {
      name: 'an address that another Service has',
      spec: wanted('10.0.0.1'),
      want: `spec.clusterIPs: Invalid value: ["10.0.0.1"]: ${allocation} 10.0.0.1: provided IP is already allocated`,
    },
    {
      name: 'an address outside of the block',
      spec: wanted('10.1.0.1'),
      want: `spec.clusterIPs: Invalid value: ["10.1.0.1"]: ${allocation} 10.1.0.1: the provided network does not match the current range`,
    },
    {
      name: 'a node port that another Service has',
      spec: taken(30000),
      want: 'spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
    },
    {
      name: 'a node port out of the range',
      spec: taken(80),
      want: 'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    },
    {
      name: 'a Service when no address is left',
      spec: { type: 'ClusterIP', ports: [port] },
      by: full,
      want: 'spec.clusterIPs: Internal error: failed to allocate a serviceIP: range is full',
    },
  ]
  for (const { name, spec, by, want } of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(allocate(spec, by).errors, [want]))
  }
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { Event } from '../../../src/api/core/core-v1.ts'
import { EndpointSlice } from '../../../src/api/core/discovery-v1.ts'
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import { HTTPRoute } from '../../../src/api/gateway-api/v1.ts'
import { DestinationRule, VirtualService } from '../../../src/api/istio/networking.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestMesh, type TestMesh } from '../../support/mesh.ts'

const namespace = 'test'
const gateways = ['istio-system/public']

describe('routing objects on a mesh', { timeout: 120_000 }, () => {
  let test: TestMesh
  let agent: Agent
  before(async () => {
    test = await startTestMesh()
    agent = new Agent({ connections: 64 })
    await test.addServices(['primary', 'canary'])
  })
  after(async () => {
    await agent.close()
    await test.close()
  })

  async function ask(host: string, path = '/', headers: Record<string, string> = {}) {
    const { statusCode, body } = await request(test.gatewayUrl + path, {
      dispatcher: agent,
      headers: { host, ...headers },
    })
    return { status: statusCode, body: await body.text() }
  }

  const virtualService = (name: string, host: string, http: NonNullable<VirtualService['spec']>['http']) => ({
    apiVersion: 'networking.istio.io/v1beta1' as const,
    kind: 'VirtualService' as const,
    metadata: { name, namespace },
    spec: { hosts: [host], gateways, ...(http ? { http } : {}) },
  })
  const split = (canaryPercent: number) => [
    { destination: { host: 'primary' }, weight: 100 - canaryPercent },
    { destination: { host: 'canary' }, weight: canaryPercent },
  ]
  const apply = { fieldManager: 'test', force: true }

  /** One host for each sort of object; all of them ask for 70/30 and send insiders to the canary. */
  const objects: readonly { host: string; create: (host: string) => Promise<unknown> }[] = [
    {
      host: 'virtualservice.example',
      create: host =>
        test.client.create(
          VirtualService,
          virtualService('split', host, [
            {
              match: [{ headers: { 'x-canary': { exact: 'insider' } } }],
              route: [{ destination: { host: 'canary' } }],
            },
            { route: split(30) },
          ]),
        ),
    },
    {
      host: 'httproute.example',
      create: host =>
        test.client.apply(
          HTTPRoute,
          {
            metadata: { name: 'split', namespace },
            spec: {
              parentRefs: [{ name: 'public', namespace: 'istio-system' }],
              hostnames: [host],
              rules: [
                {
                  backendRefs: [
                    { name: 'primary', port: 80, weight: 70 },
                    { name: 'canary', port: 80, weight: 30 },
                  ],
                },
                {
                  matches: [{ headers: [{ name: 'x-canary', value: 'insider' }] }],
                  backendRefs: [{ name: 'canary', port: 80 }],
                },
              ],
            },
          },
          apply,
        ),
    },
    {
      host: 'ingress.example',
      async create(host) {
        const ingress = (service: string, annotations: Record<string, string>): Ingress => ({
          metadata: { name: service, namespace, annotations },
          spec: {
            rules: [
              {
                host,
                http: {
                  paths: [
                    { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { name: 'http' } } } },
                  ],
                },
              },
            ],
          },
        })
        await test.client.create(Ingress, ingress('primary', {}))
        await test.client.create(
          Ingress,
          ingress('canary', {
            'nginx.ingress.kubernetes.io/canary': 'true',
            'nginx.ingress.kubernetes.io/canary-weight': '30',
            'nginx.ingress.kubernetes.io/canary-by-header': 'x-canary',
            'nginx.ingress.kubernetes.io/canary-by-header-value': 'insider',
          }),
        )
      },
    },
  ]
  for (const { host, create } of objects) {
    it(`splits the traffic of ${host} by weight and by header`, async () => {
      await create(host)
      await eventually('insiders meet the canary', async () => {
        const { body } = await ask(host, '/', { 'x-canary': 'insider' })
        return body === 'canary'
      })
      const total = 1000
      let canary = 0
      for (let done = 0; done < total; done += 40) {
        const answers = await Promise.all(Array.from({ length: 40 }, () => ask(host)))
        assert.ok(answers.every(({ status }) => status === 200))
        canary += answers.filter(({ body }) => body === 'canary').length
      }
      // The chance that a fair split is further off is 1 in a million (chi-square, 1 degree of freedom).
      const expected = total * 0.3
      const chiSquare = (canary - expected) ** 2 / expected + (canary - expected) ** 2 / (total - expected)
      assert.ok(chiSquare < 23.9, `${canary} of ${total}, chi-square ${chiSquare}`)
    })
  }

  it('sends to the pods of a subset that a DestinationRule defines', async () => {
    const host = 'subset.example'
    await test.client.apply(
      DestinationRule,
      {
        metadata: { name: 'canary', namespace },
        spec: {
          host: 'canary',
          subsets: [
            { name: 'right', labels: { app: 'canary' } },
            { name: 'empty', labels: { app: 'nobody' } },
          ],
        },
      },
      apply,
    )
    const to = (subset: string) => [{ route: [{ destination: { host: 'canary', subset } }] }]
    const answers: unknown[] = []
    for (const subset of ['right', 'empty', 'undefined']) {
      await test.client.apply(VirtualService, virtualService('subset', host, to(subset)), apply)
      const want = { right: 'canary', empty: 'no healthy upstream', undefined: 'cluster not found' }[subset]
      answers.push(
        await eventually(`${subset} is in force`, async () => {
          const answer = await ask(host)
          return answer.body === want ? answer.status : undefined
        }),
      )
    }
    assert.deepEqual(answers, [200, 503, 503])
  })

  it('answers 503 for a Service that is not there, and says so by event and metric', async () => {
    const host = 'nowhere.example'
    await test.client.apply(
      VirtualService,
      virtualService('nowhere', host, [{ route: [{ destination: { host: 'nobody' } }] }]),
      apply,
    )
    const answer = await eventually('it answers', async () => {
      const found = await ask(host)
      return found.status === 404 ? undefined : found
    })
    assert.deepEqual(answer, { status: 503, body: 'cluster not found' })
    const event = await eventually('the event is there', async () => {
      const { items } = await test.client.list(Event, { namespace })
      return items.find(({ involvedObject }) => involvedObject.name === 'nowhere')
    })
    assert.deepEqual(
      [event.type, event.reason, event.message, event.involvedObject.kind],
      ['Warning', 'InvalidRoute', 'http[0]: the Service test/nobody does not exist', 'VirtualService'],
    )
    assert.match(test.mesh.metrics(), /^serin_mesh_invalid_routes [1-9]/m)
    await test.client.delete(VirtualService, { namespace, name: 'nowhere' })
  })

  it('puts a change in force within 50 ms of the write', async () => {
    const host = 'quick.example'
    const waits: number[] = []
    for (let change = 0; change < 20; change++) {
      const to = change % 2 === 0 ? 'canary' : 'primary'
      await test.client.apply(
        VirtualService,
        virtualService('quick', host, [{ route: [{ destination: { host: to } }] }]),
        apply,
      )
      const written = performance.now()
      await eventually('it is in force', async () => (await ask(host)).body === to)
      waits.push(performance.now() - written)
    }
    const median = waits.sort((a, b) => a - b)[waits.length / 2] ?? Number.POSITIVE_INFINITY
    // The median: a shared machine may stop this process for longer than that at any time.
    assert.ok(median < 50, `${waits.map(Math.round)} ms`)
  })

  it('loses nothing through 200 route changes under 2,000 requests a second, each in force within 50 ms', async () => {
    const host = 'busy.example'
    const changes = 200
    const perSecond = 2_000
    // A change each 50 ms where the machine keeps the pace; a slower one takes its time over the same requests.
    const requestsPerChange = 100
    const route = (to: string) => virtualService('busy', host, [{ route: [{ destination: { host: to } }] }])
    await test.client.apply(VirtualService, route('primary'), apply)
    await eventually('it routes', async () => (await ask(host)).body === 'primary')
    const wrong: string[] = []
    const pending: Promise<void>[] = []
    const answers: { readonly startedMs: number; readonly body: string }[] = []
    const began = performance.now()
    const send = () => {
      const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
      for (let burst = 0; pending.length < due && burst < requestsPerChange; burst++) {
        const startedMs = performance.now()
        pending.push(
          ask(host).then(
            ({ status, body }) =>
              void (status === 200 ? answers.push({ startedMs, body }) : wrong.push(`${status} ${body}`)),
            error => void wrong.push(String(error)),
          ),
        )
      }
    }
    const timer = setInterval(send, 2)
    const writes: { readonly writtenMs: number; readonly to: string }[] = []
    for (let change = 0; change < changes; change++) {
      const to = change % 2 === 0 ? 'canary' : 'primary'
      await test.client.apply(VirtualService, route(to), apply)
      writes.push({ writtenMs: performance.now(), to })
      await eventually('the requests of this change', () => pending.length >= (change + 1) * requestsPerChange)
    }
    clearInterval(timer)
    await Promise.all(pending)
    assert.deepEqual(wrong, [])
    assert.ok(pending.length >= changes * requestsPerChange, `${pending.length} requests`)
    answers.sort((a, b) => a.startedMs - b.startedMs)
    const waits = writes.map(({ writtenMs, to }) => {
      const first = answers.find(({ startedMs, body }) => startedMs >= writtenMs && body === to)
      return (first?.startedMs ?? Number.POSITIVE_INFINITY) - writtenMs
    })
    const median = waits.sort((a, b) => a - b)[changes / 2] ?? Number.POSITIVE_INFINITY
    // The median: a shared machine may stop this process for longer than that at any time.
    assert.ok(median < 50, `${waits.map(Math.round)} ms`)
  })

  it('loses nothing when the pods behind a Service change', async () => {
    const host = 'moving.example'
    await test.client.apply(
      VirtualService,
      virtualService('moving', host, [{ route: [{ destination: { host: 'primary' } }] }]),
      apply,
    )
    await eventually('it routes', async () => (await ask(host)).status === 200)
    const [primary, canary] = await Promise.all(
      ['primary', 'canary'].map(name => test.client.fetch(EndpointSlice, { namespace, name })),
    )
    const portOf = (slice: EndpointSlice | undefined) => slice?.ports?.[0]?.port ?? 0
    const stop = new AbortController()
    const wrong: string[] = []
    const bodies = new Set<string>()
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        const { status, body } = await ask(host)
        if (status === 200) bodies.add(body)
        else wrong.push(`${status} ${body}`)
      }
    })
    for (let change = 0; change < 40; change++) {
      const port = portOf(change % 2 === 0 ? canary : primary)
      const body = { ports: [{ name: 'http', port }] }
      await test.client.patch(EndpointSlice, { namespace, name: 'primary' }, { type: 'merge', body })
    }
    stop.abort()
    await Promise.all(clients)
    assert.deepEqual(wrong, [])
    assert.deepEqual([...bodies].sort(), ['canary', 'primary'])
  })
})

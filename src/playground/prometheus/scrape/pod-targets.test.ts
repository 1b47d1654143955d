import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Pod } from '../../../api/core/core-v1.ts'
import { allTargets, podTargets } from './pod-targets.ts'
import { targetLabels } from './target.ts'

const scraped = { 'prometheus.io/scrape': 'true' }

function pod(annotations: Record<string, string>, status: Pod['status'] = {}, ports: readonly number[] = [9898]): Pod {
  return {
    metadata: {
      name: 'podinfo-6c8f-x1',
      namespace: 'test',
      labels: { app: 'podinfo', 'app.kubernetes.io/name': 'podinfo' },
      annotations,
    },
    spec: { containers: [{ name: 'podinfo', ports: ports.map(containerPort => ({ containerPort })) }] },
    status: { phase: 'Running', podIP: '127.1.0.7', ...status },
  }
}

const urls = (...pods: Pod[]) =>
  podTargets({ list: () => pods })
    .list()
    .map(target => target.url)

describe('podTargets', () => {
  const cases: readonly { name: string; pod: Pod; want: readonly string[] }[] = [
    { name: 'leaves out pods without the annotation', pod: pod({}), want: [] },
    {
      name: 'takes port and path from the annotations',
      pod: pod({ ...scraped, 'prometheus.io/port': '9797', 'prometheus.io/path': '/stats/prometheus' }),
      want: ['http://127.1.0.7:9797/stats/prometheus'],
    },
    {
      name: 'takes each declared port without an annotation',
      pod: pod(scraped, {}, [9898, 9797]),
      want: ['http://127.1.0.7:9898/metrics', 'http://127.1.0.7:9797/metrics'],
    },
    {
      name: 'takes the default port where none is declared',
      pod: pod(scraped, {}, []),
      want: ['http://127.1.0.7/metrics'],
    },
    { name: 'leaves out the admin port of Envoy', pod: pod(scraped, {}, [9901]), want: [] },
    { name: 'leaves out pods that have no address yet', pod: pod(scraped, { podIP: '' }), want: [] },
    { name: 'leaves out pods that are over', pod: pod(scraped, { phase: 'Succeeded' }), want: [] },
    {
      name: 'writes an IPv6 address in brackets',
      pod: pod(scraped, { podIP: 'fd00::7' }),
      want: ['http://[fd00::7]:9898/metrics'],
    },
  ]
  for (const { name, pod: given, want } of cases) it(name, () => assert.deepEqual(urls(given), want))

  it('labels samples as the queries of the rollout expect', () => {
    const [target] = podTargets({ list: () => [pod(scraped)] }).list()
    assert.deepEqual(target && targetLabels(target), {
      app: 'podinfo',
      app_kubernetes_io_name: 'podinfo',
      instance: '127.1.0.7:9898',
      job: 'kubernetes-pods',
      kubernetes_namespace: 'test',
      kubernetes_pod_name: 'podinfo-6c8f-x1',
    })
  })

  it('asks for the address where pods are not reached at their own', () => {
    const source = podTargets({ list: () => [pod(scraped)] }, (_, port) => `127.0.0.1:${(port ?? 0) + 20_000}`)
    assert.deepEqual(
      allTargets(source, source)
        .list()
        .map(target => target.url),
      Array(2).fill('http://127.0.0.1:29898/metrics'),
    )
  })
})

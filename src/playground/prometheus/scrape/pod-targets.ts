/** Targets out of a cluster's pods, as the scrape configuration that Flagger ships finds them. */
import { isIPv6 } from 'node:net'
import type { Pod } from '../../../api/core/core-v1.ts'
import type { ObjectReader } from '../../../runtime/object-store.ts'
import type { Target, TargetSource } from './target.ts'

/** Where a pod's port can be reached, as `HOST:PORT`; a port of undefined is the scheme's default. */
export type AddressOf = (pod: Pod, port: number | undefined) => string | undefined

/** The name of the job in the upstream configuration. */
const job = 'kubernetes-pods'

const annotation = { scrape: 'prometheus.io/scrape', path: 'prometheus.io/path', port: 'prometheus.io/port' }

/** Envoy's admin port, which the upstream configuration leaves to another job. */
const skippedPort = 9901

/**
 * The pods with the annotation `prometheus.io/scrape: "true"`: at the port of `prometheus.io/port`, or at each declared
 * TCP port without it, under the path of `prometheus.io/path` or `/metrics`. Their labels become labels of the samples,
 * with `kubernetes_namespace` and `kubernetes_pod_name`. `addressOf` is for pods that are not reached at their own IP.
 */
export function podTargets(pods: Pick<ObjectReader<Pod>, 'list'>, addressOf: AddressOf = ownAddress): TargetSource {
  const known = new WeakMap<Pod, readonly Target[]>()
  return {
    list: () =>
      pods.list().flatMap(pod => {
        const targets = known.get(pod) ?? targetsOf(pod, addressOf)
        known.set(pod, targets)
        return targets
      }),
  }
}

/** The targets of several sources. */
export function allTargets(...sources: readonly TargetSource[]): TargetSource {
  return { list: () => sources.flatMap(source => source.list()) }
}

function targetsOf(pod: Pod, addressOf: AddressOf): Target[] {
  const annotations = pod.metadata?.annotations ?? {}
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (annotations[annotation.scrape] !== 'true' || isOver) return []
  const path = annotations[annotation.path] ?? '/metrics'
  return portsOf(pod, annotations[annotation.port]).flatMap(port => {
    const address = port === skippedPort ? undefined : addressOf(pod, port)
    if (address === undefined) return []
    return [{ job, labels: labelsOf(pod), url: `http://${address}${path.startsWith('/') ? path : `/${path}`}` }]
  })
}

function portsOf(pod: Pod, annotated: string | undefined): readonly (number | undefined)[] {
  if (annotated !== undefined && /^\d+$/.test(annotated)) return [Number(annotated)]
  const declared = (pod.spec?.containers ?? []).flatMap(container => container.ports ?? [])
  const ports = declared.filter(port => (port.protocol ?? 'TCP') === 'TCP').map(port => port.containerPort)
  return ports.length > 0 ? [...new Set(ports)] : [undefined]
}

function labelsOf(pod: Pod): Record<string, string> {
  const own = Object.entries(pod.metadata?.labels ?? {}).map(([name, value]) => [sanitized(name), value] as const)
  return {
    ...Object.fromEntries(own),
    kubernetes_namespace: pod.metadata?.namespace ?? '',
    kubernetes_pod_name: pod.metadata?.name ?? '',
  }
}

/** A label's name in the alphabet of classic label names, as Prometheus's discovery makes it. */
function sanitized(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}

function ownAddress(pod: Pod, port: number | undefined): string | undefined {
  const ip = pod.status?.podIP
  if (ip === undefined || ip === '') return undefined
  const host = isIPv6(ip) ? `[${ip}]` : ip
  return port === undefined ? host : `${host}:${port}`
}

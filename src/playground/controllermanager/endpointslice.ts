/** EndpointSlices: for every Service with a selector, the addresses of its pods. */
import { isDeepStrictEqual } from 'node:util'
import { type Pod, Pod as podType, type Service, Service as serviceType } from '../../api/core/core-v1.ts'
import { EndpointSlice } from '../../api/core/discovery-v1.ts'
import { matchesLabels, selectorOf } from '../../apimachinery/labels.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists, isNotFound } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { isOver, isReady } from './pods.ts'

const managedBy = 'endpointslice-controller.k8s.io'
const fieldManager = 'kube-controller-manager'

/** Makes the controller. */
export function newEndpointSliceController(deps: ControllerManagerDeps): Controller {
  const { client, informers } = deps
  const services = informers.informer(serviceType)
  const pods = informers.informer(podType)
  const slices = informers.informer(EndpointSlice)

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const service = services.get(key)
    // Without a Service the garbage collector takes the slice; without a selector somebody else fills it.
    if (!service?.spec?.selector || service.metadata?.deletionTimestamp) return {}
    const namespace = service.metadata?.namespace ?? ''
    const selector = selectorOf({ matchLabels: service.spec.selector })
    const selected = pods.list(namespace).filter(pod => matchesLabels(selector, pod.metadata?.labels))
    const wanted = sliceOf(service, selected)
    const current = slices.get({ namespace, name: wanted.metadata?.name ?? '' })
    if (current && sameSlice(current, wanted)) return {}
    if (current) {
      await client
        .update(
          EndpointSlice,
          { ...wanted, metadata: { ...current.metadata, ...wanted.metadata } },
          { signal, fieldManager },
        )
        .catch(ignore(isNotFound))
    } else {
      await client.create(EndpointSlice, wanted, { signal, fieldManager }).catch(ignore(isAlreadyExists))
    }
    return {}
  }

  /** Services whose selector the pod meets, now or before the change. */
  const servicesOf = (...states: readonly (Pod | undefined)[]): string[] =>
    services.list(states[0]?.metadata?.namespace).flatMap(service => {
      const selector = service.spec?.selector
      const concerned =
        selector &&
        states.some(pod => pod && matchesLabels(selectorOf({ matchLabels: selector }), pod.metadata?.labels))
      return concerned ? [`${service.metadata?.namespace}/${service.metadata?.name}`] : []
    })
  return newController({
    ...deps,
    reconciler: { name: 'endpointslice', reconcile },
    sources: [
      watchSource(services),
      watchSource(pods, {
        toKeys: event => servicesOf(event.object, event.type === 'updated' ? event.previous : undefined),
      }),
      // Own writes too: until one is known, a change of a pod is compared with what the slice was before it.
      watchSource(slices, {
        toKeys: ({ object }) => [
          `${object.metadata?.namespace}/${object.metadata?.labels?.['kubernetes.io/service-name']}`,
        ],
      }),
    ],
    concurrency: 5,
  })
}

/** One slice a Service: local pods are few. A pod's named ports are its own, so the first pod that has one decides. */
function sliceOf(service: Service, selected: readonly Pod[]): EndpointSlice {
  const { name = '', namespace = '' } = service.metadata ?? {}
  const usable = selected
    .filter(pod => pod.status?.podIP && !isOver(pod))
    .sort((a, b) => (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? ''))
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-serin`,
      namespace,
      labels: {
        ...service.metadata?.labels,
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': managedBy,
      },
      ownerReferences: [ownerReferenceTo(serviceType, service, { isController: true })],
    },
    addressType: 'IPv4',
    ports: (service.spec?.ports ?? []).flatMap(port => {
      const target = targetOf(port.targetPort ?? port.port, usable)
      return target === undefined ? [] : [{ name: port.name ?? '', port: target, protocol: port.protocol ?? 'TCP' }]
    }),
    endpoints: usable.map(pod => {
      const terminating = pod.metadata?.deletionTimestamp !== undefined
      const serving = isReady(pod)
      const ready = (serving && !terminating) || (service.spec?.publishNotReadyAddresses ?? false)
      return {
        addresses: [pod.status?.podIP ?? ''],
        conditions: { ready, serving, terminating },
        ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
        targetRef: { kind: 'Pod', name: pod.metadata?.name ?? '', namespace, uid: pod.metadata?.uid ?? '' },
      }
    }),
  }
}

function targetOf(target: number | string, pods: readonly Pod[]): number | undefined {
  if (typeof target === 'number') return target
  return pods
    .flatMap(pod => pod.spec?.containers ?? [])
    .flatMap(container => container.ports ?? [])
    .find(port => port.name === target)?.containerPort
}

function sameSlice(current: EndpointSlice, wanted: EndpointSlice): boolean {
  const essence = ({ endpoints, ports, metadata }: EndpointSlice) => ({
    endpoints: endpoints ?? [],
    ports: ports ?? [],
    labels: metadata?.labels ?? {},
  })
  return isDeepStrictEqual(essence(current), essence(wanted))
}

function ignore(expected: (error: unknown) => boolean): (error: unknown) => void {
  return error => {
    if (!expected(error)) throw error
  }
}

/** Defaults of the kinds of core/v1 other than pods and services. */
import { child, type Draft, descend, each, ensure, fill, stringAt } from '../draft.ts'
import { defaultTemplate } from './pod.ts'
import { roundResourceList, roundResourceLists } from './resources.ts'
import { defaultClaimSpec } from './volumes.ts'

/** `data` is there in memory but left out when empty, so nothing is written. */
export function defaultNamespace(namespace: Draft): void {
  const metadata = ensure(namespace, 'metadata')
  const name = stringAt(metadata, 'name')
  // A generated name is not known yet; the label follows when it is.
  if (name !== '') ensure(metadata, 'labels')['kubernetes.io/metadata.name'] = name
  fill(ensure(namespace, 'status'), { phase: 'Active' })
}

/** Completes a Secret. */
export function defaultSecret(secret: Draft): void {
  fill(secret, { type: 'Opaque' })
}

/** Completes the ports of Endpoints. */
export function defaultEndpoints(endpoints: Draft): void {
  for (const subset of each(endpoints, 'subsets')) {
    for (const port of each(subset, 'ports')) fill(port, { protocol: 'TCP' })
  }
}

/** Completes a PersistentVolume. */
export function defaultPersistentVolume(volume: Draft): void {
  const spec = ensure(volume, 'spec')
  fill(ensure(volume, 'status'), { phase: 'Pending' })
  fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
  roundResourceList(child(spec, 'capacity'))
  const path = child(spec, 'hostPath')
  if (path) fill(path, { type: '' })
}

/** Completes a PersistentVolumeClaim. */
export function defaultPersistentVolumeClaim(claim: Draft): void {
  fill(ensure(claim, 'status'), { phase: 'Pending' })
  defaultClaimSpec(ensure(claim, 'spec'))
  roundResourceList(descend(claim, 'status', 'capacity'))
}

/** Completes a Node: what can be allocated is its capacity. */
export function defaultNode(node: Draft): void {
  const status = ensure(node, 'status')
  const capacity = child(status, 'capacity')
  if (capacity) fill(status, { allocatable: { ...capacity } })
  roundResourceList(capacity)
  roundResourceList(child(status, 'allocatable'))
}

/** Completes a ReplicationController: its selector and labels are its template's. */
export function defaultReplicationController(controller: Draft): void {
  const spec = ensure(controller, 'spec')
  const labels = descend(spec, 'template', 'metadata', 'labels')
  if (labels) {
    fill(spec, { selector: { ...labels } })
    fill(ensure(controller, 'metadata'), { labels: { ...labels } })
  }
  fill(spec, { replicas: 1 })
  if (child(spec, 'template')) defaultTemplate(spec)
}

/** Completes a ResourceQuota. */
export function defaultResourceQuota(quota: Draft): void {
  roundResourceList(descend(quota, 'spec', 'hard'))
}

/** Completes the limits for containers of a LimitRange from each other. */
export function defaultLimitRange(range: Draft): void {
  for (const limit of each(child(range, 'spec'), 'limits')) {
    if (limit['type'] === 'Container') {
      const defaults = { ...child(limit, 'max'), ...child(limit, 'default') }
      const requests = { ...child(limit, 'min'), ...defaults, ...child(limit, 'defaultRequest') }
      if (Object.keys(defaults).length > 0) limit['default'] = defaults
      if (Object.keys(requests).length > 0) limit['defaultRequest'] = requests
    }
    for (const list of ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']) {
      roundResourceList(child(limit, list))
    }
  }
}

/** Completes a PodTemplate. */
export function defaultPodTemplate(template: Draft): void {
  defaultTemplate(template)
  roundResourceLists(descend(template, 'template', 'spec', 'resources'))
}

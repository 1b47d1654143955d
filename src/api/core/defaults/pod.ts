/** Defaults of pods and of pod templates. */
import { child, type Draft, each, ensure, fill, has, stringAt } from '../draft.ts'
import { defaultContainer } from './containers.ts'
import { roundResourceList, roundResourceLists } from './resources.ts'
import { defaultVolume } from './volumes.ts'

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const

/** Completes a pod's spec where it stands: in a pod or in a template. */
export function defaultPodSpec(spec: Draft): void {
  fillServiceAccount(spec)
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  })
  for (const volume of each(spec, 'volumes')) defaultVolume(volume)
  for (const list of containerLists) for (const container of each(spec, list)) defaultContainer(container)
  roundResourceList(child(spec, 'overhead'))
  roundResourceLists(child(spec, 'resources'))
  if (spec['hostNetwork'] === true) defaultHostPorts(spec)
}

/** Completes the spec inside the `template` of an owner's spec. */
export function defaultTemplate(owner: Draft): void {
  defaultPodSpec(ensure(ensure(owner, 'template'), 'spec'))
}

/** Completes a pod: what its spec gets anywhere, and what only a pod gets. */
export function defaultPod(pod: Draft): void {
  const spec = ensure(pod, 'spec')
  const grace = spec['terminationGracePeriodSeconds']
  if (typeof grace === 'number' && grace < 0) spec['terminationGracePeriodSeconds'] = 1
  for (const list of ['containers', 'initContainers'])
    for (const container of each(spec, list)) requestLimits(container)
  fill(spec, { enableServiceLinks: true })
  defaultPodSpec(spec)
  defaultPodIps(ensure(pod, 'status'))
}

// `serviceAccount` is the old name of the same field.
function fillServiceAccount(spec: Draft): void {
  const name = stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount')
  if (name === '') return
  spec['serviceAccountName'] = name
  spec['serviceAccount'] = name
}

// What is limited and not requested is requested in full.
function requestLimits(container: Draft): void {
  const resources = child(container, 'resources')
  const limits = child(resources, 'limits')
  if (resources && limits) fill(ensure(resources, 'requests'), limits)
}

function defaultHostPorts(spec: Draft): void {
  for (const list of ['containers', 'initContainers']) {
    for (const container of each(spec, list)) {
      for (const port of each(container, 'ports')) fill(port, { hostPort: port['containerPort'] ?? 0 })
    }
  }
}

function defaultPodIps(status: Draft): void {
  const ip = stringAt(status, 'podIP')
  const first = each(status, 'podIPs')[0]
  if (ip !== '' && stringAt(first, 'ip') !== ip) status['podIPs'] = [{ ip }]
  else if (ip === '' && first && has(first, 'ip')) status['podIP'] = stringAt(first, 'ip')
}

/** An API with workload controllers, ours or the real ones, and a simulated node: pods are ready as soon as they are there. */

import { Node, Pod, ServiceAccount } from '../../../src/api/core/core-v1.ts'
import type { Json } from '../../../src/apimachinery/meta.ts'
import { startApiServer } from '../../../src/playground/apiserver/server.ts'
import { newWorkloadControllers } from '../../../src/playground/controllermanager/controller-manager.ts'
import { type Client, isConflict, isNotFound } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newEventRecorder } from '../../../src/runtime/events.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newInformerSet } from '../../../src/runtime/informer-set.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { startRealControlPlane } from '../../support/real-control-plane.ts'
import type { ApiAccess } from '../../support/target.ts'

/** A running host. */
export interface WorkloadHost {
  readonly api: ApiAccess
  readonly client: Client
  close(): Promise<void>
}

/** Pods of this image never become ready. */
export const brokenImage = 'web:broken'

/** Pods of this image become ready unless they belong to the primary of a rollout. */
export const brokenPrimaryImage = 'web:broken-primary'

const nodeNames = ['node-1', 'node-2']
const realControllers = [
  'deployment-controller',
  'replicaset-controller',
  'daemonset-controller',
  'horizontal-pod-autoscaler-controller',
  'garbage-collector-controller',
  'namespace-controller',
]

/** Starts the host that `SERIN_CONFORMANCE` names: ours, or `real`. */
export async function startWorkloadHost(env: NodeJS.ProcessEnv = process.env): Promise<WorkloadHost> {
  const isReal = env['SERIN_CONFORMANCE'] === 'real'
  const api = isReal
    ? await startRealControlPlane({ controllers: realControllers })
    : await startApiServer({ loopbackPods: true })
  const deps = { clock: systemClock, random: Math.random, log: silentLogger }
  const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
  const informers = newInformerSet({ client, ...deps })
  const events = newEventRecorder({ client, ...deps, component: 'test' })
  const stop = new AbortController()
  const all = { ...deps, client, informers, events, caPem: api.caPem }
  const controllers = isReal ? [] : newWorkloadControllers(all)
  for (const name of nodeNames) {
    await client.create(Node, { metadata: { name } })
    // Admission marks a new node as not ready, which nobody takes back here.
    await client.patch(Node, { name }, { type: 'merge', body: { spec: { taints: null } } })
  }
  if (isReal)
    await client.create(ServiceAccount, { metadata: { name: 'default', namespace: 'default' } }).catch(() => {})
  const pods = new Set<Promise<void>>()
  const look = (pod: Pod): void => {
    if (stop.signal.aborted) return
    const run = simulate(client, pod).finally(() => pods.delete(run))
    pods.add(run)
  }
  informers.informer(Pod).addHandler({ added: look, updated: (_, pod) => look(pod) })
  const running = [informers.run(stop.signal), ...controllers.map(controller => controller.run(stop.signal))]
  await informers.synced()
  return {
    api,
    client,
    async close() {
      stop.abort()
      await Promise.allSettled([...running, ...pods])
      await events.close()
      await client.close()
      await api.close()
    },
  }
}

/** A DaemonSet's pods name their node; others go to the first. */
async function bind(client: Client, { metadata, spec }: Pod): Promise<void> {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const named = terms.flatMap(({ matchFields = [] }) => matchFields).flatMap(({ values = [] }) => values)[0]
  const { namespace = '', name = '' } = metadata ?? {}
  const body = {
    metadata: { name, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: named ?? nodeNames[0] },
  }
  await client.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, { body: body as Json })
}

/** What the scheduler and a kubelet do to a pod, as far as controllers see it. */
export async function simulate(client: Client, pod: Pod): Promise<void> {
  const { namespace, name = '', deletionTimestamp } = pod.metadata ?? {}
  try {
    if (deletionTimestamp)
      return await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0 }).then(() => {})
    if (!pod.spec?.nodeName) return await bind(client, pod)
    if (pod.status?.phase === 'Running') return
    const ready = isBroken(pod) ? 'False' : 'True'
    const condition = {
      type: 'Ready',
      status: ready,
      lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
    }
    const body = { status: { phase: 'Running', podIP: '10.1.2.3', conditions: [condition] } }
    await client.patch(Pod, { namespace, name }, { type: 'merge', body }, { subresource: 'status' })
  } catch (error) {
    // It has gone, or another look at it was faster.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function isBroken({ metadata, spec }: Pod): boolean {
  const image = spec?.containers[0]?.image
  const isPrimary = metadata?.labels?.['app']?.endsWith('-primary') ?? false
  return image === brokenImage || (image === brokenPrimaryImage && isPrimary)
}

/** Workloads as the engine sees them, read from the objects. */
import type { DaemonSet, Deployment } from '../api/core/apps-v1.ts'
import type { Workload } from './observed.ts'
import { scaleToZeroKey } from './revision.ts'

/** A Deployment's numbers. A status of an older generation is told by `isGenerationObserved`. */
export function deploymentWorkload(deployment: Deployment): Workload {
  const { spec, status, metadata } = deployment
  const progressing = status?.conditions?.find(c => c.type === 'Progressing')
  const available = status?.conditions?.find(c => c.type === 'Available')
  const isUnavailable = available?.status === 'False' && available.reason === 'MinimumReplicasUnavailable'
  const since = available?.lastUpdateTime ?? available?.lastTransitionTime
  return {
    kind: 'Deployment',
    name: metadata?.name ?? '',
    desiredReplicas: spec.replicas ?? 1,
    replicas: status?.replicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    isGenerationObserved: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    isDeadlineExceeded: progressing?.reason === 'ProgressDeadlineExceeded',
    ...(progressing && isUnavailable && since ? { unavailableSince: since } : {}),
  }
}

/** A DaemonSet's numbers; it wants no pods while its selector has the key that no node has. */
export function daemonSetWorkload(daemonSet: DaemonSet): Workload {
  const { spec, status, metadata } = daemonSet
  const isAtZero = spec.template.spec?.nodeSelector?.[scaleToZeroKey] !== undefined
  // One that is not at zero wants at least one pod, also before its controller has counted the nodes: a DaemonSet
  // without any is not ready for traffic.
  const desired = Math.max(1, status?.desiredNumberScheduled ?? 0)
  return {
    kind: 'DaemonSet',
    name: metadata?.name ?? '',
    desiredReplicas: isAtZero ? 0 : desired,
    replicas: status?.currentNumberScheduled ?? 0,
    updatedReplicas: status?.updatedNumberScheduled ?? 0,
    availableReplicas: status?.numberAvailable ?? 0,
    isGenerationObserved: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    isDeadlineExceeded: false,
  }
}

/** A plain Service has no pods that anybody waits for. */
export function serviceWorkload(name: string): Workload {
  return {
    kind: 'Service',
    name,
    desiredReplicas: 0,
    replicas: 0,
    updatedReplicas: 0,
    availableReplicas: 0,
    isGenerationObserved: true,
    isDeadlineExceeded: false,
  }
}

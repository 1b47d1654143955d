/** Defaults of apps/v1. */
import { child, type Draft, each, ensure, fill } from '../draft.ts'
import { defaultTemplate } from './pod.ts'
import { defaultClaimSpec } from './volumes.ts'

/** Completes a Deployment. */
export function defaultDeployment(deployment: Draft): void {
  const spec = ensure(deployment, 'spec')
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  defaultRollingUpdate(ensure(spec, 'strategy'), { maxUnavailable: '25%', maxSurge: '25%' })
  defaultTemplate(spec)
}

/** Completes a ReplicaSet. */
export function defaultReplicaSet(set: Draft): void {
  const spec = ensure(set, 'spec')
  fill(spec, { replicas: 1 })
  defaultTemplate(spec)
}

/** Completes a DaemonSet. */
export function defaultDaemonSet(set: Draft): void {
  const spec = ensure(set, 'spec')
  fill(spec, { revisionHistoryLimit: 10 })
  defaultRollingUpdate(ensure(spec, 'updateStrategy'), { maxUnavailable: 1, maxSurge: 0 })
  defaultTemplate(spec)
}

/** Completes a StatefulSet. */
export function defaultStatefulSet(set: Draft): void {
  const spec = ensure(set, 'spec')
  fill(spec, { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 })
  fill(ensure(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' })
  const strategy = ensure(spec, 'updateStrategy')
  if (!strategy['type']) fill(strategy, { rollingUpdate: {} })
  fill(strategy, { type: 'RollingUpdate' })
  const update = child(strategy, 'rollingUpdate')
  if (update && strategy['type'] === 'RollingUpdate') fill(update, { partition: 0, maxUnavailable: 1 })
  for (const claim of each(spec, 'volumeClaimTemplates')) {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
    fill(ensure(claim, 'status'), { phase: 'Pending' })
    defaultClaimSpec(ensure(claim, 'spec'))
  }
  defaultTemplate(spec)
}

function defaultRollingUpdate(strategy: Draft, values: Draft): void {
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') fill(ensure(strategy, 'rollingUpdate'), values)
}

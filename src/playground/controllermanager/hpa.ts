/** HorizontalPodAutoscalers: keeps replicas between their bounds, and follows CPU where it can be measured. */

import { Deployment, ReplicaSet } from '../../api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../api/core/autoscaling-v2.ts'
import { Pod } from '../../api/core/core-v1.ts'
import { selectsLabels } from '../../apimachinery/labels.ts'
import type { ResourceType } from '../../apimachinery/meta.ts'
import { parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { isActive, isReady } from './pods.ts'

/** What hpa needs beside the rest. */
export interface HpaDeps extends ControllerManagerDeps {
  /** The CPU that a pod uses now, in cores; undefined where nobody measures it. */
  readonly podCpuCores?: (namespace: string, pod: string) => number | undefined
}

type Hpa = HorizontalPodAutoscaler
type HpaStatus = NonNullable<Hpa['status']>
type Condition = NonNullable<HpaStatus['conditions']>[number]

// The real controller's sync period and tolerance.
const periodMs = 15_000
const tolerance = 0.1

/** Makes the controller. */
export function newHpaController(deps: HpaDeps): Controller {
  const { client, informers, clock, events } = deps
  const hpas = informers.informer(HorizontalPodAutoscaler)
  const deployments = informers.informer(Deployment)
  const replicaSets = informers.informer(ReplicaSet)
  const pods = informers.informer(Pod)

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const hpa = hpas.get(key)
    if (!hpa?.spec || hpa.metadata?.deletionTimestamp) return {}
    const namespace = hpa.metadata?.namespace ?? ''
    const { kind, name } = hpa.spec.scaleTargetRef
    const target = kind === 'Deployment' ? deployments.get({ namespace, name }) : replicaSets.get({ namespace, name })
    const { minReplicas = 1, maxReplicas } = hpa.spec
    if (!target) {
      const message = `the HPA controller was unable to get the target's current scale: ${kind.toLowerCase()}s "${name}" not found`
      await write(
        hpa,
        { ...hpa.status, desiredReplicas: 0, conditions: [able(hpa, 'False', 'FailedGetScale', message)] },
        signal,
      )
      return { requeueAfterMs: periodMs }
    }
    const current = target.spec.replicas ?? 1
    // A target scaled to zero by hand (or by a rollout) is left alone, as upstream does.
    if (current === 0) {
      const message = 'scaling is disabled since the replica count of the target is zero'
      const conditions = [
        able(hpa, 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale"),
        condition(hpa, 'ScalingActive', 'False', 'ScalingDisabled', message),
      ]
      await write(hpa, { currentReplicas: 0, desiredReplicas: 0, conditions }, signal)
      return { requeueAfterMs: periodMs }
    }
    const usage = utilization(hpa, namespace, target)
    const desired = clamp(usage === undefined ? current : wanted(current, usage), minReplicas, maxReplicas)
    if (desired !== current) {
      const type: ResourceType = kind === 'Deployment' ? Deployment : ReplicaSet
      const body = { spec: { replicas: desired } }
      await client.patch(type, { namespace, name }, { type: 'merge', body }, { signal, subresource: 'scale' })
      const why =
        current < minReplicas
          ? 'Current number of replicas below Spec.MinReplicas'
          : current > maxReplicas
            ? 'Current number of replicas above Spec.MaxReplicas'
            : 'cpu resource utilization (percentage of request) above or below target'
      events.record(hpa, {
        type: 'Normal',
        reason: 'SuccessfulRescale',
        message: `New size: ${desired}; reason: ${why}`,
      })
    }
    await write(hpa, statusOf(hpa, current, desired, usage), signal)
    return { requeueAfterMs: periodMs }
  }

  /** The share of its target that CPU use has reached: 1 is on target. */
  function utilization(hpa: Hpa, namespace: string, target: Deployment | ReplicaSet): number | undefined {
    const metric = hpa.spec?.metrics?.find(candidate => candidate.resource?.name === 'cpu')?.resource
    const goal = metric?.target.averageUtilization
    if (!goal || !deps.podCpuCores) return undefined
    const own = pods
      .list(namespace)
      .filter(pod => isActive(pod) && isReady(pod) && selectsLabels(target.spec.selector, pod.metadata?.labels))
    let used = 0
    let requested = 0
    for (const pod of own) {
      const cores = deps.podCpuCores(namespace, pod.metadata?.name ?? '')
      if (cores === undefined) return undefined
      used += cores
      for (const container of pod.spec?.containers ?? []) requested += coresOf(container.resources?.requests?.['cpu'])
    }
    return requested === 0 ? undefined : ((used / requested) * 100) / goal
  }

  function statusOf(hpa: Hpa, current: number, desired: number, usage: number | undefined): HpaStatus {
    const goal = hpa.spec?.metrics?.find(candidate => candidate.resource?.name === 'cpu')?.resource?.target
      .averageUtilization
    const active =
      usage === undefined
        ? condition(
            hpa,
            'ScalingActive',
            'False',
            'FailedGetResourceMetric',
            'the HPA was unable to compute the replica count: failed to get cpu utilization',
          )
        : condition(
            hpa,
            'ScalingActive',
            'True',
            'ValidMetricFound',
            'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
          )
    return {
      observedGeneration: hpa.metadata?.generation ?? 0,
      currentReplicas: current,
      desiredReplicas: desired,
      ...(usage !== undefined && goal
        ? {
            currentMetrics: [
              {
                type: 'Resource',
                resource: { name: 'cpu', current: { averageUtilization: Math.round(usage * goal) } },
              },
            ],
          }
        : {}),
      ...(desired === current
        ? hpa.status?.lastScaleTime
          ? { lastScaleTime: hpa.status.lastScaleTime }
          : {}
        : { lastScaleTime: toTimestamp(clock.now()) }),
      conditions: [able(hpa, 'True', 'ReadyForNewScale', 'recommended size matches current size'), active],
    }
  }

  function able(hpa: Hpa, status: 'True' | 'False', reason: string, message: string): Condition {
    return condition(hpa, 'AbleToScale', status, reason, message)
  }

  function condition(hpa: Hpa, type: string, status: 'True' | 'False', reason: string, message: string): Condition {
    const before = hpa.status?.conditions?.find(candidate => candidate.type === type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : toTimestamp(clock.now())
    return { type, status, reason, message, ...(lastTransitionTime ? { lastTransitionTime } : {}) }
  }

  async function write(hpa: Hpa, status: HpaStatus, signal: AbortSignal): Promise<void> {
    await patchStatus(client, HorizontalPodAutoscaler, hpa, status, { signal, fieldManager: 'kube-controller-manager' })
  }

  return newController({
    ...deps,
    reconciler: { name: 'horizontalpodautoscaler', reconcile },
    sources: [watchSource(hpas)],
  })
}

function wanted(current: number, usage: number): number {
  return Math.abs(usage - 1) <= tolerance ? current : Math.ceil(current * usage)
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value))
}

function coresOf(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text)
  return quantity ? quantityToNumber(quantity) : 0
}

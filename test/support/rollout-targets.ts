/** What may stand beside the application of rollout.ts, or in its place: a config, an autoscaler, a DaemonSet. */
import type { DaemonSet } from '../../src/api/core/apps-v1.ts'
import type { HorizontalPodAutoscaler } from '../../src/api/core/autoscaling-v2.ts'
import type { ConfigMap } from '../../src/api/core/core-v1.ts'
import { podTemplate } from './rollout.ts'

/** A config of the application, named `look`. */
export function lookOf(namespace: string, data: NonNullable<ConfigMap['data']>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'look', namespace }, data }
}

/** Of a container that reads {@link lookOf} into its environment. */
export const readsLook = { envFrom: [{ configMapRef: { name: 'look' } }] } as const

/** The autoscaler of the application; between two and four pods by the share of CPU, but for what `spec` says. */
export function autoscaler(
  namespace: string,
  { averageUtilization = 99, ...spec }: Partial<HorizontalPodAutoscaler['spec']> & { averageUtilization?: number } = {},
): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'podinfo', namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }],
      ...spec,
    },
  }
}

/** How a Canary names {@link autoscaler}. */
export const autoscalerRef = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' } as const

/** The application as a DaemonSet; other `args` are another revision. */
export function daemonSet(namespace: string, args: readonly string[] = []): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'podinfo', namespace },
    spec: { selector: { matchLabels: { app: 'podinfo' } }, template: podTemplate(args) },
  }
}

/** How a Canary names {@link daemonSet}. */
export const daemonSetRef = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' } as const

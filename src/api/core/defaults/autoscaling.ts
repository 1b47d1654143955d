/** Defaults of autoscaling. */
import { child, type Draft, ensure, fill } from '../draft.ts'

const everyFifteenSeconds = 15

/** Completes a HorizontalPodAutoscaler of autoscaling/v2. Without metrics it holds 80 % of CPU. */
export function defaultHorizontalPodAutoscaler(autoscaler: Draft): void {
  const spec = ensure(autoscaler, 'spec')
  fill(spec, { minReplicas: 1, metrics: [cpuAtEightyPercent()] })
  const behavior = child(spec, 'behavior')
  if (!behavior) return
  fill(ensure(behavior, 'scaleUp'), {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: everyFifteenSeconds },
      { type: 'Percent', value: 100, periodSeconds: everyFifteenSeconds },
    ],
  })
  fill(ensure(behavior, 'scaleDown'), {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: everyFifteenSeconds }],
  })
}

function cpuAtEightyPercent(): Draft {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }
}

/** Which rollouts go first when there is more to do than can be done at a time. */
import type { Canary } from '../../api/flagger/v1beta1.ts'
import { isAnalysing } from '../../rollout/status.ts'
import type { Priority } from '../../runtime/workqueue.ts'

/**
 * Those whose traffic moves go before those that begin and those that have only pods to clean up: a rollback never
 * waits for a thousand others to start, and the intervals of those that have begun start as soon as they can.
 */
export function urgencyOf(canary: Canary | undefined): Priority {
  const phase = canary?.status?.phase ?? ''
  return isAnalysing(phase) || phase === 'Promoting' ? 1 : 0
}

/** `spec.suspend`: everything stays as it is. */
import { withChangedConfigs } from '../change.ts'
import type { Decision } from '../decision.ts'
import { normal } from '../events.ts'
import { isProblem, type Observed } from '../observed.ts'
import { act, wait } from '../reply.ts'
import { isAnalysing, type RolloutStatus } from '../status.ts'
import { withoutWaits } from '../transition.ts'

/** A wait while the Canary is suspended. */
export function suspended(o: Observed): Decision | undefined {
  if (!o.spec.suspend) return undefined
  const status = suspendedStatus(o)
  if (status !== o.status) {
    const text = 'The Canary is suspended: no deadline goes on, and configs that change are remembered.'
    return act(o, { rule: 'suspension-noted', text }, { status, requeueAt: o.now })
  }
  return wait(o, { rule: 'suspended', text: 'The Canary is suspended.' }, 'resume', {
    waitsFor: 'spec.suspend to be false',
    announce: [normal('skipping canary run as object is suspended')],
  })
}

/** What could not be told any more when the rollout goes on. */
function suspendedStatus(o: Observed): RolloutStatus {
  const status = withoutWaits(o.status)
  const { target } = o
  return isProblem(target) || !isAnalysing(status.phase) ? status : withChangedConfigs({ ...o, status }, target)
}

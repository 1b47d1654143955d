/** `spec.suspend`: everything stays as it is. */
import type { Decision } from '../decision.ts'
import { normal } from '../events.ts'
import type { Observed } from '../observed.ts'
import { act, wait } from '../reply.ts'
import { withoutWaits } from '../transition.ts'

/** A wait while the Canary is suspended, once no deadline goes on. */
export function suspended(o: Observed): Decision | undefined {
  if (!o.spec.suspend) return undefined
  const status = withoutWaits(o.status)
  if (status !== o.status) {
    const text = 'The Canary is suspended: deadlines begin again when it goes on.'
    return act(o, { rule: 'suspension-noted', text }, { status, requeueAt: o.now })
  }
  return wait(o, { rule: 'suspended', text: 'The Canary is suspended.' }, 'resume', {
    waitsFor: 'spec.suspend to be false',
    announce: [normal('skipping canary run as object is suspended')],
  })
}

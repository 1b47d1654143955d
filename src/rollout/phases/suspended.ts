/** `spec.suspend`: everything stays as it is. */
import type { Decision } from '../decision.ts'
import { normal } from '../events.ts'
import type { Observed } from '../observed.ts'
import { wait } from '../reply.ts'

/** A wait while the Canary is suspended. */
export function suspended(o: Observed): Decision | undefined {
  if (!o.spec.suspend) return undefined
  return wait(o, { rule: 'suspended', text: 'The Canary is suspended.' }, 'resume', {
    waitsFor: 'spec.suspend to be false',
    announce: [normal('skipping canary run as object is suspended')],
  })
}

/** Decisions beyond the note that something is missing. */
import { decide } from '../../src/rollout/decide.ts'
import type { Decision } from '../../src/rollout/decision.ts'
import type { Observed } from '../../src/rollout/observed.ts'

/** Decides, and once more where the engine first notes that pods or endpoints are missing. */
export function decideNoted(o: Observed): Decision {
  const decision = decide(o)
  const isNote = decision.kind === 'act' && /-lacks-(?:pods|endpoints)$/.test(decision.because.rule)
  return isNote ? decide({ ...o, status: decision.status }) : decision
}

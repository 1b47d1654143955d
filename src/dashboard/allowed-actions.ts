/** Which actions make sense for a rollout as it stands. Pure; the page greys out what the server would refuse. */
import type { ActionName, RolloutItem } from './wire.ts'

/** Phases in which a revision is on its way and can still be taken back. */
const underAnalysis: readonly string[] = ['Progressing', 'WaitingPromotion']

/** Why the action makes no sense now; undefined where it does. */
export function whyNot(action: ActionName, rollout: RolloutItem): string | undefined {
  const { phase, suspended } = rollout
  switch (action) {
    case 'pause':
      return suspended ? 'It is paused already.' : undefined
    case 'resume':
      return suspended ? undefined : 'It is not paused.'
    case 'retry':
      if (suspended) return 'It is paused; resume it first.'
      return phase === 'Failed' ? undefined : 'No revision has failed.'
    case 'promote':
    case 'abort':
      if (suspended) return 'It is paused; resume it first.'
      if (!underAnalysis.includes(phase)) return 'No new revision is under analysis.'
      return action === 'abort' && rollout.skipAnalysis ? 'It skips its analysis and cannot be aborted.' : undefined
  }
}

/** Tells screen readers of new phases, and the title bar of those who look elsewhere. */
import { useComputed } from '@preact/signals'
import type { RolloutItem } from '../../src/dashboard/wire.ts'
import { route } from './route.ts'
import { lastChange } from './store.ts'

/** A polite live region. On the page of one rollout or application it speaks of that alone. */
export function Announcer() {
  const text = useComputed(() => sentenceOf(phaseChanges()))
  return (
    <div class="visually-hidden" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  )
}

function phaseChanges(): readonly RolloutItem[] {
  const at = route.peek()
  return lastChange.value.flatMap(({ before, after }) => {
    if (after.type !== 'rollout' || before?.type !== 'rollout' || before.phase === after.phase) return []
    const isHere = !('id' in at) || at.id === after.id || at.id === after.application
    return isHere ? [after] : []
  })
}

function sentenceOf(changes: readonly RolloutItem[]): string {
  const [first] = changes
  if (!first) return ''
  if (changes.length > 3) return `${changes.length} rollouts are in a new phase.`
  return changes
    .map(({ name, cluster, phase, weight }) => `${name} in ${cluster}: ${phase}, canary ${weight} percent.`)
    .join(' ')
}

/** Every rollout of every cluster, with a filter. */
import { useComputed } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { isUnderWay } from './format.ts'
import { RolloutTable } from './rollout-table.tsx'
import { query, setQuery } from './route.ts'
import { rollouts } from './store.ts'

const groups = {
  '': 'All',
  underway: 'Under way',
  failed: 'Failed',
  paused: 'Paused',
} as const

/** The page of all rollouts. */
export function RolloutsPage() {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const toFilter = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', toFilter)
    return () => removeEventListener('keydown', toFilter)
  }, [])
  const shown = useComputed(() => {
    const words = (query.value.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    const group = query.value.get('show') ?? ''
    return rollouts.value.filter(({ value }) => {
      const text = `${value.cluster} ${value.namespace}/${value.name} ${value.phase}`.toLowerCase()
      return words.every(word => text.includes(word)) && isIn(group, value.phase, value.suspended)
    })
  })
  const group = query.value.get('show') ?? ''
  return (
    <>
      <h1>Rollouts</h1>
      <search class="filter">
        <label>
          <span class="visually-hidden">Filter by cluster, namespace, name or status</span>
          <input
            ref={input}
            type="search"
            placeholder="Filter  ( / )"
            value={query.value.get('q') ?? ''}
            onInput={event => setQuery('q', event.currentTarget.value)}
          />
        </label>
        <fieldset>
          <legend class="visually-hidden">Which rollouts</legend>
          {Object.entries(groups).map(([name, words]) => (
            <button key={name} type="button" aria-pressed={group === name} onClick={() => setQuery('show', name)}>
              {words}
            </button>
          ))}
        </fieldset>
        <output class="muted">
          {shown.value.length} of {rollouts.value.length}
        </output>
      </search>
      {shown.value.length > 0 ? (
        <RolloutTable rollouts={shown.value} caption="Rollouts" />
      ) : (
        <p class="empty">{rollouts.value.length > 0 ? 'No rollout matches.' : 'No cluster has a Canary yet.'}</p>
      )}
    </>
  )
}

function isIn(group: string, phase: string, suspended: boolean): boolean {
  if (group === 'underway') return isUnderWay(phase)
  if (group === 'failed') return phase === 'Failed'
  return group !== 'paused' || suspended
}

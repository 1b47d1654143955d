/** What the live feed does not carry is asked for while somebody looks at it. */
import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RolloutDetails, RolloutItem, Series } from '../../src/dashboard/wire.ts'

const detailsMs = 3_000
const seriesMs = 2_000

/** Decisions, events and history; asked for again at once when the rollout has changed. */
export function useDetails(rollout: RolloutItem | undefined): ReadonlySignal<RolloutDetails | undefined> {
  const details = useSignal<RolloutDetails | undefined>(undefined)
  const state = rollout ? `${rollout.phase} ${rollout.weight} ${rollout.failedChecks} ${rollout.iterations}` : ''
  usePolling(details, rollout && `/api/rollout?${addressOf(rollout)}`, detailsMs, state)
  return details
}

/** The charts' values. */
export function useSeries(rollout: RolloutItem, minutes: number): ReadonlySignal<Series | undefined> {
  const series = useSignal<Series | undefined>(undefined)
  usePolling(series, `/api/series?${addressOf(rollout)}&minutes=${minutes}`, seriesMs, '')
  return series
}

function addressOf({ cluster, namespace, name }: RolloutItem): string {
  return new URLSearchParams({ cluster, namespace, canary: name }).toString()
}

function usePolling<T>(result: Signal<T | undefined>, url: string | undefined, everyMs: number, trigger: string): void {
  useEffect(() => {
    if (!url) return
    const gone = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      clearTimeout(timer)
      if (!document.hidden) {
        try {
          const answer = await fetch(url, { signal: gone.signal })
          if (answer.ok) result.value = (await answer.json()) as T // this server's own wire
        } catch {
          // The header says that the connection is lost; the next turn asks again.
        }
      }
      if (!gone.signal.aborted) timer = setTimeout(ask, everyMs)
    }
    void ask()
    document.addEventListener('visibilitychange', ask, { signal: gone.signal })
    return () => {
      gone.abort()
      clearTimeout(timer)
    }
  }, [url, everyMs, trigger, result])
}

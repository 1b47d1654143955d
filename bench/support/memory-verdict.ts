/** Whether a process's memory grew, told from samples over time. Pure. */

/** One look at a process. */
export interface MemorySample {
  readonly minute: number
  /** After a garbage collection. */
  readonly heapBytes: number
  readonly rssBytes: number
}

/** Caches fill and code is compiled: the first fifth says nothing, and neither do two minutes. */
const warmUpShare = 0.2
const warmUpMinutes = 2
/** Growth below either is noise: what one rollout more or less under way makes. */
const toleratedShare = 0.1
const toleratedBytes = 4e6

/** Compares the medians of the first and the last third after the warm-up. */
export function verdictOf(samples: readonly MemorySample[]): { readonly grew: boolean; readonly text: string } {
  const end = samples.at(-1)?.minute ?? 0
  const warm = samples.filter(({ minute }) => minute >= Math.max(warmUpMinutes, end * warmUpShare))
  if (warm.length < 6) return { grew: false, text: `no verdict: ${warm.length} samples after the warm-up are too few` }
  const third = Math.floor(warm.length / 3)
  const [first, last] = [warm.slice(0, third), warm.slice(-third)]
  const heap = [median(first, 'heapBytes'), median(last, 'heapBytes')] as const
  const rss = [median(first, 'rssBytes'), median(last, 'rssBytes')] as const
  const grown = heap[1] - heap[0]
  const grew = grown > toleratedBytes && grown > heap[0] * toleratedShare
  const figures = `heap ${mb(heap[0])} MB, then ${mb(heap[1])} MB; RSS ${mb(rss[0])} MB, then ${mb(rss[1])} MB`
  return { grew, text: `${grew ? 'memory grew' : 'memory is bounded'} after the warm-up: ${figures}` }
}

function median(samples: readonly MemorySample[], field: 'heapBytes' | 'rssBytes'): number {
  const sorted = samples.map(sample => sample[field]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const mb = (bytes: number) => (bytes / 1e6).toFixed(1)

/** Which of a wait's announcements are new: a wait is decided on again and again, and says the same each time. */
import type { Announcement, Wait } from '../../rollout/decision.ts'

/** Remembers what the last wait of each Canary said. */
export interface WaitNews {
  /** The announcements to make now. One wait does not say more than once an interval. */
  of(key: string, wait: Wait, nowMs: number, intervalMs: number): readonly Announcement[]
  /** The next wait is another one. */
  reset(key: string): void
}

/** Pods are on their way after every step; only those that take longer than an interval are worth a word. */
const passesByItself: readonly Wait['waitingOn'][] = ['primary', 'canary']

interface Said {
  readonly rule: string
  readonly texts: ReadonlySet<string>
  readonly atMs: number
}

/** Nothing was said. */
export function newWaitNews(): WaitNews {
  const said = new Map<string, Said>()
  return {
    of(key, { because, announce, waitingOn, requeueAt }, nowMs, intervalMs) {
      const before = said.get(key)
      const isSameWait = before?.rule === because.rule
      if (!isSameWait && requeueAt && passesByItself.includes(waitingOn)) {
        said.set(key, { rule: because.rule, texts: new Set(), atMs: nowMs })
        return []
      }
      if (isSameWait && nowMs - before.atMs < intervalMs) return []
      const news = announce.filter(item => !isSameWait || !before.texts.has(textOf(item)))
      if (isSameWait && news.length === 0) return []
      said.set(key, { rule: because.rule, texts: new Set(announce.map(textOf)), atMs: nowMs })
      return news
    },
    reset: key => void said.delete(key),
  }
}

function textOf(item: Announcement): string {
  return 'message' in item ? `${item.kind} ${item.message}` : item.kind
}

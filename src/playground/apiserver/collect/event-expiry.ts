/** Events are kept for an hour after their last change (the real server's --event-ttl). */
import type { ServerContext } from '../context.ts'

const timeToLiveMs = 3600 * 1000
const sweepPeriodMs = 60 * 1000

/** Removes old events until the server closes. */
export function expireEvents(server: ServerContext): void {
  const table = server.store.table('/events')
  const changedMs = new Map<string, number>()
  const nowMs = () => server.clock.now().getTime()
  // Those from before a restart start anew.
  for (const { key } of table.entries()) changedMs.set(key, nowMs())
  const stopListening = table.listen(({ type, entry }) => {
    if (type === 'DELETED') changedMs.delete(entry.key)
    else changedMs.set(entry.key, nowMs())
  })
  const sweep = () => {
    for (const [key, atMs] of changedMs) {
      const entry = table.get(key)
      if (entry && atMs + timeToLiveMs <= nowMs()) server.store.remove(table, entry)
    }
    stopTimer = server.clock.setTimer(sweep, sweepPeriodMs)
  }
  let stopTimer = server.clock.setTimer(sweep, sweepPeriodMs)
  const stop = () => {
    stopListening()
    stopTimer()
  }
  server.closing.addEventListener('abort', stop, { once: true })
}

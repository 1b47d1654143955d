/** The live feed: the whole state once, then what changed, a few times a second at most. */
import type { ServerResponse } from 'node:http'
import { aborted } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import { HttpError } from '../runtime/http-server.ts'
import type { ReadModel } from './read-model.ts'
import type { Change, Item, State } from './wire.ts'

/** Sends server-sent events to all who listen. */
export interface Feed {
  state(): State
  /** Answers with the feed until the caller goes. @throws HttpError 503 where too many listen */
  join(response: ServerResponse, signal: AbortSignal): Promise<void>
  close(): void
}

/** Pages that are open at a time; browsers hold six connections to a server at most, so this is many people. */
const maxListeners = 100
/** Quick enough to look live, slow enough for 500 rollouts that all move. */
const throttleMs = 200
/** Below the minute after which proxies give up on silent connections. */
const heartbeatMs = 15_000
/** A page that is this far behind is cut off; it comes back for the whole state. */
const maxBacklogBytes = 8 << 20

/** A feed of the model. */
export function newFeed(model: ReadModel, clock: Clock): Feed {
  const listeners = new Set<ServerResponse>()
  let known = new Map<string, { readonly item: Item; readonly text: string }>()
  let revision = 0
  let cancelFlush: (() => void) | undefined
  let closed = false

  const look = (): Change => {
    const before = known
    known = new Map(model.items().map(item => [item.id, { item, text: JSON.stringify(item) }]))
    const upserts = [...known].filter(([id, { text }]) => before.get(id)?.text !== text).map(([, { item }]) => item)
    const removes = [...before.keys()].filter(id => !known.has(id))
    if (upserts.length + removes.length > 0) revision += 1
    return { revision, upserts, removes }
  }
  const send = (response: ServerResponse, text: string) => {
    if (response.writableLength > maxBacklogBytes) response.destroy()
    else response.write(text)
  }
  const broadcast = (text: string) => {
    for (const listener of listeners) send(listener, text)
  }
  const flush = () => {
    cancelFlush = undefined
    const change = look()
    if (change.upserts.length + change.removes.length > 0) broadcast(event('change', change))
  }
  const schedule = () => {
    // Nobody looks: the next one to come gets it all anyway.
    if (!closed && listeners.size > 0) cancelFlush ??= clock.setTimer(flush, throttleMs)
  }
  model.onChange(schedule)

  let cancelHeartbeat = () => {}
  const beat = () => {
    broadcast(': still here\n\n')
    // What keeps a cluster from being followed is no object that changes.
    schedule()
    cancelHeartbeat = clock.setTimer(beat, heartbeatMs)
  }
  cancelHeartbeat = clock.setTimer(beat, heartbeatMs)

  const state = (): State => {
    const change = look()
    // The others would miss what this look has found.
    if (change.upserts.length + change.removes.length > 0) broadcast(event('change', change))
    return { revision, items: [...known.values()].map(({ item }) => item) }
  }
  return {
    state,
    async join(response, signal) {
      if (listeners.size >= maxListeners) throw new HttpError(503, `${maxListeners} pages are open already`)
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      send(response, `retry: 1000\n\n${event('state', state())}`)
      listeners.add(response)
      await aborted(signal)
      listeners.delete(response)
    },
    close() {
      closed = true
      cancelFlush?.()
      cancelHeartbeat()
      for (const listener of listeners) listener.destroy()
    },
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

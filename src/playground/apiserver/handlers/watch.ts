/** Watches: a stream of changes, one JSON document a line. */

import { forbidden } from '../../../apimachinery/field-error.ts'
import { apiVersionOf } from '../../../apimachinery/meta.ts'
import { badRequest, expired, invalidObject, StatusError } from '../status-error.ts'
import { Entry } from '../store/entry.ts'
import type { Change } from '../store/event-window.ts'
import type { Call } from './call.ts'
import { partialMetadata } from './metadata-only.ts'
import { readBoolean, readInteger } from './options.ts'
import { jsonOf } from './present.ts'
import { parseRevision, unsupportedMatch } from './read.ts'
import { compileSelection, type Selection } from './selection.ts'
import { tableOfObjects } from './table.ts'
import { WatchStream } from './watch-stream.ts'
import { tableOf } from './write.ts'

// The real server picks a time between one and two --min-request-timeout (1800 s).
const defaultTimeoutMs = 45 * 60 * 1000
// The real server's bookmark period, and how long before the end it sends the last one.
const bookmarkPeriodMs = 60_000
const lastBookmarkBeforeEndMs = 2_000

/** Serves a watch until the client goes, the timeout passes or the server closes. */
export async function watchObjects(call: Call): Promise<void> {
  const { server, query } = call
  const selection = compileSelection(call)
  const timeoutSeconds = readInteger(query, 'timeoutSeconds')
  const bookmarks = readBoolean(query, 'allowWatchBookmarks') === true
  const initialEvents = readBoolean(query, 'sendInitialEvents')
  checkInitialEvents(query, initialEvents)
  const given = query.get('resourceVersion') ?? ''
  const since = given === '' ? 0 : parseRevision(given)
  if (typeof since === 'object') throw new StatusError(500, '', since.problem)
  await server.store.settled()
  const table = tableOf(call)
  const frames = new Frames(call, selection)
  const stream = new WatchStream(call)
  const startRevision = server.store.revision
  const sendsState = initialEvents ?? since === 0
  if (sendsState) {
    for (const entry of table.list(call.path.namespace)) {
      if (selection.matches(entry)) stream.send(frames.frame('ADDED', entry))
    }
    if (initialEvents && bookmarks) stream.send(frames.bookmark(startRevision, true))
  } else {
    const missed = since === 0 ? [] : table.window.after(since)
    if (!missed) {
      const oldest = table.window.completeSince + 1
      stream.send(frames.error(expired(`too old resource version: ${since} (${oldest})`)))
      stream.end()
      return
    }
    for (const change of missed) stream.send(frames.ofChange(change))
  }
  const from = Math.max(startRevision, since)
  const stopListening = table.listen(change => {
    if (change.entry.revision > from) stream.send(frames.ofChange(change))
  })
  stream.onEnd(stopListening)
  const timeoutMs = timeoutSeconds ? timeoutSeconds * 1000 : defaultTimeoutMs
  const sendBookmark = () => stream.send(frames.bookmark(server.store.revision, false))
  if (bookmarks) {
    stream.every(bookmarkPeriodMs, sendBookmark)
    if (timeoutMs > lastBookmarkBeforeEndMs) stream.after(timeoutMs - lastBookmarkBeforeEndMs, sendBookmark)
  }
  stream.after(timeoutMs, () => stream.end())
}

function checkInitialEvents(query: URLSearchParams, initialEvents: boolean | undefined): void {
  const match = query.get('resourceVersionMatch') ?? ''
  const errors = []
  if (initialEvents === undefined) {
    if (match !== '') {
      errors.push(
        forbidden(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      )
      if (match !== 'NotOlderThan') errors.push(unsupportedMatch(match, ['NotOlderThan']))
    }
  } else if (match !== 'NotOlderThan') {
    errors.push(
      forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    )
  }
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: 'ListOptions' }, '', errors)
}

/** Makes the lines of one watch. */
class Frames {
  readonly #call: Call
  readonly #selection: Selection
  readonly #prefix: string
  #columnsSent = false

  constructor(call: Call, selection: Selection) {
    this.#call = call
    this.#selection = selection
    this.#prefix = call.path.namespace === '' ? '' : `${call.path.namespace}/`
    if (call.form.as === 'PartialObjectMetadataList') throw badRequest('watch does not serve lists')
  }

  /** What to send for a change as this watch sees it: an object that comes into the selection is added to it. */
  ofChange(change: Change): Buffer | string | undefined {
    if (!change.entry.key.startsWith(this.#prefix)) return undefined
    const { entry, previous } = change
    if (this.#selection.isEverything) return this.frame(change.type, entry)
    const matches = change.type !== 'DELETED' && this.#selection.matches(entry)
    const matched = previous !== undefined && this.#selection.matches(previous)
    if (matches) return this.frame(matched ? 'MODIFIED' : 'ADDED', entry)
    return matched ? this.frame('DELETED', change.type === 'DELETED' ? entry : atRevision(previous, entry)) : undefined
  }

  frame(type: Change['type'], entry: Entry): Buffer | string {
    const { form, resource, server } = this.#call
    if (form.as === undefined) {
      const line = () => `{"type":"${type}","object":${jsonOf(resource, entry)}}\n`
      return server.watches.chunkOf(entry, `${type} ${resource.group}/${resource.version}`, line)
    }
    return `{"type":"${type}","object":${JSON.stringify(this.#projection(entry))}}\n`
  }

  #projection(entry: Entry): object {
    const { form, resource } = this.#call
    const object = resource.strategy.fromStorage(entry.object)
    if (form.as !== 'Table') return partialMetadata(object, form.version)
    const { resourceVersion = '' } = object.metadata
    const table = tableOfObjects(this.#call, [object], { resourceVersion })
    // Only the first event of a watch carries the columns.
    const shown = this.#columnsSent ? { ...table, columnDefinitions: null } : table
    this.#columnsSent = true
    return shown
  }

  bookmark(revision: number, endsInitialEvents: boolean): string {
    const { resource, form } = this.#call
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    }
    const object =
      form.as === 'Table'
        ? {
            kind: 'Table',
            apiVersion: `meta.k8s.io/${form.version}`,
            metadata: { resourceVersion: String(revision) },
            columnDefinitions: null,
            rows: [
              {
                cells: null,
                object: { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.version}`, metadata },
              },
            ],
          }
        : form.as
          ? { kind: form.as, apiVersion: `meta.k8s.io/${form.version}`, metadata }
          : { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
    return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
  }

  error(error: StatusError): string {
    return `${JSON.stringify({ type: 'ERROR', object: error.status })}\n`
  }
}

/** An object that left the selection is shown as it last was, under the revision at which it left. */
function atRevision(previous: Entry, entry: Entry): Entry {
  const metadata = { ...previous.object.metadata, resourceVersion: String(entry.revision) }
  return new Entry(previous.key, entry.revision, { ...previous.object, metadata })
}

/** GET of one object and of lists. */
import { type FieldError, forbidden } from '../../../apimachinery/field-error.ts'
import type { Answer } from '../http/answer.ts'
import { resourceSubject } from '../resources/served-resource.ts'
import {
  badRequest,
  expired,
  invalidObject,
  notFound,
  type StatusError,
  tooLargeResourceVersion,
} from '../status-error.ts'
import type { Entry } from '../store/entry.ts'
import { type Call, keyOfCall } from './call.ts'
import { type ContinueToken, currentRevision, readContinueToken, writeContinueToken } from './continue-token.ts'
import { readInteger } from './options.ts'
import type { Page } from './page.ts'
import { presentList, presentObject } from './present.ts'
import { compileSelection, type Selection } from './selection.ts'
import { tableOf } from './write.ts'

/** GET of one object, or of a subresource that shows the object. */
export async function getObject(call: Call): Promise<Answer> {
  await call.server.store.settled()
  return presentObject(call, currentEntry(call), 200)
}

/** The stored object that the path names. Throws 404. */
export function currentEntry(call: Call): Entry {
  const entry = tableOf(call).get(keyOfCall(call))
  if (!entry) throw notFound(resourceSubject(call.resource), call.path.name)
  return entry
}

/** What a list request asks for. */
interface ListOptions {
  readonly selection: Selection
  readonly limit: number
  readonly token: ContinueToken | undefined
  /** The very revision to list at; undefined: the current one. */
  readonly exactRevision: number | undefined
}

/** GET of a collection. */
export async function listObjects(call: Call): Promise<Answer> {
  await call.server.store.settled()
  const options = readListOptions(call)
  const { store } = call.server
  const table = tableOf(call)
  const { namespace } = call.path
  const revision = options.exactRevision ?? store.revision
  const entries =
    options.exactRevision === undefined
      ? table.list(namespace)
      : table.listAt(namespace, revision, store.revision, () => expiredError(options))
  return presentList(call, pageOf(entries, options, revision), revision)
}

function pageOf(entries: readonly Entry[], options: ListOptions, revision: number): Page {
  const { selection, limit, token } = options
  const rest = token ? entries.filter(entry => entry.key > token.after) : entries
  const found: Entry[] = []
  for (const [i, entry] of rest.entries()) {
    if (!selection.matches(entry)) continue
    if (limit > 0 && found.length === limit) {
      // There is at least one more that matches.
      const after = found[found.length - 1]?.key ?? ''
      const remaining = selection.isEverything ? { remaining: rest.length - i } : {}
      return { entries: found, continueToken: writeContinueToken({ revision, after }), ...remaining }
    }
    found.push(entry)
  }
  return { entries: found }
}

function readListOptions(call: Call): ListOptions {
  const { query } = call
  const limit = readInteger(query, 'limit') ?? 0
  const token = readContinueToken(query.get('continue') ?? '')
  const given = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const selection = compileSelection(call)
  if (token) {
    if (given !== '' && given !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue')
    }
    return { selection, limit, token, exactRevision: token.revision === currentRevision ? undefined : token.revision }
  }
  checkMatch(given, match)
  const wanted = given === '' ? 0 : parseRevision(given)
  if (typeof wanted === 'object') throw badRequest(`invalid resource version: ${wanted.problem}`)
  if (wanted > call.server.store.revision) throw tooLargeResourceVersion(wanted, call.server.store.revision)
  // With a limit an unset match means the exact version (the API's legacy rule).
  const isExact = match === 'Exact' || (match === '' && limit > 0 && wanted > 0)
  return { selection, limit, token: undefined, exactRevision: isExact ? wanted : undefined }
}

function checkMatch(given: string, match: string): void {
  if (match === '') return
  const errors: FieldError[] = []
  if (given === '') {
    errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(unsupportedMatch(match, ['Exact', 'NotOlderThan', '']))
  }
  if (match === 'Exact' && given === '0') {
    errors.push(forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: 'ListOptions' }, '', errors)
}

const matchField = 'resourceVersionMatch'

/** The error of a match rule that is none of `supported`, which the server names in this order. */
export function unsupportedMatch(match: string, supported: readonly string[]): FieldError {
  const list = supported.map(value => JSON.stringify(value)).join(', ')
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${list}`
  return { type: 'FieldValueNotSupported', field: matchField, message }
}

/** A resourceVersion of a query, or what is wrong with it. */
export function parseRevision(text: string): number | { readonly problem: string } {
  if (/^[0-9]+$/.test(text)) return Number(text)
  const quoted = JSON.stringify(text)
  return { problem: `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax` }
}

function expiredError({ token }: ListOptions): StatusError {
  if (!token) return expired('The resourceVersion for the provided list is too old.')
  const error = expired(expiredPageMessage)
  const metadata = { continue: writeContinueToken({ revision: currentRevision, after: token.after }) }
  return Object.assign(error, { status: { ...error.status, metadata } })
}

const expiredPageMessage = `The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.`

/** From a request's method and path to what serves it. */
import type { Answer } from '../http/answer.ts'
import type { ServedResource } from '../resources/served-resource.ts'
import { methodNotAllowed, StatusError, subjectText } from '../status-error.ts'
import { bind } from './binding.ts'
import type { Call } from './call.ts'
import { refuseConnection } from './connect.ts'
import { deleteCollection, deleteOne } from './delete.ts'
import { evict } from './eviction.ts'
import { finalizeNamespace } from './finalize.ts'
import { create, update } from './modify.ts'
import { readBoolean } from './options.ts'
import { patch } from './patch.ts'
import { streamPodLog } from './pod-log.ts'
import { getObject, listObjects } from './read.ts'
import { answerReview, isReview } from './reviews.ts'
import { getScale, patchScale, updateScale } from './scale.ts'
import { createToken } from './token.ts'
import { watchObjects } from './watch.ts'

/** Serves a call. Undefined: the answer has been streamed. */
export type Handler = (call: Call) => Promise<Answer | undefined>

/** The verb of a request to a resource, as authorization names it. */
export function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (readBoolean(query, 'watch') === true) return 'watch'
      return name === '' ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase()
  }
}

const collection: Readonly<Record<string, Handler>> = {
  list: listObjects,
  watch: watchOf,
  create,
  deletecollection: deleteCollection,
}
const item: Readonly<Record<string, Handler>> = { get: getObject, watch: watchOf, update, patch, delete: deleteOne }
const status: Readonly<Record<string, Handler>> = { get: getObject, update, patch }

const connection: Readonly<Record<string, Handler>> = {
  get: refuseConnection,
  create: refuseConnection,
  update: refuseConnection,
  patch: refuseConnection,
  delete: refuseConnection,
}

/** Subresources that are not the object itself, by name. */
const subresources: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status,
  scale: { get: getScale, update: updateScale, patch: patchScale },
  log: { get: streamPodLog },
  binding: { create: bind },
  eviction: { create: evict },
  token: { create: createToken },
  finalize: { update: finalizeNamespace },
  ephemeralcontainers: status,
  resize: status,
  exec: connection,
  attach: connection,
  portforward: connection,
  proxy: connection,
}

async function watchOf(call: Call): Promise<undefined> {
  await watchObjects(call)
}

/** The handler of a call. Throws 405 for what the resource does not take. */
export function handlerOf(call: Call, verb: string): Handler {
  const { path, resource, subresource } = call
  if (subresource) {
    const handler = subresource.verbs.includes(verb) ? subresources[subresource.name]?.[verb] : undefined
    if (handler) return handler
    throw notSupported(resource, verb)
  }
  if (verb === 'create' && path.name === '' && isReview(resource.table)) return answerReview
  const handler = (path.name === '' ? collection : item)[verb]
  // A namespaced kind is created inside a namespace only.
  const needsNamespace = resource.namespaced && path.namespace === '' && verb !== 'list' && verb !== 'watch'
  if (handler && resource.verbs.includes(verb) && !needsNamespace) return handler
  throw notSupported(resource, verb)
}

function notSupported(resource: ServedResource, verb: string): StatusError {
  if (!resource.custom) return methodNotAllowed()
  const subject = { group: resource.group, name: resource.plural }
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind ${JSON.stringify(subjectText(subject))}`,
    { group: resource.group, kind: resource.plural },
  )
}

/** One request to a resource, taken apart. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerContext } from '../context.ts'
import type { OutputForm } from '../http/negotiation.ts'
import type { ResourcePath } from '../http/request-path.ts'
import type { ServedResource, ServedSubresource } from '../resources/served-resource.ts'
import type { User } from '../user.ts'

/** A request whose path leads to a resource that is served. */
export interface Call {
  readonly server: ServerContext
  readonly resource: ServedResource
  readonly subresource?: ServedSubresource
  readonly path: ResourcePath
  readonly query: URLSearchParams
  readonly form: OutputForm
  readonly user: User
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Sentences that go into Warning headers; handlers add to it. */
  readonly warnings: string[]
}

/** The key of the object that the path names. */
export function keyOfCall(call: Call): string {
  return objectKey(call.resource, call.path.namespace, call.path.name)
}

/** The key of an object in its table. */
export function objectKey(resource: ServedResource, namespace: string, name: string): string {
  return resource.namespaced ? `${namespace}/${name}` : name
}

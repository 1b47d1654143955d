/** Who calls. Pods say it in the user name of their HTTP_PROXY. */
import type { IncomingMessage } from 'node:http'
import type { Workload } from './config.ts'

/** A caller. */
export interface Caller {
  readonly workload: Workload
}

/** A person's own machine, such as curl through the proxy port. */
const outside: Workload = { namespace: 'default', name: 'unknown', app: 'unknown', version: 'unknown' }

/**
 * The user name that makes the mesh recognise a workload, for the HTTP_PROXY of its pods:
 * `http://NAMESPACE%2FNAME%2FAPP%2FVERSION@host:port`.
 */
export function proxyUser(workload: Workload): string {
  return encodeURIComponent([workload.namespace, workload.name, workload.app, workload.version].join('/'))
}

/** The caller of a request to the mesh's proxy. */
export function callerOf(request: IncomingMessage): Caller {
  const [, encoded] = /^Basic (.+)$/i.exec(request.headers['proxy-authorization'] ?? '') ?? []
  if (encoded === undefined) return { workload: outside }
  const user = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0] ?? ''
  const [namespace = 'default', name = 'unknown', app = 'unknown', version = 'unknown'] = user.split('/')
  return { workload: { namespace, name, app, version } }
}

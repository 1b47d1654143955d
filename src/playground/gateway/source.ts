/** Who calls. Pods say it in the user name of their HTTP_PROXY. */
import type { Workload } from './config.ts'

/** A caller. */
export interface Caller {
  readonly workload: Workload
  /** The labels of its pod; none where no pod calls. */
  readonly labels: Readonly<Record<string, string>>
}

/** A person's own machine, such as curl through the proxy port. */
const outside: Workload = { namespace: 'default', name: 'unknown', app: 'unknown', version: 'unknown' }

/**
 * The user name that makes the mesh recognise a workload, for the HTTP_PROXY of its pods:
 * `http://NAMESPACE%2FNAME%2FAPP%2FVERSION%2FLABELS@host:port`, the labels of the pod in the form of a query.
 */
export function proxyUser(workload: Workload, labels: Readonly<Record<string, string>> = {}): string {
  const { namespace, name, app, version } = workload
  return encodeURIComponent([namespace, name, app, version, new URLSearchParams(labels)].join('/'))
}

/** Tells callers by the value of `proxy-authorization`. */
export class Callers {
  readonly #known = new Map<string, Caller>()

  of(authorization: string | undefined): Caller {
    if (authorization === undefined) return outsideCaller
    const found = this.#known.get(authorization)
    if (found) return found
    const caller = decodedCaller(authorization)
    // Anybody may send anything here; what is known is small and quickly found out anew.
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.set(authorization, caller)
    return caller
  }
}

const maxKnown = 1_000
const outsideCaller: Caller = { workload: outside, labels: {} }

function decodedCaller(authorization: string): Caller {
  const [, encoded] = /^Basic (.+)$/i.exec(authorization) ?? []
  if (encoded === undefined) return outsideCaller
  const user = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0] ?? ''
  const [namespace = 'default', name = 'unknown', app = 'unknown', version = 'unknown', labels] = user.split('/')
  return { workload: { namespace, name, app, version }, labels: Object.fromEntries(new URLSearchParams(labels)) }
}

/** Who is asking, and whether they may ask at all. */
import { timingSafeEqual } from 'node:crypto'
import { forbiddenRequest, type StatusError, unauthorized } from './status-error.ts'
import type { User } from './user.ts'

/** The one who holds the server's token. */
export const administrator: User = {
  name: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

// What the real server's system:public-info-viewer role and health checks let anyone read.
const publicPaths = /^\/(?:healthz|readyz|livez|version)(?:\/|$)/

/** Whether anyone may read a path. */
export function isPublic(path: string): boolean {
  return publicPaths.test(path)
}

/** Tells callers apart by their bearer token. */
export class Authenticator {
  readonly #token: Buffer
  readonly #issued: (token: string) => User | undefined

  /** `issued` recognises tokens that the server has handed out to service accounts. */
  constructor(token: string, issued: (token: string) => User | undefined) {
    this.#token = Buffer.from(token)
    this.#issued = issued
  }

  /** The caller; undefined without a token. Throws 401 for one that is not known. */
  authenticate(authorization: string | undefined): User {
    if (authorization === undefined) return anonymous
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    if (token === undefined) return anonymous
    const given = Buffer.from(token)
    if (given.length === this.#token.length && timingSafeEqual(given, this.#token)) return administrator
    const user = this.#issued(token)
    if (!user) throw unauthorized()
    return user
  }
}

/** What the caller wants, as it stands in a refusal. */
export interface Attempt {
  readonly verb: string
  readonly path: string
  /** Absent for paths that lead to no resource. */
  readonly resource?: {
    readonly group: string
    readonly plural: string
    readonly name: string
    readonly namespace: string
  }
}

/** 403 for callers without a token; undefined for all others: the server knows one role only. */
export function refusalOf(user: User, attempt: Attempt): StatusError | undefined {
  if (user !== anonymous) return undefined
  const who = `User ${JSON.stringify(user.name)} cannot ${attempt.verb}`
  const { resource } = attempt
  if (!resource) return forbiddenRequest({ group: '', name: '' }, '', `${who} path ${JSON.stringify(attempt.path)}`)
  const scope =
    resource.namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(resource.namespace)}`
  const why = `${who} resource ${JSON.stringify(resource.plural)} in API group ${JSON.stringify(resource.group)} ${scope}`
  return forbiddenRequest({ group: resource.group, name: resource.plural }, resource.name, why)
}

/** Who asks, and as whom the dashboard acts for them. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Client } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import { newClient } from '../runtime/http-client.ts'
import { HttpError } from '../runtime/http-server.ts'
import type { DashboardCluster } from './clusters.ts'
import type { Session } from './wire.ts'

/** Decides by the request's bearer token. */
export interface Access {
  sessionOf(request: IncomingMessage): Session
  /**
   * Runs `task` with a client that acts for the caller.
   * @throws HttpError 401 without a token, 403 where the token cannot be used
   */
  actAs<T>(request: IncomingMessage, cluster: DashboardCluster, task: (client: Client) => Promise<T>): Promise<T>
}

/** `token`: the dashboard's own, which acts with the rights of the clusters' clients. Absent: there is none. */
export function newAccess(options: {
  readonly token?: string
  readonly clusters: readonly DashboardCluster[]
  readonly clock: Clock
}): Access {
  const { token, clusters, clock } = options
  const isOwn = (given: string) => token !== undefined && timingSafeEqual(digest(given), digest(token))
  const takesUsers = clusters.some(({ config }) => config !== undefined)
  return {
    sessionOf(request) {
      const given = bearerOf(request)
      if (given === undefined) return { role: 'reader', reason: 'Sign in with a token to pause, promote or abort.' }
      if (isOwn(given)) return { role: 'operator' }
      if (takesUsers) return { role: 'user' }
      return { role: 'reader', reason: 'The token is not the one of this dashboard.' }
    },
    async actAs(request, cluster, task) {
      const given = bearerOf(request)
      if (given === undefined)
        throw new HttpError(401, 'a bearer token is needed to act; without one you can only look')
      if (isOwn(given)) return task(cluster.client)
      if (!cluster.config) throw new HttpError(403, 'the token is not the one of this dashboard')
      const client = newClient({
        config: { ...cluster.config, credentials: { token: given } },
        clock,
        userAgent: 'serin-dashboard',
        maxConnections: 1,
      })
      try {
        return await task(client)
      } finally {
        await client.close()
      }
    },
  }
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The embedded API with options of its own, and a client: for tests of the server itself. */
import { type ApiServerOptions, type EmbeddedApi, startApiServer } from '../../src/playground/apiserver/server.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'

/** A running server. */
export interface EmbeddedCluster {
  readonly api: EmbeddedApi
  readonly client: Client
  close(): Promise<void>
}

/** Starts a server on a free port. Close it when done. */
export async function startEmbeddedCluster(options: ApiServerOptions = {}): Promise<EmbeddedCluster> {
  const api = await startApiServer(options)
  const client = clientOf(api.kubeconfig)
  const close = async () => {
    await client.close()
    await api.close()
  }
  return { api, client, close }
}

/** A client for a kubeconfig (YAML). */
export function clientOf(kubeconfig: string): Client {
  return newClient({ kubeconfig, clock: systemClock })
}

/** A client that comes by the API's socket. */
export function socketClientOf({ url, token, socketPath }: Pick<EmbeddedApi, 'url' | 'token' | 'socketPath'>): Client {
  return newClient({ config: { server: url, socketPath, credentials: { token } }, clock: systemClock })
}

/** The embedded API server as a target of the conformance suite. */
import type { ApiAccess } from './target.ts'

/** Starts an embedded API on a free port, in memory. */
export async function startEmbeddedTarget(): Promise<ApiAccess> {
  const { startApiServer } = await import('../../src/playground/apiserver/server.ts')
  return startApiServer({})
}

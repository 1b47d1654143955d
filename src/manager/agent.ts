/** The rollout engine of one cluster, put together. */
import type { Agent, AgentOptions } from './agent-options.ts'

/** Starts it; resolves when its HTTP server listens. Rejects where that cannot be. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  throw new Error(`not put together yet: ${options.meshProvider}`)
}

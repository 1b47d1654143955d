/** Rollout engines of members as part of this process: for local clusters, and for members that get no agent. */

import { keyOf, type ObjectRef } from '../apimachinery/meta.ts'
import type { EngineInstaller, EngineMember, EngineState, RolloutPlugin } from '../controllers/fleet/engine.ts'
import type { Client } from '../runtime/client.ts'
import { startAgent } from './agent.ts'
import type { Agent, AgentOptions } from './agent-options.ts'
import { applyPublicTestLoader } from './public-test-loader.ts'

/** What an engine is told beside its member and the Fleet's plugin. */
export type EngineSettings = Omit<AgentOptions, 'client' | 'meshProvider'>

/** An installer with an end. */
export interface InProcessEngines extends EngineInstaller {
  /** Base URL of the engine of a member by its name alone; undefined: none runs. */
  urlOf(member: string): Promise<string | undefined>
  /** Ends all engines; none is started any more. */
  close(): Promise<void>
}

interface Engine {
  readonly name: string
  readonly client: Client
  readonly provider: string
  readonly agent: Promise<Agent>
}

// The namespaces in which the providers' parts live.
const providerNamespaces: Readonly<Record<string, string>> = {
  istio: 'istio-system',
  kuma: 'kuma-system',
  nginx: 'ingress-nginx',
}

/** No engines yet; `settingsOf` gives those of a member by its name. */
export function newInProcessEngines(settingsOf: (member: string) => EngineSettings): InProcessEngines {
  const engines = new Map<string, Engine>()
  let isClosed = false

  function start(member: EngineMember, provider: string): Engine {
    const { client } = member.cluster
    const agent = startAgent({ ...settingsOf(member.ref.name), client, meshProvider: provider })
    const engine = { name: member.ref.name, client, provider, agent }
    // One that ended by itself, or never started, is started again at the next look.
    const forget = () => {
      const key = keyOf(member.ref)
      if (engines.get(key) === engine) engines.delete(key)
    }
    agent.then(({ ended }) => ended).then(forget, forget)
    return engine
  }

  async function stop(key: string): Promise<void> {
    const engine = engines.get(key)
    engines.delete(key)
    // One that did not start has nothing to end.
    await engine?.agent.then(
      agent => agent.close(),
      () => {},
    )
  }

  async function ensure(member: EngineMember, plugin: RolloutPlugin, signal: AbortSignal): Promise<EngineState> {
    if (isClosed) throw new Error('no engine is started while this process stops leading')
    const key = keyOf(member.ref)
    const { trafficRoutingProvider: provider } = plugin
    const before = engines.get(key)
    // A member that is reached in another way is served by another engine.
    if (before && (before.client !== member.cluster.client || before.provider !== provider)) await stop(key)
    const engine = engines.get(key) ?? start(member, provider)
    engines.set(key, engine)
    await engine.agent
    if (plugin.publicTestloader) {
      const namespace = providerNamespaces[provider] ?? 'istio-system'
      await applyPublicTestLoader(member.cluster.client, member.ref.name, namespace, signal)
    }
    return { engine: 'hub', ready: true }
  }

  return {
    ensure,
    remove: (ref: ObjectRef) => stop(keyOf(ref)),
    async urlOf(member) {
      const engine = [...engines.values()].find(({ name }) => name === member)
      return engine?.agent.then(
        ({ url }) => url,
        () => undefined,
      )
    },
    async close() {
      isClosed = true
      await Promise.all([...engines.keys()].map(stop))
    },
  }
}

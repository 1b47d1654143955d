/** Runs programs of a test for the Deployments that stand for them, as a kubelet would. */
import { Deployment } from '../../src/api/core/apps-v1.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'

/** Starts a program; the result ends it. */
export type Program = () => Promise<() => Promise<void>>

/** Follows the Deployments of a namespace by their names until the result is called, which ends what runs. */
export async function runDeployments(
  client: Client,
  namespace: string,
  programs: Readonly<Record<string, Program>>,
): Promise<() => Promise<void>> {
  const stop = new AbortController()
  const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
  const running = new Map<string, () => Promise<void>>()
  // One after another: a Deployment that changes again waits for its program.
  let last = Promise.resolve()
  const follow = (deployment: Deployment) => {
    last = last.then(() => bringAbout(deployment))
  }
  const bringAbout = async ({ metadata, spec }: Deployment) => {
    const { name = '', generation = 0 } = metadata ?? {}
    const replicas = Math.min(spec.replicas ?? 1, 1)
    const end = running.get(name)
    if (replicas > 0 && !end) running.set(name, (await programs[name]?.()) ?? (async () => {}))
    if (replicas === 0 && end) {
      running.delete(name)
      await end()
    }
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
    const body = { status: { observedGeneration: generation, ...counts } }
    await client.patch(Deployment, { namespace, name }, { type: 'merge', body }, { subresource: 'status' })
  }
  informers.informer(Deployment, { namespace }).addHandler({
    added: follow,
    updated: (previous, object) => {
      if (previous.metadata?.generation !== object.metadata?.generation) follow(object)
    },
  })
  const followed = informers.run(stop.signal)
  await informers.synced()
  return async () => {
    stop.abort()
    await followed.catch(() => {})
    await last.catch(() => {})
    for (const end of running.values()) await end()
  }
}

/** The Deployment of an engine, as {@link runDeployments} runs it. */
export function engineDeployment(
  namespace: string,
  name: string,
  image: string,
  command: readonly string[],
  replicas: number,
): Deployment {
  const labels = { app: name }
  return {
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image, command: [...command] }] } },
    },
  }
}

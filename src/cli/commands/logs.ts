/** `serin logs`: what the pods of an Application's workloads write, of primary and canary, on every member. */
import { Pod } from '../../api/core/core-v1.ts'
import type { Client } from '../../runtime/client.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type FoundRollout, type RolloutOptions, withRollouts } from '../rollouts.ts'

/** Prints it, each line after its cluster and pod; with `follow`, until Ctrl-C. */
export function logs(
  io: Io,
  application: string,
  options: RolloutOptions & { readonly follow?: boolean; readonly tail: number },
): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    const pods = (await Promise.all(rollouts.map(rollout => podsOf(rollout, io.signal)))).flat()
    if (pods.length === 0) throw new CliError('refused', `no pod of ${application} runs`)
    await Promise.all(pods.map(pod => print(io, pod, options)))
  })
}

interface FoundPod {
  readonly cluster: string
  readonly client: Client
  readonly namespace: string
  readonly name: string
}

/** Pods of `<name>` and `<name>-primary`, by their Deployments' ReplicaSets. */
async function podsOf({ cluster, client, namespace, name }: FoundRollout, signal: AbortSignal): Promise<FoundPod[]> {
  const { items } = await client.list(Pod, { namespace, signal })
  const owners = new RegExp(`^${name.replaceAll('.', '\\.')}(-primary)?-[a-z0-9]+$`)
  return items
    .filter(({ metadata }) =>
      metadata?.ownerReferences?.some(({ kind, name: owner }) => kind === 'ReplicaSet' && owners.test(owner)),
    )
    .map(({ metadata }) => ({ cluster: cluster.name, client, namespace, name: metadata?.name ?? '' }))
}

async function print(
  io: Io,
  { cluster, client, namespace, name }: FoundPod,
  { follow = false, tail }: { readonly follow?: boolean; readonly tail: number },
): Promise<void> {
  const lines = client.logs({ namespace, name }, { follow, tailLines: tail, signal: io.signal })
  for await (const line of lines) io.out(`${cluster} ${name}: ${line.trimEnd()}\n`)
}

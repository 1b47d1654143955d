/** The Deployments of rollout engines and of Kurator's managers: which there are, and how they are started and ended. */
import { Deployment } from '../../api/core/apps-v1.ts'
import { keyOf, type ObjectRef } from '../../apimachinery/meta.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { MigrationStep } from './migration.ts'

/** A program in a cluster. */
export interface EngineDeployment {
  readonly ref: ObjectRef
  readonly replicas: number
  readonly image: string
  /** Command and arguments of its container. */
  readonly args: readonly string[]
  /** Names of variables of its environment. */
  readonly env: readonly string[]
  /** `namespace/name` of the Helm release that it belongs to, which may bring it back. */
  readonly release?: string
}

/** The programs that are known. */
export type Program = 'flagger' | 'agent' | 'fleet-manager'

// The last part of an image's repository, whatever the registry.
const images: Readonly<Record<Program, RegExp>> = {
  flagger: /(^|\/)flagger(?=[:@]|$)/,
  agent: /(^|\/)serin(?=[:@]|$)/,
  'fleet-manager': /(^|\/)fleet-manager(?=[:@]|$)/,
}

/** How long pods may take to go, or to come: their grace period and some. */
const patienceMs = 120_000

/** Deployments of a program, in all namespaces or in one. */
export async function findDeployments(
  client: Client,
  program: Program,
  signal: AbortSignal,
): Promise<readonly EngineDeployment[]> {
  const { items } = await client.list(Deployment, { signal })
  return items.flatMap(deployment => {
    const container = deployment.spec.template.spec?.containers.find(({ image }) => images[program].test(image ?? ''))
    const args = [...(container?.command ?? []), ...(container?.args ?? [])]
    // One image holds all of Serin's programs.
    if (!container || (program === 'agent' && !args.includes('agent'))) return []
    const { namespace = '', name = '', annotations = {} } = deployment.metadata ?? {}
    const release = annotations['meta.helm.sh/release-name']
    return [
      {
        ref: { namespace, name },
        replicas: deployment.spec.replicas ?? 1,
        image: container.image ?? '',
        args,
        env: (container.env ?? []).map(variable => variable.name),
        ...(release ? { release: `${annotations['meta.helm.sh/release-namespace'] ?? namespace}/${release}` } : {}),
      },
    ]
  })
}

/** Ends programs and waits until their pods have gone. */
export function stopStep(what: string, found: readonly EngineDeployment[], deps: ScaleDeps): MigrationStep {
  const running = found.filter(({ replicas }) => replicas > 0)
  if (running.length === 0) return { title: `${what} does not run in this cluster: nothing to stop.`, notes: [] }
  return {
    title: `Stop ${what} and wait until its pods have gone.`,
    notes: running.flatMap(({ ref, replicas, release }) => [
      `Deployment ${keyOf(ref)}: ${replicas} replicas to 0`,
      ...(release
        ? [`it belongs to the Helm release ${release}: uninstall that later, or an upgrade brings it back`]
        : []),
    ]),
    async run(signal) {
      for (const { ref } of running) await scale(deps, ref, 0, signal)
    },
  }
}

/** Starts a program that is there with no replicas. */
export function startStep(
  what: string,
  found: readonly EngineDeployment[],
  deps: ScaleDeps,
  how: string,
): MigrationStep {
  const stopped = found.filter(({ replicas }) => replicas === 0)
  if (stopped.length === 0) {
    const runs = found.length > 0
    return { title: runs ? `${what} runs already.` : `${what} is not installed: ${how}`, notes: [] }
  }
  return {
    title: `Start ${what}.`,
    notes: stopped.map(({ ref }) => `Deployment ${keyOf(ref)}: 0 replicas to 1`),
    async run(signal) {
      for (const { ref } of stopped) await scale(deps, ref, 1, signal)
    },
  }
}

/** What starting and ending needs. */
export interface ScaleDeps {
  readonly client: Client
  readonly clock: Clock
}

/** @throws Error where pods do not come or go */
async function scale(
  { client, clock }: ScaleDeps,
  ref: ObjectRef,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  const body = { spec: { replicas } }
  const changed = await client.patch(Deployment, ref, { type: 'merge', body }, { signal })
  const generation = changed.metadata?.generation ?? 0
  const untilMs = clock.monotonicMs() + patienceMs
  for (;;) {
    const { status = {} } = await client.fetch(Deployment, ref, { signal })
    const isSeen = (status.observedGeneration ?? 0) >= generation
    const pods = replicas === 0 ? (status.replicas ?? 0) : (status.availableReplicas ?? 0)
    if (isSeen && pods === replicas) return
    if (clock.monotonicMs() > untilMs) {
      throw new Error(`Deployment ${keyOf(ref)} has ${pods} of ${replicas} pods after ${patienceMs / 1000} s`)
    }
    await clock.sleep(500, signal)
  }
}

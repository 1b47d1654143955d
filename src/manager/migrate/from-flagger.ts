/** From Flagger to the agent: on one cluster, with the Canaries and everything that Flagger made staying as they are. */
import { keyOf } from '../../apimachinery/meta.ts'
import { actionText, type CanaryPreview, previewCanaries } from '../../controllers/canary/preview.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { findDeployments, startStep, stopStep } from './engines.ts'
import { agentArgs, goFlags, keptVariables, lostFlags, settingsOf } from './flagger-flags.ts'
import type { Migration, MigrationStep } from './migration.ts'

/** What a migration of an engine needs. */
export interface EngineMigrationDeps {
  /** The cluster whose Canaries are rolled out. */
  readonly client: Client
  readonly clock: Clock
  readonly random: () => number
}

/** Looks at the cluster; changes nothing before a step is run. */
export async function planFromFlagger(deps: EngineMigrationDeps, signal: AbortSignal): Promise<Migration> {
  const flagger = await findDeployments(deps.client, 'flagger', signal)
  const agents = await findDeployments(deps.client, 'agent', signal)
  const flags = goFlags(flagger[0]?.args ?? [])
  const previews = await previewCanaries({ ...deps, settings: settingsOf(flags) }, signal)
  const lost = lostFlags(flags)
  const kept = keptVariables(flagger[0]?.env ?? [])
  return {
    steps: [
      stopStep('Flagger', flagger, deps),
      canariesStep(previews),
      {
        title: `The agent's flags that stand for Flagger's: serin ${agentArgs(flags).join(' ')}`,
        notes: [
          ...kept.map(name => `give the agent the variable ${name} as well`),
          ...lost.map(name => `the agent has nothing for ${name}`),
        ],
      },
      startStep('the agent', agents, deps, 'install it with these flags (deploy/charts/serin); it goes on at once.'),
    ],
    problems: [
      ...(flagger.length > 1
        ? [`there are ${flagger.length} Flaggers: ${flagger.map(({ ref }) => keyOf(ref)).join(', ')}`]
        : []),
      ...agents.filter(({ replicas }) => replicas > 0).map(({ ref }) => `the agent ${keyOf(ref)} runs already`),
      ...previews.flatMap(preview => problemsOf(preview)),
    ],
  }
}

function canariesStep(previews: readonly CanaryPreview[]): MigrationStep {
  return {
    title: `What the agent would do next with each of ${previews.length} Canaries:`,
    notes: previews.map(preview => `${nameOf(preview)}: ${standing(preview)}: ${fateOf(preview)}`),
  }
}

function problemsOf(preview: CanaryPreview): readonly string[] {
  const why = preview.refused ?? preview.unknown
  return why === undefined ? [] : [`${nameOf(preview)} would not be carried out: ${why}`]
}

/** `namespace/name`. */
export function nameOf({ canary: { metadata } }: CanaryPreview): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** Phase and weight. */
export function standing({ canary: { status } }: CanaryPreview): string {
  const weight = status?.canaryWeight ?? 0
  return `${status?.phase || 'new'}${weight > 0 ? ` at ${weight}%` : ''}`
}

function fateOf({ decision, refused, unknown }: CanaryPreview): string {
  if (!decision) return `refused: ${refused ?? unknown ?? ''}`
  const does = decision.kind === 'act' ? decision.actions.map(actionText) : []
  return does.length > 0 ? `${decision.because.text} It would ${does.join(', ')}.` : decision.because.text
}

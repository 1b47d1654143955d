/** From the agent to Flagger: statuses get the hashes that Flagger knows, so that it does not start an analysis of everything. */
import { Canary, type CanaryStatus } from '../../api/flagger/v1beta1.ts'
import { type CanaryPreview, previewCanaries } from '../../controllers/canary/preview.ts'
import type { ObservedTarget } from '../../rollout/observed.ts'
import { findDeployments, startStep, stopStep } from './engines.ts'
import { goFlags, settingsOf } from './flagger-flags.ts'
import { type EngineMigrationDeps, nameOf, standing } from './from-flagger.ts'
import type { Migration } from './migration.ts'

/** Looks at the cluster; changes nothing before a step is run. */
export async function planToFlagger(deps: EngineMigrationDeps, signal: AbortSignal): Promise<Migration> {
  const flagger = await findDeployments(deps.client, 'flagger', signal)
  const agents = await findDeployments(deps.client, 'agent', signal)
  const settings = settingsOf(goFlags(agents[0]?.args ?? []))
  const preview = () => previewCanaries({ ...deps, settings }, signal)
  const previews = await preview()
  return {
    steps: [
      stopStep('the agent', agents, deps),
      {
        title: `Write the hashes of Flagger 1.44 into the statuses of ${previews.length} Canaries:`,
        notes: previews.map(each => `${nameOf(each)}: ${standing(each)}: ${changeOf(each)}`),
        // The rollouts went on until the agent had ended: what counts is how they stand now.
        run: async running => {
          for (const each of await preview()) await writeStatus(deps, each, running)
        },
      },
      startStep('Flagger', flagger, deps, 'install it; it goes on with what the statuses say.'),
    ],
    problems: previews.flatMap(each => (each.unknown ? [`${nameOf(each)} cannot be read: ${each.unknown}`] : [])),
  }
}

/**
 * The status as Flagger would have written it; undefined where it is so already. A revision that was promoted before
 * the one in hand keeps our hash: Flagger compares it only to notice a way back, which then counts as a new revision.
 */
export function flaggerStatus(status: CanaryStatus, target: ObservedTarget): CanaryStatus | undefined {
  const { revision, flaggerRevision } = target
  const asFlagger = (known: string | undefined) => (known === revision && flaggerRevision ? flaggerRevision : known)
  const { pendingHooks: _hooks, primaryReplicas: _replicas, stepStartedAt: _start, checkDueAt: _due, ...rest } = status
  const tracked =
    status.trackedConfigs &&
    Object.entries(status.trackedConfigs).map(([name, checksum]) => {
      const config = target.configs?.[name]
      return [name, config?.checksum === checksum ? (config.flaggerChecksum ?? checksum) : checksum]
    })
  const lastAppliedSpec = asFlagger(status.lastAppliedSpec)
  const lastPromotedSpec = asFlagger(status.lastPromotedSpec)
  const conditions = status.conditions?.filter(({ type }) => type === 'Promoted')
  const next: CanaryStatus = {
    ...rest,
    ...(lastAppliedSpec === undefined ? {} : { lastAppliedSpec }),
    ...(lastPromotedSpec === undefined ? {} : { lastPromotedSpec }),
    ...(tracked ? { trackedConfigs: Object.fromEntries(tracked) } : {}),
    ...(conditions ? { conditions } : {}),
  }
  return JSON.stringify(next) === JSON.stringify(status) ? undefined : next
}

function changeOf({ canary: { status = {} as CanaryStatus }, target, refused, unknown }: CanaryPreview): string {
  if (!target) return `left alone: ${refused ?? unknown ?? 'its target cannot be read'}`
  const next = flaggerStatus(status, target)
  if (!next) return 'nothing to write'
  if (next.lastAppliedSpec === target.flaggerRevision)
    return `${status.lastAppliedSpec} becomes ${next.lastAppliedSpec}`
  return 'the target has a revision that no rollout has begun with: Flagger begins it'
}

async function writeStatus(
  deps: EngineMigrationDeps,
  { canary, target }: CanaryPreview,
  signal: AbortSignal,
): Promise<void> {
  const status = canary.status && target ? flaggerStatus(canary.status, target) : undefined
  if (!status) return
  await deps.client.update(Canary, { ...canary, status }, { subresource: 'status', signal })
}

/** The demo's story: an application comes to two clusters, a good release rolls out, a bad one rolls back. */
import { Application } from '../../api/apps/v1alpha1.ts'
import { Deployment } from '../../api/core/apps-v1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { DeadlineError, withDeadline } from '../../runtime/deadline.ts'
import { CliError } from '../errors.ts'
import type { LiveRows, WatchedCluster } from '../rollout-view/live-rows.ts'
import { watchRollouts } from '../rollout-view/live-rows.ts'
import { demoApplication, strategy, thresholds, workload } from './application.ts'
import type { Narrator } from './narrator.ts'
import type { DemoRepository, Release } from './repository.ts'
import { startVisitors, type Visitors } from './visitors.ts'

/** What the story is told with. */
export interface StoryDeps {
  readonly host: Client
  readonly members: readonly (WatchedCluster & {
    /** Base URL of the ingress gateway. */
    readonly gateway: string
  })[]
  readonly fleet: string
  readonly repository: DemoRepository
  readonly narrator: Narrator
  readonly clock: Clock
  readonly signal: AbortSignal
}

const first: Release = { tag: '6.1.0' }
const good: Release = { tag: '6.2.0' }
const bad: Release = { tag: '6.3.0', fault: 'errors=30%' }
// Several times what each part takes on a small machine.
const partTimeoutMs = 90_000
const pollMs = 200

/** Tells it. Throws {@link CliError} as soon as something is not as it should be. */
export async function tellStory(deps: StoryDeps): Promise<void> {
  const { narrator, repository } = deps
  const live = await watchRollouts({
    ...deps,
    rollouts: deps.members.map(cluster => ({ cluster, ...workload })),
    onChange: () => narrator.show(rowsOf()),
  })
  const rowsOf = () => live.rows()
  try {
    await install(deps, live)
    const host = `${workload.name}.${workload.namespace}`
    const visitors = startVisitors({ ...deps, gateways: deps.members.map(({ gateway }) => gateway), host })
    try {
      await releaseGood(deps, live, visitors)
      await releaseBad(deps, live, visitors)
    } finally {
      await visitors.close()
    }
  } finally {
    await live.close()
    narrator.settle()
  }
  narrator.say('done', `Both stories went as they should, from ${repository.url}.`)
}

async function install(deps: StoryDeps, live: LiveRows): Promise<void> {
  const { host, narrator, repository, fleet } = deps
  const commit = await repository.release(first)
  narrator.say('pushed', `Pushed the manifests of backend ${first.tag} as ${commit}.`, { commit, ...first })
  const application = demoApplication(repository, fleet)
  await host.apply(Application, application, { fieldManager: 'serin-demo', force: true })
  const clusters = deps.members.map(({ name }) => name).join(' and ')
  narrator.say('applied', `Applied the Application rollout-demo: ${clusters} follow the repository.`)
  await every(deps, live, 'initialise', ({ phase }) => phase === 'Initialized')
  narrator.settle()
  narrator.say('initialized', `Backend ${first.tag} serves on every member, ready for canary releases.`)
}

async function releaseGood(deps: StoryDeps, live: LiveRows, visitors: Visitors): Promise<void> {
  const { narrator, repository } = deps
  const { stepWeight, maxWeight, checkIntervalSeconds } = strategy
  const commit = await repository.release(good)
  narrator.say(
    'released',
    `Released backend ${good.tag} as ${commit}: ${stepWeight}% more of the traffic every ${checkIntervalSeconds} s up to ${maxWeight}%, then promotion.`,
    { commit, ...good },
  )
  await through(deps, live, 'Succeeded')
  narrator.settle()
  await primariesRun(deps, good)
  narrator.say('promoted', `Backend ${good.tag} passed its checks and serves everybody on every member.`, { ...good })
  tellVisits(narrator, visitors)
}

async function releaseBad(deps: StoryDeps, live: LiveRows, visitors: Visitors): Promise<void> {
  const { narrator, repository } = deps
  const commit = await repository.release(bad)
  narrator.say(
    'released',
    `Released backend ${bad.tag} as ${commit}: 30 of 100 requests to it fail; at least ${thresholds.minSuccessPercent}% have to succeed.`,
    { commit, ...bad },
  )
  await through(deps, live, 'Failed')
  narrator.settle()
  await primariesRun(deps, good)
  narrator.say('rolledBack', `Rolled back on every member: ${good.tag} serves everybody again.`, { ...good })
  tellVisits(narrator, visitors)
}

function tellVisits(narrator: Narrator, visitors: Visitors): void {
  const { total, failed } = visitors.take()
  const share = total === 0 ? 0 : (100 * failed) / total
  narrator.say('visits', `Meanwhile users made ${total} requests; ${failed} failed (${share.toFixed(1)}%).`, {
    total,
    failed,
  })
}

/** Waits until a rollout has been under way, and come to its end, on every member. */
async function through(deps: StoryDeps, live: LiveRows, end: 'Succeeded' | 'Failed'): Promise<void> {
  const under = new Set<string>()
  const other = end === 'Succeeded' ? 'Failed' : 'Succeeded'
  await every(deps, live, end === 'Succeeded' ? 'promote' : 'roll back', ({ cluster, phase, message }) => {
    if (phase === 'Progressing') under.add(cluster)
    if (under.has(cluster) && phase === other)
      throw new CliError(
        'failed',
        `${cluster}: the rollout should have ended ${end}, but it ended ${other}: ${message}`,
      )
    return under.has(cluster) && phase === end
  })
}

/** Waits until `holds` on every member. Throws what they say when that takes too long. */
async function every(
  deps: StoryDeps,
  live: LiveRows,
  what: string,
  holds: (row: ReturnType<LiveRows['rows']>[number]) => boolean,
): Promise<void> {
  const { clock, signal } = deps
  const deadline = withDeadline(clock, partTimeoutMs, signal)
  try {
    while (!live.rows().map(holds).every(Boolean)) await clock.sleep(pollMs, deadline.signal)
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    const rows = live.rows().map(({ cluster, phase, message }) => `${cluster} is ${phase}${message && ` (${message})`}`)
    const application = await conditionOf(deps)
    throw new CliError(
      'failed',
      `the rollouts did not ${what} within ${partTimeoutMs / 1000} s: ${rows.join('; ')}; ${application}`,
    )
  } finally {
    deadline.clear()
  }
}

async function conditionOf({ host, signal }: StoryDeps): Promise<string> {
  const ref = { namespace: 'default', name: 'rollout-demo' }
  const application = await host.fetchIfExists(Application, ref, { signal })
  const { status = 'unknown', message = '' } = findCondition(application?.status?.conditions, 'Ready') ?? {}
  return `Application ready: ${status} ${message}`.trim()
}

/** What everybody gets on each member is that release. */
async function primariesRun({ members, signal }: StoryDeps, { tag }: Release): Promise<void> {
  const { namespace, name } = workload
  for (const member of members) {
    const primary = await member.client.fetch(Deployment, { namespace, name: `${name}-primary` }, { signal })
    const image = primary.spec?.template.spec?.containers[0]?.image ?? ''
    if (!image.endsWith(`:${tag}`))
      throw new CliError('failed', `${member.name}: ${name}-primary should run ${tag}, but runs ${image}`)
  }
}

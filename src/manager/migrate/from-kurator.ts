/** From Kurator's fleet manager to Serin's: the same Applications, and what they have made is taken on as it is. */

import { workloadNamespace } from '../../api/apps/policy-names.ts'
import { Application } from '../../api/apps/v1alpha1.ts'
import { Canary } from '../../api/flagger/v1beta1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import { type Json, type KubernetesObject, keyOf, type ResourceType } from '../../apimachinery/meta.ts'
import { hostTypes, type PolicyTargets, planHost, type WantedObject } from '../../controllers/application/host-plan.ts'
import {
  DestinationError,
  fetchPolicyTargets,
  type Members,
  newMembers,
} from '../../controllers/application/members.ts'
import { applicationFieldManager, applicationLabel, rolloutAnnotation } from '../../controllers/application/names.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { newRemoteClusters } from '../../runtime/remote-clusters.ts'
import { findDeployments, stopStep } from './engines.ts'
import type { EngineMigrationDeps } from './from-flagger.ts'
import type { Migration } from './migration.ts'

/** Notes of one Application, and what speaks against it. */
interface Finding {
  readonly notes: readonly string[]
  readonly problems: readonly string[]
}

/** Looks at host and members; changes nothing before a step is run. */
export async function planFromKurator(deps: EngineMigrationDeps, signal: AbortSignal): Promise<Migration> {
  const { client, clock, random } = deps
  const managers = await findDeployments(client, 'fleet-manager', signal)
  const stop = new AbortController()
  const shared = { clock, random, log: silentLogger }
  const informers = newInformerSet({ client, ...shared })
  const clusters = newRemoteClusters({ ...shared, userAgent: 'serin-migrate' })
  const members = newMembers({ client, informers, clusters })
  const running = informers.run(stop.signal)
  try {
    await informers.synced(signal)
    const { items } = await client.list(Application, { signal })
    const findings: Finding[] = []
    for (const application of items) findings.push(await findingOf(deps, members, application, signal))
    return {
      steps: [
        stopStep("Kurator's fleet manager", managers, deps),
        {
          title: `What Serin would do with what ${items.length} Applications have made:`,
          notes: findings.flatMap(({ notes }) => notes),
        },
        { title: 'Start serin manager (deploy/charts/serin); it goes on at once.', notes: [] },
      ],
      problems: findings.flatMap(({ problems }) => problems),
    }
  } finally {
    stop.abort(new Error('the plan is complete'))
    await running.catch(() => {})
    await clusters.close()
  }
}

async function findingOf(
  deps: EngineMigrationDeps,
  members: Members,
  application: Application,
  signal: AbortSignal,
): Promise<Finding> {
  const name = keyOf({ namespace: application.metadata.namespace ?? '', name: application.metadata.name ?? '' })
  try {
    const policies = await fetchPolicyTargets(members, application, signal)
    const wanted = planHost(application, policies)
    const onHost: string[] = []
    for (const each of wanted) onHost.push(await fateOf(deps, each, signal))
    const left = await leftBehind(deps, application, wanted, signal)
    const rollouts = await rolloutNotes(members, application, policies, signal)
    return { notes: [...onHost, ...left, ...rollouts].map(note => `${name}: ${note}`), problems: [] }
  } catch (error) {
    if (!(error instanceof DestinationError)) throw error
    return { notes: [], problems: [`${name}: ${error.message}`] }
  }
}

/** Asks the API what an apply would change, without changing it. */
async function fateOf(
  { client }: EngineMigrationDeps,
  { type, object }: WantedObject,
  signal: AbortSignal,
): Promise<string> {
  const { namespace = '', name = '' } = object.metadata ?? {}
  const what = `${type.kind} ${name}`
  const current = await client.fetchIfExists(type, { namespace, name }, { signal })
  const after = await client.apply(type, object, {
    fieldManager: applicationFieldManager,
    force: true,
    dryRun: true,
    signal,
  })
  if (!current) return `creates ${what}`
  const changed = changedFields(current, after)
  return changed.length > 0 ? `adopts ${what} and changes ${changed.join(', ')}` : `adopts ${what} as it is`
}

function changedFields(before: KubernetesObject, after: KubernetesObject): readonly string[] {
  const specOf = (object: KubernetesObject) => (object as { spec?: Readonly<Record<string, Json>> }).spec ?? {}
  const [was, is] = [specOf(before), specOf(after)]
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  const equal = (a: unknown, b: unknown) => jsonEqual(a as Json | undefined, b as Json | undefined) // Parts of parsed objects.
  return [
    ...keys.filter(key => !equal(was[key], is[key])).map(key => `spec.${key}`),
    ...(equal(before.metadata?.labels, after.metadata?.labels) ? [] : ['metadata.labels']),
    ...(equal(before.metadata?.ownerReferences, after.metadata?.ownerReferences) ? [] : ['metadata.ownerReferences']),
  ]
}

/** Objects of the Application that it wants no more. */
async function leftBehind(
  { client }: EngineMigrationDeps,
  application: Application,
  wanted: readonly WantedObject[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keep = new Set(wanted.map(({ type, object }) => `${type.kind} ${object.metadata?.name}`))
  const { namespace = '', name = '', uid } = application.metadata
  const labelSelector = `${applicationLabel}=${name}`
  const lists = await Promise.all(
    (hostTypes as readonly ResourceType[]).map(async type => {
      const { items } = await client.list(type, { namespace, labelSelector, signal })
      return items
        .filter(({ metadata }) => metadata?.ownerReferences?.some(owner => owner.uid === uid))
        .map(object => `${type.kind} ${object.metadata?.name}`)
    }),
  )
  return lists
    .flat()
    .filter(key => !keep.has(key))
    .map(key => `removes ${key}, which no policy makes any more`)
}

/** The Canaries on members: found by their names, so that none is made twice. */
async function rolloutNotes(
  members: Members,
  application: Application,
  policies: readonly PolicyTargets[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const { policy, targets } of policies) {
    const { rollout } = policy
    if (!rollout) continue
    const ref = { namespace: workloadNamespace(application, rollout), name: rollout.workload.name }
    for (const target of targets) {
      const cluster = await members.connect(application.metadata.namespace ?? '', target, signal)
      const canary = await cluster.client.fetchIfExists(Canary, ref, { signal })
      const isKurators = canary?.metadata.annotations?.[rolloutAnnotation] !== undefined
      const fate = !canary ? 'creates' : isKurators ? 'adopts' : 'takes over, though Kurator did not make it,'
      notes.push(`${fate} Canary ${keyOf(ref)} on ${target.name}${canary ? ` (${canary.status?.phase ?? 'new'})` : ''}`)
    }
  }
  return notes
}

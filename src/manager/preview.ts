/** What an Application would change, and where: asked of the clusters by dry runs, nothing is written. */

import { policyName, workloadNamespace } from '../api/apps/policy-names.ts'
import { Application } from '../api/apps/v1alpha1.ts'
import { AttachedCluster } from '../api/cluster/v1alpha1.ts'
import { Service } from '../api/core/core-v1.ts'
import { Fleet } from '../api/fleet/v1alpha1.ts'
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { canaryOf, type MemberRollout, metricTemplatesOf } from '../controllers/application/canary.ts'
import { hostTypes, type PolicyTargets, planHost, type WantedObject } from '../controllers/application/host-plan.ts'
import { ingressOf } from '../controllers/application/ingress.ts'
import { memberTypes } from '../controllers/application/member-views.ts'
import { fetchPolicyTargets, newMembers } from '../controllers/application/members.ts'
import { ownerLabel, type Target } from '../controllers/application/names.ts'
import { testLoaderOf } from '../controllers/application/test-loader.ts'
import { type Client, isConflict } from '../runtime/client.ts'
import type { InformerSet } from '../runtime/informer-set.ts'
import type { RemoteClusters } from '../runtime/remote-clusters.ts'

/** One object that would not be as it is. `before` is absent where it would be made, `after` where it would go. */
export interface PreviewedChange {
  readonly cluster: string
  readonly kind: string
  readonly before?: KubernetesObject
  readonly after?: KubernetesObject
}

/** What would change, and what cannot be told yet. */
export interface Preview {
  readonly changes: readonly PreviewedChange[]
  readonly notes: readonly { readonly cluster: string; readonly text: string }[]
}

const writer = { fieldManager: 'serin-application', force: true, dryRun: true }

/**
 * Compares the Application as it is on the host with `wanted`. `informers` are the host's, running.
 * @throws ApiError where the host refuses it; DestinationError where its Fleet or members are not there
 */
export async function previewApplication(
  wanted: Application,
  deps: { readonly client: Client; readonly informers: InformerSet; readonly clusters: RemoteClusters },
  signal: AbortSignal,
): Promise<Preview> {
  const { client, informers } = deps
  const members = newMembers(deps)
  await Promise.all([informers.informer(Fleet), informers.informer(AttachedCluster)].map(i => i.synced(signal)))
  const own = await asStored(Application, wanted, client, signal)
  const application = own.after as Application // what the API answered to one
  const policies = await fetchPolicyTargets(members, application, signal)
  const uid = own.before?.metadata?.uid
  const host = [
    change('host', Application, own.before, own.after),
    ...(await wantedChanges('host', client, planHost(application, policies), signal)),
    ...(await unwanted(
      'host',
      client,
      hostTypes,
      planHost(application, policies),
      { uid, ...inNamespace(own) },
      signal,
    )),
  ]
  const targets = members.attached(application.metadata.namespace ?? '')
  const found = await Promise.all(targets.map(target => previewMember(target, application, policies)))
  return {
    changes: [...host.flatMap(c => (c ? [c] : [])), ...found.flatMap(({ changes }) => changes)],
    notes: found.flatMap(({ notes }) => notes),
  }

  async function previewMember(target: Target, app: Application, all: readonly PolicyTargets[]): Promise<Preview> {
    const cluster = target.name
    const rollouts = all.flatMap(({ index, policy, targets: chosen }): MemberRollout[] =>
      policy.rollout && chosen.some(({ name }) => name === cluster)
        ? [{ application: app, policyName: policyName(app, index), rollout: policy.rollout, target }]
        : [],
    )
    try {
      const { client: member } = await members.connect(app.metadata.namespace ?? '', target, signal)
      const notes: { cluster: string; text: string }[] = []
      const objects: WantedObject[] = []
      for (const rollout of rollouts) {
        objects.push(...testLoaderOf(rollout), ...ingressOf(rollout), ...metricTemplatesOf(rollout))
        const { serviceName, workload } = rollout.rollout
        const namespace = workloadNamespace(app, rollout.rollout)
        const service = await member.fetchIfExists(Service, { namespace, name: serviceName }, { signal })
        if (service) objects.push(canaryOf(rollout, service))
        else notes.push({ cluster, text: `Canary ${namespace}/${workload.name} follows the Service ${serviceName}` })
      }
      const changes = await wantedChanges(cluster, member, objects, signal)
      return {
        notes,
        changes: [...changes, ...(await unwanted(cluster, member, memberTypes, objects, { uid }, signal))],
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { changes: [], notes: [{ cluster, text: `cannot be asked: ${why}` }] }
    }
  }
}

// Controllers write the status in between; more conflicts in a row mean something else.
const maxAttempts = 5

/** An object as the API would store it: what the file says, in place of what there is. */
export async function asStored(
  type: ResourceType,
  wanted: KubernetesObject,
  client: Client,
  signal: AbortSignal,
  attempt = 1,
): Promise<{ readonly before?: KubernetesObject; readonly after: KubernetesObject }> {
  const { namespace, name = '' } = wanted.metadata ?? {}
  const ref = { ...(namespace ? { namespace } : {}), name }
  const before = await client.fetchIfExists(type, ref, { signal })
  const dry = { dryRun: true, fieldManager: 'serin-diff', fieldValidation: 'Strict', signal } as const
  if (!before) return { after: await client.create(type, wanted, dry) }
  const metadata = {
    ...before.metadata,
    labels: { ...before.metadata?.labels, ...wanted.metadata?.labels },
    annotations: { ...before.metadata?.annotations, ...wanted.metadata?.annotations },
  }
  try {
    return { before, after: await client.update(type, { ...before, ...wanted, metadata }, dry) }
  } catch (error) {
    if (!isConflict(error) || attempt === maxAttempts) throw error
    return asStored(type, wanted, client, signal, attempt + 1)
  }
}

function change(
  cluster: string,
  type: ResourceType,
  before: KubernetesObject | undefined,
  after: KubernetesObject,
): PreviewedChange {
  return { cluster, kind: type.kind, after, ...(before ? { before } : {}) }
}

async function wantedChanges(
  cluster: string,
  client: Client,
  wanted: readonly WantedObject[],
  signal: AbortSignal,
): Promise<PreviewedChange[]> {
  const changes: PreviewedChange[] = []
  for (const { type, object } of wanted) {
    const { namespace, name = '' } = object.metadata ?? {}
    const before = await client.fetchIfExists(type, { namespace, name }, { signal })
    // In a namespace that is not there nothing can be tried.
    const after = await client.apply(type, object, { ...writer, signal }).catch(error => {
      if (before) throw error
      return object
    })
    changes.push(change(cluster, type, before, after))
  }
  return changes
}

/** What the Application with that uid made, and would not have any more. */
async function unwanted(
  cluster: string,
  client: Client,
  types: readonly ResourceType[],
  wanted: readonly WantedObject[],
  owner: { readonly uid: string | undefined; readonly namespace?: string },
  signal: AbortSignal,
): Promise<PreviewedChange[]> {
  const { uid, namespace } = owner
  if (uid === undefined) return []
  const keep = new Set(wanted.map(({ type, object }) => idOf(type.kind, object)))
  const lists = types.map(async type => {
    const selection = namespace === undefined ? { labelSelector: `${ownerLabel}=${uid}` } : { namespace }
    const { items } = await client.list(type, { ...selection, signal })
    return items
      .filter(({ metadata }) => namespace === undefined || metadata?.ownerReferences?.some(ref => ref.uid === uid))
      .filter(object => !keep.has(idOf(type.kind, object)))
      .map((before): PreviewedChange => ({ cluster, kind: type.kind, before }))
  })
  return (await Promise.all(lists)).flat()
}

const inNamespace = ({ after }: { readonly after: KubernetesObject }) => ({
  namespace: after.metadata?.namespace ?? '',
})

const idOf = (kind: string, { metadata }: KubernetesObject) => `${kind} ${metadata?.namespace}/${metadata?.name}`

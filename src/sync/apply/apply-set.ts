/** Applies a set of manifests to one cluster: stage by stage, checked before written, written only where it differs. */
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import type { Json, JsonObject, KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import { ApiError, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { newLruMap } from '../../runtime/lru-map.ts'
import { hasDrifted } from './drift.ts'
import { ApplyError } from './errors.ts'
import { type FieldRule, ignoredPathsOf, withoutIgnored } from './field-rules.ts'
import { waitUntilHealthy } from './health.ts'
import { describe, identityOfManifest, inventoryEntry, type Manifest } from './identity.ts'
import { normalized } from './normalize.ts'
import { stagesOf } from './order.ts'
import { hasSwitch, isLeftAlone } from './switches.ts'
import { takenOver } from './take-over.ts'
import type { Change, TargetCluster } from './target.ts'

/** How to apply. */
export interface ApplyOptions {
  readonly fieldManager: string
  /** Deletes and makes again what cannot be changed. */
  readonly force: boolean
  readonly rules: readonly FieldRule[]
  /** Writes nothing: the changes are those that would be made. */
  readonly dryRun?: boolean
  readonly signal: AbortSignal
}

/** Applies sets to clusters and remembers what it saw, so that what has not changed costs one read. */
export interface SetApplier {
  /**
   * Every change, in the order of the inventory. Objects of a stage are all checked before the first is written.
   * @throws ApplyError, which has the changes that were made before
   */
  apply(cluster: TargetCluster, manifests: readonly Manifest[], options: ApplyOptions): Promise<readonly Change[]>
}

/** About 200 bytes each; one beyond the bound costs a dry run. */
const maxRemembered = 50_000
const parallelChecks = 4
const definitionsTimeoutMs = 60_000

/** What has to be done for one object. */
interface Planned {
  readonly manifest: Manifest
  readonly type: ResourceType
  readonly live: LiveObject | undefined
  readonly payload: Manifest
  readonly action: Change['action'] | 'recreate'
}

type LiveObject = KubernetesObject & JsonObject

/** An applier that has seen nothing. */
export function newSetApplier(deps: { readonly clock: Clock }): SetApplier {
  const seen = newLruMap<string, string>(maxRemembered)

  async function plan(cluster: TargetCluster, manifest: Manifest, options: ApplyOptions): Promise<Planned> {
    const { signal, fieldManager } = options
    const identity = identityOfManifest(manifest)
    const type = await typeOf(cluster, manifest, signal)
    const payload = normalized(manifest)
    const ref = manifest.metadata as { name: string; namespace?: string } // asManifest has looked at the name.
    const live = (await cluster.client.fetchIfExists(type, ref, { signal })) as LiveObject | undefined
    if (isLeftAlone(manifest) || isLeftAlone(live)) return { manifest, type, live, payload, action: 'skipped' }
    if (live && hasSwitch(manifest, 'ssa', 'IfNotPresent')) return { manifest, type, live, payload, action: 'skipped' }
    const sent = live ? withoutIgnored(payload, live, ignoredPathsOf(manifest, options.rules), fieldManager) : payload
    if (live && seen.get(memoryKey(cluster, live)) === memoryOf(live, sent)) {
      return { manifest, type, live, payload: sent, action: 'unchanged' }
    }
    try {
      const applied = (await cluster.client.apply(type, sent, {
        fieldManager,
        force: true,
        dryRun: true,
        signal,
      })) as LiveObject
      if (!live) return { manifest, type, live, payload: sent, action: 'created' }
      const needsTakeOver = !hasSwitch(manifest, 'ssa', 'Merge') && takenOver(live, fieldManager) !== undefined
      const action = needsTakeOver || hasDrifted(live, applied) ? 'configured' : 'unchanged'
      if (action === 'unchanged') seen.set(memoryKey(cluster, live), memoryOf(live, sent))
      return { manifest, type, live, payload: sent, action }
    } catch (error) {
      const mayForce = options.force || hasSwitch(manifest, 'force', 'enabled')
      if (live && mayForce && isImmutable(error)) return { manifest, type, live, payload, action: 'recreate' }
      throw error instanceof ApiError ? dryRunError(identity, error) : error
    }
  }

  async function carryOut(cluster: TargetCluster, planned: Planned, options: ApplyOptions): Promise<Change> {
    const { manifest, type, live, payload, action } = planned
    const subject = describe(identityOfManifest(manifest))
    const entry = inventoryEntry(manifest)
    if (action === 'unchanged' || action === 'skipped') return { entry, subject, action }
    const { signal, fieldManager } = options
    if (action === 'recreate' && live) await deleteAndWait(cluster, type, live, deps.clock, signal)
    else if (live && !hasSwitch(manifest, 'ssa', 'Merge')) await takeOver(cluster, type, live, fieldManager, signal)
    const written = (await cluster.client.apply(type, payload, { fieldManager, force: true, signal })) as LiveObject
    seen.set(memoryKey(cluster, written), memoryOf(written, payload))
    const isSame = live !== undefined && written.metadata?.resourceVersion === live.metadata?.resourceVersion
    return { entry, subject, action: isSame ? 'unchanged' : action === 'created' ? 'created' : 'configured' }
  }

  return {
    async apply(cluster, manifests, options) {
      const changes: Change[] = []
      for (const stage of stagesOf(manifests)) {
        try {
          const plans = await inParallel(stage.objects, parallelChecks, object => plan(cluster, object, options))
          for (const planned of plans)
            changes.push(options.dryRun ? wouldBe(planned) : await carryOut(cluster, planned, options))
          if (
            !options.dryRun &&
            stage.waits &&
            changes.some(({ action }) => action === 'created' || action === 'configured')
          ) {
            const timeoutMs = definitionsTimeoutMs
            const identities = stage.objects.map(object => ({
              ...identityOfManifest(object),
              apiVersion: object.apiVersion,
            }))
            await waitUntilHealthy(cluster, identities, { timeoutMs, clock: deps.clock, signal: options.signal })
          }
        } catch (error) {
          if (options.signal.aborted) throw error
          throw new ApplyError(error instanceof Error ? error.message : String(error), changes, { cause: error })
        }
      }
      return changes
    },
  }

  function memoryKey(cluster: TargetCluster, live: LiveObject): string {
    return `${cluster.client.server} ${live.metadata?.uid}`
  }
}

function wouldBe({ manifest, action }: Planned): Change {
  const subject = describe(identityOfManifest(manifest))
  return { entry: inventoryEntry(manifest), subject, action: action === 'recreate' ? 'configured' : action }
}

function memoryOf(live: LiveObject, sent: Manifest): string {
  return `${live.metadata?.resourceVersion} ${sha256Hex(canonicalJson(sent as Json))}`
}

async function typeOf(cluster: TargetCluster, manifest: Manifest, signal: AbortSignal): Promise<ResourceType> {
  const identity = identityOfManifest(manifest)
  const { apiVersion = '', kind = '' } = manifest
  const type = await cluster.mapper.typeOf(apiVersion, kind, signal)
  if (!type) {
    const message = `${describe(identity)} dry-run failed: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`
    throw new Error(message)
  }
  if (type.namespaced && identity.namespace === '') {
    throw new Error(`${describe(identity)} namespace not specified: the server could not find the requested resource`)
  }
  return type
}

function dryRunError(identity: ReturnType<typeof identityOfManifest>, error: ApiError): Error {
  const what = describe(identity)
  if (error.code === 404) return new Error(`${what} not found: ${error.message}`, { cause: error })
  return new Error(`${what} dry-run failed (${error.reason}): ${error.message}`, { cause: error })
}

/** Any refusal of the new state counts, as in Flux: the API has no reason of its own for fields that cannot change. */
function isImmutable(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return ['Conflict', 'Invalid'].includes(error.reason) || /is immutable|immutable field/.test(error.message)
}

async function deleteAndWait(
  cluster: TargetCluster,
  type: ResourceType,
  live: LiveObject,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace, uid } = live.metadata ?? {}
  const ref = { name, namespace: type.namespaced ? namespace : undefined }
  const preconditions = uid === undefined ? {} : { preconditions: { uid } }
  try {
    await cluster.client.delete(type, ref, { propagationPolicy: 'Background', signal, ...preconditions })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  for (;;) {
    const current = await cluster.client.fetchIfExists(type, ref, { signal })
    if (current?.metadata?.uid !== uid || current === undefined) return
    await clock.sleep(200, signal)
  }
}

const formerAnnotations: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
]

/** Only if the object is still as it was read: the patch names its version. */
async function takeOver(
  cluster: TargetCluster,
  type: ResourceType,
  live: LiveObject,
  fieldManager: string,
  signal: AbortSignal,
): Promise<void> {
  const managedFields = takenOver(live, fieldManager)
  if (!managedFields) return
  const { name = '', namespace, resourceVersion = '', annotations = {} } = live.metadata ?? {}
  const former = formerAnnotations.filter(key => annotations[key] !== undefined)
  const body = {
    metadata: {
      resourceVersion,
      managedFields: JSON.parse(JSON.stringify(managedFields)) as Json, // From the wire: JSON.
      ...(former.length > 0 ? { annotations: Object.fromEntries(former.map(key => [key, null])) } : {}),
    },
  }
  const ref = { name, namespace: type.namespaced ? namespace : undefined }
  await cluster.client.patch(type, ref, { type: 'merge', body }, { fieldManager, signal })
}

async function inParallel<A, B>(items: readonly A[], width: number, work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as A) // Below the length.
  }
  const workers = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker))
  const failed = workers.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return results
}

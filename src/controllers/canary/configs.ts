/** ConfigMaps and Secrets of a target: their checksums out of the cache, their contents only when they are copied. */
import { ConfigMap, type PodTemplateSpec, Secret } from '../../api/core/core-v1.ts'
import { Canary } from '../../api/flagger/v1beta1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { KubernetesObject, ObjectRef, ResourceType } from '../../apimachinery/meta.ts'
import type { ConfigReference } from '../../rollout/config-tracking.ts'
import { checksumOf, configKey, configReferences, isTracked, trackedChecksums } from '../../rollout/config-tracking.ts'
import type { ConfigChecksum } from '../../rollout/observed.ts'
import { configMapCopy, secretCopy } from '../../rollout/primary/configs.ts'
import { type CopyOptions, ownCopyName, primaryName } from '../../rollout/primary/names.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'

/** What caches keep of a ConfigMap or Secret: nothing that is secret, and little memory. */
interface ConfigSummary extends KubernetesObject {
  readonly checksum: ConfigChecksum
  readonly isTracked: boolean
}

/** Contents changed between the look and the copy; the next look sees what there is now. */
export class ConfigChangedError extends Error {
  override readonly name = 'ConfigChangedError'
  readonly reason = 'ConfigChanged'
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Reduces an object of a cache to what is needed of it. */
export function summarised(kind: ConfigReference['kind']): (object: KubernetesObject) => KubernetesObject {
  return object => summaryOf(kind, object)
}

function summaryOf(kind: ConfigReference['kind'], object: KubernetesObject): ConfigSummary {
  if ('checksum' in object) return object as ConfigSummary // Summarised before.
  const config = object as ConfigMap | Secret // The caches of these two kinds hold nothing else.
  const { name, namespace, uid, resourceVersion, labels, annotations, ownerReferences } = object.metadata ?? {}
  const { [lastApplied]: _, ...kept } = annotations ?? {}
  return {
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(labels ? { labels } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
      annotations: kept,
    },
    checksum: checksumOf(config),
    isTracked: isTracked(config, kind),
  }
}

const types: Readonly<Record<ConfigReference['kind'], ResourceType>> = { configmap: ConfigMap, secret: Secret }

function getSummary(view: ClusterView, kind: ConfigReference['kind'], namespace: string, name: string) {
  const object = view.get(types[kind], { namespace, name })
  return object && summaryOf(kind, object)
}

/** Checksums of what the template refers to; `before`: those of the status. */
export function readConfigs(
  view: ClusterView,
  namespace: string,
  template: PodTemplateSpec,
  before: Readonly<Record<string, string>> | undefined,
): ReturnType<typeof trackedChecksums> {
  const reads = configReferences(template).map(reference => {
    // What cannot be read is not tracked: the primary uses the original, as for one that says so itself.
    if (!view.isOpen(types[reference.kind], namespace)) return { reference, read: { kind: 'known' } as const }
    const found = getSummary(view, reference.kind, namespace, reference.name)
    if (!found) return { reference, read: { kind: 'notFound' } as const }
    return { reference, read: { kind: 'known', ...(found.isTracked ? { checksum: found.checksum } : {}) } as const }
  })
  return trackedChecksums(namespace, reads, before)
}

/** Names of copies by the key of the original. */
export interface CopyNames {
  /** What the primary refers to. */
  readonly inUse: ReadonlyMap<string, string>
  /** What it is to refer to after a promotion. */
  readonly wanted: ReadonlyMap<string, string>
}

/**
 * A config that two Canaries track has a copy for each, so that the promotion of one changes nothing under the primary
 * of the other: `<name>-primary` for whoever came first, `<name>-<target>-primary` for others.
 */
export function copyNames(
  view: ClusterView,
  { canary, target }: RolloutSpec,
  configs: Readonly<Record<string, ConfigChecksum>>,
  primary: PodTemplateSpec | undefined,
): CopyNames {
  const { namespace } = canary
  const referred = new Set(primary ? configReferences(primary).map(configKey) : [])
  const wanted = new Map<string, string>()
  const inUse = new Map<string, string>()
  for (const key of Object.keys(configs)) {
    const { kind, name } = splitKey(key)
    const common = primaryName(name)
    const own = ownCopyName(name, target.name)
    const isOurs = canariesOf(getSummary(view, kind, namespace, own)).includes(canary.name)
    const isTaken = canariesOf(getSummary(view, kind, namespace, common)).some(other => other !== canary.name)
    const chosen = isOurs || isTaken ? own : common
    wanted.set(key, chosen)
    inUse.set(key, [own, common].find(copy => referred.has(configKey({ kind, name: copy }))) ?? chosen)
  }
  return { inUse, wanted }
}

function canariesOf(copy: ConfigSummary | undefined): readonly string[] {
  const owners = copy?.metadata?.ownerReferences ?? []
  return owners.filter(({ kind }) => kind === Canary.kind).map(({ name }) => name)
}

/** Whether the primary's copies hold what the originals do. */
export function areCopied(
  view: ClusterView,
  namespace: string,
  configs: Readonly<Record<string, ConfigChecksum>>,
  copies: ReadonlyMap<string, string>,
): boolean {
  return Object.entries(configs).every(([key, { checksum }]) => {
    const { kind } = splitKey(key)
    return getSummary(view, kind, namespace, copies.get(key) ?? '')?.checksum.checksum === checksum
  })
}

/**
 * The configs as this Canary's copies have them: what was promoted last, for a primary that has to be made again. One
 * without such a copy is as its original is.
 */
export function promotedConfigs(
  view: ClusterView,
  namespace: string,
  configs: Readonly<Record<string, ConfigChecksum>>,
  { configCopies, owner }: CopyOptions,
): Readonly<Record<string, ConfigChecksum>> {
  const promoted = ([key, original]: readonly [string, ConfigChecksum]) => {
    const { kind, name } = splitKey(key)
    const copy = getSummary(view, kind, namespace, configCopies.get(key) ?? primaryName(name))
    return [key, isOwnedBy(copy, owner) ? copy.checksum : original] as const
  }
  return Object.fromEntries(Object.entries(configs).map(promoted))
}

function isOwnedBy(copy: ConfigSummary | undefined, { uid }: CopyOptions['owner']): copy is ConfigSummary {
  return copy?.metadata?.ownerReferences?.some(owner => owner.uid === uid) ?? false
}

/**
 * Brings the copies up to date; only those that differ cost requests.
 * @throws ConfigChangedError where an original is no longer what `configs` says
 */
export async function copyConfigs(
  view: ClusterView,
  namespace: string,
  configs: Readonly<Record<string, ConfigChecksum>>,
  options: CopyOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const [key, { checksum }] of Object.entries(configs)) {
    const { kind, name } = splitKey(key)
    const copyName = options.configCopies.get(key) ?? primaryName(name)
    const copy = getSummary(view, kind, namespace, copyName)
    if (copy?.checksum.checksum === checksum && isOwnedBy(copy, options.owner)) continue
    if (kind === 'configmap') {
      const source = await view.client.fetch(ConfigMap, { namespace, name }, { signal })
      checkUnchanged(key, checksumOf(source), checksum)
      const copyOf = (existing?: ConfigMap) => configMapCopy(source, copyName, options, existing)
      await put(view, ConfigMap, copyOf, { namespace, name: copyName }, signal)
    } else {
      const source = await view.client.fetch(Secret, { namespace, name }, { signal })
      checkUnchanged(key, checksumOf(source), checksum)
      const copyOf = (existing?: Secret) => secretCopy(source, copyName, options, existing)
      await put(view, Secret, copyOf, { namespace, name: copyName }, signal)
    }
  }
}

async function put<T extends KubernetesObject>(
  view: ClusterView,
  type: ResourceType<T>,
  copyOver: (existing: T | undefined) => T,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<void> {
  const existing = await view.client.fetchIfExists(type, ref, { signal })
  const wanted = copyOver(existing)
  if (!existing) await view.create(type, wanted, { signal })
  else if (!jsonEqual(JSON.parse(JSON.stringify(existing)), JSON.parse(JSON.stringify(wanted)))) {
    await view.update(type, wanted, { signal })
  }
}

function checkUnchanged(key: string, now: ConfigChecksum, expected: string): void {
  if (now.checksum !== expected) throw new ConfigChangedError(`${key} has changed since it was looked at`)
}

function splitKey(key: string): { readonly kind: ConfigReference['kind']; readonly name: string } {
  const [kind = '', name = ''] = key.split('/', 2)
  return { kind: kind === 'secret' ? 'secret' : 'configmap', name }
}

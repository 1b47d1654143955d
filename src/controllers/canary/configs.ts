/** ConfigMaps and Secrets of a target: their checksums out of the cache, their contents only when they are copied. */
import { ConfigMap, type PodTemplateSpec, Secret } from '../../api/core/core-v1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import type { ConfigReference } from '../../rollout/config-tracking.ts'
import { checksumOf, configReferences, isTracked, trackedChecksums } from '../../rollout/config-tracking.ts'
import type { ConfigChecksum } from '../../rollout/observed.ts'
import { configMapCopy, secretCopy } from '../../rollout/primary/configs.ts'
import { type CopyOptions, primaryName } from '../../rollout/primary/names.ts'
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

/** Whether the primary's copies hold what the originals do. */
export function areCopied(
  view: ClusterView,
  namespace: string,
  configs: Readonly<Record<string, ConfigChecksum>>,
): boolean {
  return Object.entries(configs).every(([key, { checksum }]) => {
    const { kind, name } = splitKey(key)
    return getSummary(view, kind, namespace, primaryName(name))?.checksum.checksum === checksum
  })
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
    const copy = getSummary(view, kind, namespace, primaryName(name))
    const isOurs = copy?.metadata?.ownerReferences?.some(owner => owner.uid === options.owner.uid)
    if (copy?.checksum.checksum === checksum && isOurs) continue
    if (kind === 'configmap') {
      const source = await view.client.fetch(ConfigMap, { namespace, name }, { signal })
      checkUnchanged(key, checksumOf(source), checksum)
      await put(view, ConfigMap, existing => configMapCopy(source, options, existing), { namespace, name }, signal)
    } else {
      const source = await view.client.fetch(Secret, { namespace, name }, { signal })
      checkUnchanged(key, checksumOf(source), checksum)
      await put(view, Secret, existing => secretCopy(source, options, existing), { namespace, name }, signal)
    }
  }
}

async function put<T extends KubernetesObject>(
  view: ClusterView,
  type: ResourceType<T>,
  copyOver: (existing: T | undefined) => T,
  source: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const ref = { namespace: source.namespace, name: primaryName(source.name) }
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

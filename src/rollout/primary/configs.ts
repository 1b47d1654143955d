/** Copies of ConfigMaps and Secrets for the primary, so that the canary may have others. */
import type { ConfigMap, Secret } from '../../api/core/core-v1.ts'
import type { OwnerReference } from '../../apimachinery/meta.ts'
import { withOwnerReference } from '../../apimachinery/owner-references.ts'
import { byPrefix, type CopyOptions } from './names.ts'

/** The same data under the name of the copy. Owners that an existing copy has stay, but none of them is its controller. */
export function configMapCopy(source: ConfigMap, name: string, options: CopyOptions, existing?: ConfigMap): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(source, name, options, existing),
    ...(source.data ? { data: source.data } : {}),
    ...(source.binaryData ? { binaryData: source.binaryData } : {}),
  }
}

/** See {@link configMapCopy}; the type stays. */
export function secretCopy(source: Secret, name: string, options: CopyOptions, existing?: Secret): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(source, name, options, existing),
    ...(source.type ? { type: source.type } : {}),
    ...(source.data ? { data: source.data } : {}),
  }
}

function metadataOf(
  source: ConfigMap | Secret,
  name: string,
  options: CopyOptions,
  existing: ConfigMap | Secret | undefined,
) {
  const others = (existing?.metadata?.ownerReferences ?? []).filter(owner => owner.uid !== options.owner.uid)
  const shared: readonly OwnerReference[] = others.map(owner => ({ ...owner, controller: false }))
  const { namespace, labels } = source.metadata ?? {}
  return {
    name,
    ...(namespace ? { namespace } : {}),
    labels: byPrefix(labels, options.includeLabelPrefixes),
    ownerReferences: withOwnerReference(shared, options.owner),
  }
}

/** ConfigMaps and Secrets that belong to a revision: which they are, and their checksums. */

import type { ConfigMap, Container, PodTemplateSpec, Secret } from '../api/core/core-v1.ts'
import { sha256Hex } from '../apimachinery/canonical-json.ts'
import { goJson } from '../apimachinery/go-text.ts'
import type { ConfigChecksum } from './observed.ts'

/** A reference from a pod template. */
export interface ConfigReference {
  readonly kind: 'configmap' | 'secret'
  readonly name: string
  /** The pods start without it too. */
  readonly optional: boolean
}

/** Types of Secrets that hold configuration; others, such as tokens, are the cluster's own business. */
const trackedSecretTypes: readonly string[] = [
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
]

/** Flagger opts out by any value that starts so. */
const trackingAnnotation = 'flagger.app/config-tracking'

/** `configmap/<name>` or `secret/<name>`, as in `status.trackedConfigs`. */
export function configKey({ kind, name }: Pick<ConfigReference, 'kind' | 'name'>): string {
  return `${kind}/${name}`
}

/** References of volumes, projected volumes, `env` and `envFrom`, each name once; the last one decides if it is optional. */
export function configReferences(template: PodTemplateSpec): readonly ConfigReference[] {
  const { spec } = template
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  const found = [...(spec?.volumes ?? []).flatMap(volumeReferences), ...containers.flatMap(containerReferences)]
  return [...new Map(found.map(reference => [configKey(reference), reference])).values()]
}

type Volume = NonNullable<NonNullable<PodTemplateSpec['spec']>['volumes']>[number]

function volumeReferences(volume: Volume): ConfigReference[] {
  const projected = volume.projected?.sources ?? []
  return [
    ...reference('configmap', volume.configMap?.name, volume.configMap?.optional),
    ...reference('secret', volume.secret?.secretName, volume.secret?.optional),
    ...projected.flatMap(source => [
      ...reference('configmap', source.configMap?.name, source.configMap?.optional),
      ...reference('secret', source.secret?.name, source.secret?.optional),
    ]),
  ]
}

function containerReferences(container: Container): ConfigReference[] {
  return [
    ...(container.env ?? []).flatMap(({ valueFrom }) => [
      ...reference('configmap', valueFrom?.configMapKeyRef?.name, valueFrom?.configMapKeyRef?.optional),
      ...reference('secret', valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.optional),
    ]),
    ...(container.envFrom ?? []).flatMap(source => [
      ...reference('configmap', source.configMapRef?.name, source.configMapRef?.optional),
      ...reference('secret', source.secretRef?.name, source.secretRef?.optional),
    ]),
  ]
}

function reference(kind: ConfigReference['kind'], name: string | undefined, optional = false): ConfigReference[] {
  return name ? [{ kind, name, optional }] : []
}

/** Whether an object is tracked and copied; one that is not is used by the primary as it is. */
export function isTracked(object: ConfigMap | Secret, kind: ConfigReference['kind']): boolean {
  if (object.metadata?.annotations?.[trackingAnnotation]?.startsWith('disable')) return false
  return kind === 'configmap' || trackedSecretTypes.includes(('type' in object && object.type) || 'Opaque')
}

/** Checksum over `data` as Flagger makes it, and over `binaryData` too where there is some. */
export function checksumOf(object: ConfigMap | Secret): ConfigChecksum {
  const flaggerChecksum = shortHash(goJson(object.data ?? null))
  const binaryData = 'binaryData' in object ? object.binaryData : undefined
  if (!binaryData || Object.keys(binaryData).length === 0) return { checksum: flaggerChecksum }
  return { checksum: shortHash(`${goJson(object.data ?? null)}${goJson(binaryData)}`), flaggerChecksum }
}

/** What reading a referenced object gave. */
export type ConfigRead =
  | { readonly kind: 'found'; readonly object: ConfigMap | Secret }
  /** Of an object that is not kept whole; without checksum: it is there, but not tracked. */
  | { readonly kind: 'known'; readonly checksum?: ConfigChecksum }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'unreadable'; readonly message: string }

/**
 * Checksums of all that is tracked, or why they cannot be told. An optional object that cannot be read now is taken
 * to be as it was: only one that is not there is gone.
 */
export function trackedChecksums(
  namespace: string,
  reads: readonly { readonly reference: ConfigReference; readonly read: ConfigRead }[],
  before: Readonly<Record<string, string>> | undefined,
): { readonly configs: Readonly<Record<string, ConfigChecksum>> } | { readonly problem: string } {
  const configs: Record<string, ConfigChecksum> = {}
  for (const { reference, read } of reads) {
    const key = configKey(reference)
    if (read.kind === 'found') {
      if (isTracked(read.object, reference.kind)) configs[key] = checksumOf(read.object)
    } else if (read.kind === 'known') {
      if (read.checksum) configs[key] = read.checksum
    } else if (!reference.optional) {
      const message = read.kind === 'notFound' ? 'not found' : read.message
      const { kind, name } = reference
      return { problem: `GetTargetConfigs failed: ${kind} ${name}.${namespace} get query error: ${message}` }
    } else if (read.kind === 'unreadable' && before?.[key] !== undefined) {
      configs[key] = { checksum: before[key] }
    }
  }
  return { configs }
}

function shortHash(text: string): string {
  return sha256Hex(text).slice(0, 16)
}

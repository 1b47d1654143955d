/** The primary's Deployment or DaemonSet, made from the target's. */
import type { DaemonSet, Deployment } from '../../api/core/apps-v1.ts'
import type { ObjectMeta } from '../../apimachinery/meta.ts'
import { byPrefix, type CopyOptions, primaryName, selectorLabelOf, withoutToolkit } from './names.ts'
import { primaryTemplate } from './pod-template.ts'

/** Annotations that describe the object itself and would be wrong on another one. */
const ownAnnotations = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision']

/** The target cannot be copied; the message is the event's. */
export interface CannotCopy {
  readonly problem: string
}

/**
 * The primary of a Deployment. `existing` is the primary that is there: its selector stays, and its replicas unless
 * `replicas` says otherwise.
 */
export function primaryDeployment(
  target: Deployment,
  options: CopyOptions,
  replicas: number | undefined,
  existing?: Deployment,
): Deployment | CannotCopy {
  const name = target.metadata?.name ?? ''
  const label = selectorLabelOf(target.spec.selector, options.selectorLabels)
  if (!label) return { problem: noLabel('deployment', target.metadata, options, '') }
  // The API leaves 0 out; the others have defaults that it writes.
  const { minReadySeconds = 0, progressDeadlineSeconds, revisionHistoryLimit, strategy } = target.spec
  const count = replicas ?? existing?.spec.replicas
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(target.metadata, label, options, existing?.metadata),
    spec: {
      minReadySeconds,
      ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
      ...(revisionHistoryLimit === undefined ? {} : { revisionHistoryLimit }),
      ...(strategy ? { strategy } : {}),
      ...(count === undefined ? {} : { replicas: count }),
      selector: existing?.spec.selector ?? { matchLabels: { [label.key]: primaryName(label.value) } },
      template: primaryTemplate(target.spec.template, name, label, options),
    },
  }
}

/** The primary of a DaemonSet; see {@link primaryDeployment}. */
export function primaryDaemonSet(
  target: DaemonSet,
  options: CopyOptions,
  existing?: DaemonSet,
): DaemonSet | CannotCopy {
  const name = target.metadata?.name ?? ''
  const label = selectorLabelOf(target.spec.selector, options.selectorLabels)
  if (!label) return { problem: noLabel('daemonset', target.metadata, options, "'") }
  const { minReadySeconds = 0, revisionHistoryLimit, updateStrategy } = target.spec
  if (updateStrategy?.type && updateStrategy.type !== 'RollingUpdate') {
    const where = `${name}.${target.metadata?.namespace ?? ''}`
    return { problem: `daemonset ${where} must have RollingUpdate strategy but have ${updateStrategy.type}` }
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadataOf(target.metadata, label, options, existing?.metadata),
    spec: {
      minReadySeconds,
      ...(revisionHistoryLimit === undefined ? {} : { revisionHistoryLimit }),
      ...(updateStrategy ? { updateStrategy } : {}),
      selector: existing?.spec.selector ?? { matchLabels: { [label.key]: primaryName(label.value) } },
      template: primaryTemplate(target.spec.template, name, label, options),
    },
  }
}

/** A new primary has the target's annotations; afterwards only those with a listed prefix follow. */
function metadataOf(
  target: ObjectMeta | undefined,
  label: { readonly key: string; readonly value: string },
  options: CopyOptions,
  existing: ObjectMeta | undefined,
): ObjectMeta {
  const copied = existing
    ? { ...kept(existing.annotations), ...byPrefix(target?.annotations, options.includeLabelPrefixes) }
    : withoutToolkit(target?.annotations)
  const annotations = Object.fromEntries(
    Object.entries(copied).filter(([key]) => existing !== undefined || !ownAnnotations.includes(key)),
  )
  return {
    name: primaryName(target?.name ?? ''),
    ...(target?.namespace ? { namespace: target.namespace } : {}),
    labels: { ...byPrefix(target?.labels, options.includeLabelPrefixes), [label.key]: primaryName(label.value) },
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ownerReferences: [options.owner],
  }
}

/** What Kubernetes itself writes onto the primary. */
function kept(annotations: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const revision = annotations?.['deployment.kubernetes.io/revision']
  return revision === undefined ? {} : { 'deployment.kubernetes.io/revision': revision }
}

function noLabel(kind: string, metadata: ObjectMeta | undefined, { selectorLabels }: CopyOptions, end: string): string {
  const where = `${kind} ${metadata?.name ?? ''}.${metadata?.namespace ?? ''}`
  return `${where} spec.selector.matchLabels must contain one of [${selectorLabels.join(' ')}]${end}`
}

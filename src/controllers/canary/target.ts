/** The target of a Canary and its primary, whatever their kind. */
import { DaemonSet, Deployment } from '../../api/core/apps-v1.ts'
import { type PodTemplateSpec, Service } from '../../api/core/core-v1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Json, ObjectRef } from '../../apimachinery/meta.ts'
import type { Problem, Workload } from '../../rollout/observed.ts'
import {
  byPrefix,
  type CopyOptions,
  copyIdAnnotation,
  primaryName,
  selectorLabelOf,
} from '../../rollout/primary/names.ts'
import { isSameCopy } from '../../rollout/primary/pod-template.ts'
import { primaryDaemonSet, primaryDeployment } from '../../rollout/primary/workload.ts'
import type { RevisionSource } from '../../rollout/revision.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import { daemonSetWorkload, deploymentWorkload, serviceWorkload } from '../../rollout/workload.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'

/** A target with its primary, as far as that exists. */
export type TargetPair =
  | { readonly kind: 'Deployment'; readonly target: Deployment; readonly primary: Deployment | undefined }
  | { readonly kind: 'DaemonSet'; readonly target: DaemonSet; readonly primary: DaemonSet | undefined }
  | { readonly kind: 'Service'; readonly target: Service; readonly primary: Service | undefined }

/** Names of a target and its primary. */
export function pairRefs({ canary, target }: RolloutSpec): { readonly target: ObjectRef; readonly primary: ObjectRef } {
  const { namespace } = canary
  return { target: { namespace, name: target.name }, primary: { namespace, name: primaryName(target.name) } }
}

/** Reads both from the caches. */
export function readPair(view: ClusterView, spec: RolloutSpec): TargetPair | Problem {
  const refs = pairRefs(spec)
  const { kind } = spec.target
  switch (kind) {
    case 'Deployment': {
      const target = view.get(Deployment, refs.target)
      const primary = view.get(Deployment, refs.primary)
      return target ? { kind, target, primary } : notFound(spec)
    }
    case 'DaemonSet': {
      const target = view.get(DaemonSet, refs.target)
      const primary = view.get(DaemonSet, refs.primary)
      return target ? { kind, target, primary } : notFound(spec)
    }
    case 'Service': {
      const target = view.get(Service, refs.target)
      const primary = view.get(Service, refs.primary)
      return target ? { kind, target, primary } : notFound(spec)
    }
    case 'KnativeService':
      return {
        problem: `Knative service ${spec.target.name}.${spec.canary.namespace}: targets of Knative are not supported`,
      }
  }
}

function notFound({ target, canary }: RolloutSpec): Problem {
  const kind = target.kind.toLowerCase()
  return { problem: `${kind} ${target.name}.${canary.namespace} get query error: ${kind}s "${target.name}" not found` }
}

/** The pods' template; a Service has none. */
export function templateOf(pair: TargetPair): PodTemplateSpec | undefined {
  return pair.kind === 'Service' ? undefined : pair.target.spec.template
}

/** The template of the primary's pods, where there is one. */
export function primaryTemplateOf(pair: TargetPair): PodTemplateSpec | undefined {
  return pair.kind === 'Service' ? undefined : pair.primary?.spec.template
}

/** What of the target makes its revision. */
export function revisionSource(pair: TargetPair): RevisionSource {
  switch (pair.kind) {
    case 'Deployment':
    case 'DaemonSet':
      return { kind: pair.kind, template: pair.target.spec.template }
    case 'Service':
      return { kind: pair.kind, spec: pair.target.spec ?? {} }
  }
}

/** The label that selects the target's pods, of the candidates. */
export function podLabelOf(pair: TargetPair, candidates: readonly string[]) {
  return pair.kind === 'Service' ? undefined : selectorLabelOf(pair.target.spec.selector, candidates)
}

/** The numbers of both. */
export function workloadsOf(pair: TargetPair): { readonly target: Workload; readonly primary: Workload | undefined } {
  switch (pair.kind) {
    case 'Deployment':
      return { target: deploymentWorkload(pair.target), primary: pair.primary && deploymentWorkload(pair.primary) }
    case 'DaemonSet':
      return { target: daemonSetWorkload(pair.target), primary: pair.primary && daemonSetWorkload(pair.primary) }
    case 'Service': {
      const { name = '' } = pair.target.metadata ?? {}
      return { target: serviceWorkload(name), primary: pair.primary && serviceWorkload(primaryName(name)) }
    }
  }
}

/** The primary as a promotion would leave it; a problem where the target cannot be copied. */
export function wantedPrimary(
  pair: TargetPair,
  options: CopyOptions,
  replicas?: number,
): Deployment | DaemonSet | Service | Problem {
  switch (pair.kind) {
    case 'Deployment':
      return primaryDeployment(pair.target, options, replicas, pair.primary)
    case 'DaemonSet':
      return primaryDaemonSet(pair.target, options, pair.primary)
    case 'Service':
      return sideService(pair.target, primaryName(pair.target.metadata?.name ?? ''), options)
  }
}

/** Whether the primary runs what `wanted` would run. */
export function runs(pair: TargetPair, wanted: Deployment | DaemonSet | Service): boolean {
  if (!pair.primary) return false
  if (pair.kind === 'Service') return jsonEqual(comparableSpec(pair.primary), comparableSpec(wanted as Service)) // Of the same pair.
  const { template } = (wanted as Deployment | DaemonSet).spec // Of the same pair.
  return isSameCopy(pair.primary.spec.template, template)
}

/** Whether the primary's pods were made from the very copy that `wanted` is, with its configs. */
export function isCopied(pair: TargetPair, wanted: Deployment | DaemonSet | Service): boolean {
  if (pair.kind === 'Service') return runs(pair, wanted)
  const idOf = ({ spec }: Deployment | DaemonSet) => spec.template.metadata?.annotations?.[copyIdAnnotation]
  return pair.primary !== undefined && idOf(pair.primary) === idOf(wanted as Deployment | DaemonSet) // Of the same pair.
}

/** A copy of a Service under another name; addresses are the cluster's to give. */
export function sideService(source: Service, name: string, options: CopyOptions): Service {
  const { namespace, labels, annotations } = source.metadata ?? {}
  return {
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: byPrefix(labels, options.includeLabelPrefixes),
      annotations: byPrefix(annotations, options.includeLabelPrefixes),
      ownerReferences: [options.owner],
    },
    spec: withoutAddresses(source),
  }
}

function withoutAddresses({ spec }: Service): NonNullable<Service['spec']> {
  const { clusterIP, clusterIPs: _, healthCheckNodePort: __, ...rest } = spec ?? {}
  const ports = rest.ports?.map(({ nodePort: ___, ...port }) => port)
  return { ...rest, ...(ports ? { ports } : {}), ...(clusterIP === 'None' ? { clusterIP } : {}) }
}

/** The parts of a Service that its copies have too. */
export function comparableSpec(service: Service): Json {
  return JSON.parse(JSON.stringify(withoutAddresses(service))) as Json // JSON by construction.
}

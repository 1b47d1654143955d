/** What a look at a Canary and the steps that follow from it are about. */
import { Canary } from '../../api/flagger/v1beta1.ts'
import { toText } from '../../apimachinery/field-error.ts'
import { keyOf } from '../../apimachinery/meta.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { checksumTexts } from '../../rollout/change.ts'
import { normalise } from '../../rollout/normalise.ts'
import { isProblem, type ObservedTarget, type Problem, type Workload } from '../../rollout/observed.ts'
import type { CopyOptions } from '../../rollout/primary/names.ts'
import { flaggerRevisionOf } from '../../rollout/revision.ts'
import { servicePorts } from '../../rollout/service-ports.ts'
import { verify } from '../../rollout/verify.ts'
import { UnknownProviderError } from '../../router/factory.ts'
import type { RouteTarget } from '../../router/router.ts'
import { isBeingDeleted } from '../../runtime/finalizer.ts'
import { copyNames, readConfigs } from './configs.ts'
import type { LookDeps } from './deps.ts'
import type { DerivedSpec } from './derived.ts'
import { type RecalledPart, textOf } from './recall.ts'
import { isSpecError } from './refuse.ts'
import { CanarySpecError } from './spec-error.ts'
import {
  podLabelOf,
  primaryTemplateOf,
  readPair,
  revisionSource,
  type TargetPair,
  templateOf,
  wantedPrimary,
  workloadsOf,
} from './target.ts'

/** A Canary that can be carried out, with the router of its provider. */
export interface Subject extends DerivedSpec {
  readonly canary: Canary
  /** Of a Canary that is being deleted: what nobody can give back, in the words for the event. */
  readonly unrestorable?: string
}

/** The target as it was read, and what copies of it need. */
export interface TargetLook {
  readonly pair: TargetPair
  readonly observed: ObservedTarget
  /** The numbers of the primary, where there is one. */
  readonly primary: Workload | undefined
  readonly options: CopyOptions
  /** Names that the copies of configs have from the next promotion on, by the key of the original. */
  readonly nextCopies: ReadonlyMap<string, string>
  /** The primary as a promotion would leave it. */
  readonly wanted: Exclude<ReturnType<typeof wantedPrimary>, Problem>
  readonly route: RouteTarget
}

/**
 * Reads the Canary's spec. Whoever deletes a Canary wants the target back, whatever has become of the analysis that is
 * not made any more.
 * @throws CanarySpecError, UnknownProviderError where nobody can carry it out
 */
export function subjectOf(deps: LookDeps, canary: Canary): Subject {
  try {
    return checkedSubject(deps, canary)
  } catch (error) {
    if (!isBeingDeleted(canary) || !(error instanceof Error && isSpecError(error))) throw error
    return leavingSubject(deps, canary)
  }
}

const noSpec: Canary['spec'] = { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: '' }, analysis: {} }

/** What the end of a Canary needs that cannot be carried out: its target, its service and its router. */
function leavingSubject(deps: LookDeps, canary: Canary): Subject {
  // One without a spec has no target, and nothing to give back.
  const { progressDeadlineSeconds: _, upstreamRef: __, ...kept } = 'spec' in canary ? canary.spec : noSpec
  const wanted = kept.provider || deps.settings.meshProvider
  const unknown = unknownProvider(deps, wanted)
  const spec = {
    ...kept,
    provider: unknown ? 'kubernetes' : wanted,
    service: kept.service ?? { port: 80 },
    analysis: { interval: '1m', threshold: 1, iterations: 1 },
  } as Canary['spec'] // The name of a provider that has a router.
  const readable = { ...canary, spec }
  return {
    canary: 'spec' in canary ? canary : readable,
    ...readSpec(deps, readable),
    ...(unknown ? { unrestorable: `routes: ${unknown}` } : {}),
  }
}

function unknownProvider({ routerFactory }: LookDeps, provider: string): string | undefined {
  try {
    routerFactory(provider)
    return undefined
  } catch (error) {
    if (error instanceof UnknownProviderError) return error.message
    throw error
  }
}

function checkedSubject(deps: LookDeps, canary: Canary): Subject {
  if (!('spec' in canary)) throw new CanarySpecError('invalid canary spec: spec: Required value')
  const read = deps.derived.spec(canary, () => {
    const problems = verify(canary, { noCrossNamespaceRefs: deps.settings.noCrossNamespaceRefs })
    if (problems.length > 0) throw new CanarySpecError(problems.join('; '))
    return readSpec(deps, canary)
  })
  return { canary, ...read }
}

function readSpec(deps: LookDeps, canary: Canary): DerivedSpec {
  const { meshProvider, minIntervalMs, ingressAnnotationsPrefix } = deps.settings
  const normalised = normalise(canary, { provider: meshProvider, minIntervalMs })
  if ('errors' in normalised) {
    throw new CanarySpecError(`invalid canary spec: ${normalised.errors.map(toText).join('; ')}`)
  }
  const { spec } = normalised
  // The published schema does not insist on it, but there is nothing to route without a port.
  if (!canary.spec.service && spec.target.kind !== 'Service') {
    throw new CanarySpecError('invalid canary spec: spec.service: Required value: the workload needs a port')
  }
  const router = deps.routerFactory(spec.provider)({
    view: deps.view,
    ...(ingressAnnotationsPrefix ? { ingressAnnotationsPrefix } : {}),
  })
  return { spec, router }
}

/** What of a target's look does not change with the numbers of its pods. */
type TargetCopy = Pick<TargetLook, 'options' | 'nextCopies' | 'wanted'> & {
  readonly observed: Pick<ObservedTarget, 'revision' | 'flaggerRevision' | 'configs'>
  readonly route: Omit<RouteTarget, 'canary'>
}

const copyPart: RecalledPart<TargetCopy | Problem> = { name: 'copy', ignoresStatus: true }

/**
 * Reads the target; a problem where it is missing, or cannot be copied. Flagger's hash is there where the status may
 * hold one, or where it is asked for.
 */
export function lookAtTarget(
  deps: LookDeps,
  subject: Subject,
  options: { readonly withFlaggerRevision?: boolean } = {},
): TargetLook | Problem {
  const { canary, spec } = subject
  const { metadata, status } = canary
  const pair = readPair(deps.view, spec)
  if (isProblem(pair)) return pair
  const needsFlaggers =
    options.withFlaggerRevision ??
    [status?.lastAppliedSpec, status?.lastPromotedSpec].some(known => known && !known.startsWith('s1-'))
  const inputs = [canary.spec, metadata.uid, isBeingDeleted(canary), needsFlaggers, textOf(status?.trackedConfigs)]
  const copy = deps.recall.of(keyOf(spec.canary), copyPart, inputs, () => copyOf(deps, subject, needsFlaggers))
  if (isProblem(copy)) return copy
  const { target, primary } = workloadsOf(pair)
  return {
    ...copy,
    pair,
    primary,
    observed: { ...target, ...copy.observed },
    route: { ...copy.route, canary },
  }
}

function copyOf(deps: LookDeps, { canary, spec }: Subject, needsFlaggers: boolean): TargetCopy | Problem {
  const { view, settings } = deps
  // Read here too, as it is these reads that tell when to make another copy.
  const pair = readPair(view, spec)
  if (isProblem(pair)) return pair
  const template = templateOf(pair)
  const read =
    // Nothing of a Canary that is being deleted is copied any more.
    template && settings.configTracking && !isBeingDeleted(canary)
      ? readConfigs(view, spec.canary.namespace, template, canary.status?.trackedConfigs)
      : undefined
  if (read && 'problem' in read) return read
  const source = revisionSource(pair)
  const revision = deps.derived.revision(source)
  const configs = read?.configs
  const owner = ownerReferenceTo(Canary, canary, { isController: true })
  const copies = copyNames(view, spec, configs ?? {}, primaryTemplateOf(pair))
  const options: CopyOptions = {
    owner,
    selectorLabels: settings.selectorLabels,
    includeLabelPrefixes: settings.includeLabelPrefixes,
    configCopies: copies.inUse,
    copyId: deps.derived.copyId(source, checksumTexts(configs ?? {})),
  }
  const wanted = wantedPrimary(pair, options)
  if (isProblem(wanted)) return wanted
  const label = podLabelOf(pair, settings.selectorLabels)
  return {
    options,
    nextCopies: copies.wanted,
    wanted,
    observed: {
      revision,
      // Costs ten times as much as our own.
      ...(needsFlaggers ? { flaggerRevision: flaggerRevisionOf(source) } : {}),
      ...(configs ? { configs } : {}),
    },
    route: {
      owner,
      ...(label ? { podLabel: label } : {}),
      ports: canary.spec.service ? servicePorts(canary.spec.service, template) : [],
    },
  }
}

/** What a GitRepository's status says of what a run found. Pure. */
import type { GitRepository } from '../../api/source/v1.ts'
import { isConditionTrue } from '../../apimachinery/conditions.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import type { Artifact } from '../../sync/artifact-store.ts'
import { type FluxCondition, fluxConditions } from '../../sync/flux-conditions.ts'
import { requestedAt } from '../../sync/triggers.ts'

/** How a run ended. */
export type Outcome =
  | { readonly kind: 'stored'; readonly artifact: Artifact; readonly includedArtifacts: readonly Artifact[] }
  | {
      readonly kind: 'failed'
      readonly condition: FailureType
      readonly reason: string
      readonly message: string
      readonly stalled?: boolean
    }

/** The condition that a failure sets. */
export type FailureType = 'FetchFailed' | 'IncludeUnavailable' | 'StorageOperationFailed'

type Status = NonNullable<GitRepository['status']>

const ownedTypes = [
  ...['Ready', 'Reconciling', 'Stalled', 'ArtifactInStorage', 'ArtifactOutdated', 'FetchFailed'],
  ...['IncludeUnavailable', 'StorageOperationFailed', 'SourceVerified'],
]

/** Whether what the spec says about the content of the artifact differs from what the artifact was made of. */
export function isContentConfigChanged(repository: GitRepository, included: readonly Artifact[]): boolean {
  const { spec, status } = repository
  const revisions = (artifacts: readonly { readonly revision: string; readonly digest: string }[] | undefined) =>
    (artifacts ?? []).map(({ revision, digest }) => ({ revision, digest }))
  return !(
    (spec.ignore ?? '') === (status?.observedIgnore ?? '') &&
    (spec.recurseSubmodules ?? false) === (status?.observedRecurseSubmodules ?? false) &&
    jsonEqual(json(spec.sparseCheckout ?? []), json(status?.observedSparseCheckout ?? [])) &&
    jsonEqual(json(spec.include ?? []), json(status?.observedInclude ?? [])) &&
    jsonEqual(json(revisions(included)), json(revisions(status?.includedArtifacts)))
  )
}

/** Whether a run comes of the interval alone: nobody asked for it, nothing of the spec is new, and nothing is to be mended. */
export function isRoutine(repository: GitRepository): boolean {
  const { status, metadata } = repository
  const asked = requestedAt(repository)
  return (
    status?.observedGeneration === metadata?.generation &&
    (asked === undefined || asked === status?.lastHandledReconcileAt) &&
    isConditionTrue(status?.conditions, 'Ready')
  )
}

/** The whole status after a run. A failure keeps the artifact that there was, so that consumers go on working. */
export function statusAfter(repository: GitRepository, outcome: Outcome, now: Date): Status {
  const { spec, status = {} } = repository
  const generation = repository.metadata?.generation ?? 0
  const asked = requestedAt(repository)
  const handled = asked === undefined ? {} : { lastHandledReconcileAt: asked }
  const withConditions = (wanted: readonly FluxCondition[]) =>
    fluxConditions(status.conditions, ownedTypes, wanted, generation, now)
  if (outcome.kind === 'failed') {
    const { condition, reason, message, stalled } = outcome
    return {
      ...status,
      ...handled,
      // A failed run has not dealt with the generation, unless trying again cannot help.
      ...(stalled ? { observedGeneration: generation } : {}),
      conditions: withConditions([
        { type: 'Ready', status: 'False', reason, message },
        { type: condition, status: 'True', reason, message },
        stalled
          ? { type: 'Stalled', status: 'True', reason, message }
          : { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message: retryMessage(repository) },
        ...kept(status, 'ArtifactInStorage'),
      ]),
    }
  }
  const { artifact, includedArtifacts } = outcome
  const success = {
    status: 'True',
    reason: 'Succeeded',
    message: `stored artifact for revision '${artifact.revision}'`,
  } as const
  const observed = {
    artifact,
    observedIgnore: spec.ignore,
    observedRecurseSubmodules: spec.recurseSubmodules || undefined,
    observedSparseCheckout: spec.sparseCheckout,
    observedInclude: spec.include,
    includedArtifacts: includedArtifacts.length > 0 ? includedArtifacts : undefined,
  }
  const {
    observedIgnore: _i,
    observedRecurseSubmodules: _r,
    observedSparseCheckout: _s,
    observedInclude: _n,
    ...rest
  } = status
  const { includedArtifacts: _a, ...others } = rest
  return {
    ...others,
    ...handled,
    ...present(observed),
    observedGeneration: generation,
    conditions: withConditions([
      { type: 'Ready', ...success },
      { type: 'ArtifactInStorage', ...success },
    ]),
  }
}

/** The status while a new revision is being stored. */
export function statusWhileBuilding(repository: GitRepository, message: string, now: Date): Status {
  const { status = {} } = repository
  const generation = repository.metadata?.generation ?? 0
  const progress = { reason: 'Progressing', message }
  const conditions = fluxConditions(
    status.conditions,
    ownedTypes,
    [
      { type: 'Reconciling', status: 'True', ...progress },
      { type: 'Ready', status: 'Unknown', ...progress },
      ...kept(status, 'ArtifactInStorage'),
    ],
    generation,
    now,
  )
  return { ...status, conditions }
}

function retryMessage(repository: GitRepository): string {
  const { generation = 0 } = repository.metadata ?? {}
  const observed = repository.status?.observedGeneration ?? -1
  return observed === generation
    ? 'reconciliation in progress'
    : `processing object: new generation ${observed} -> ${generation}`
}

function kept(status: Status, type: string): readonly FluxCondition[] {
  return (status.conditions ?? []).filter(condition => condition.type === type)
}

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // The filter takes out exactly what the type no longer has.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function json(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}

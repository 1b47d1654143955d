/** What the status of a source says of a run: what HelmRepositories, HelmCharts and OCIRepositories share. Pure. */
import type { HelmChart, HelmRepository, OCIRepository } from '../api/source/v1.ts'
import type { Artifact } from './artifact-store.ts'
import { type FluxCondition, fluxConditions } from './flux-conditions.ts'
import { requestedAt } from './triggers.ts'

/** How a run ended. */
export type SourceOutcome =
  | { readonly kind: 'stored'; readonly artifact: Artifact; readonly reason: string; readonly message: string }
  | {
      readonly kind: 'failed'
      /** The condition that the failure sets. Default `FetchFailed`. */
      readonly condition?: 'FetchFailed' | 'StorageOperationFailed'
      readonly reason: string
      readonly message: string
      readonly stalled: boolean
    }

type Source = HelmRepository | HelmChart | OCIRepository

const ownedTypes = [
  ...['Ready', 'Reconciling', 'Stalled', 'ArtifactInStorage', 'ArtifactOutdated', 'FetchFailed', 'BuildFailed'],
  'StorageOperationFailed',
]

/** The status fields that the kinds share. A failure keeps the artifact that there was. */
export function sourceStatusAfter(source: Source, outcome: SourceOutcome, now: Date) {
  const { status = {}, metadata } = source
  const { generation = 0 } = metadata ?? {}
  const asked = requestedAt(source)
  const handled = asked === undefined ? {} : { lastHandledReconcileAt: asked }
  const conditions = (wanted: readonly FluxCondition[]) =>
    fluxConditions(status.conditions, ownedTypes, wanted, generation, now)
  if (outcome.kind === 'failed') {
    const { condition = 'FetchFailed', reason, message, stalled } = outcome
    const stored = (status.conditions ?? []).filter(({ type }) => type === 'ArtifactInStorage')
    return {
      ...handled,
      ...(stalled ? { observedGeneration: generation } : {}),
      conditions: conditions([
        { type: 'Ready', status: 'False', reason, message },
        { type: condition, status: 'True', reason, message },
        stalled
          ? { type: 'Stalled', status: 'True', reason, message }
          : {
              type: 'Reconciling',
              status: 'True',
              reason: 'ProgressingWithRetry',
              message: 'reconciliation in progress',
            },
        ...stored,
      ]),
    }
  }
  const { reason, message, artifact } = outcome
  return {
    ...handled,
    observedGeneration: generation,
    artifact,
    conditions: conditions([
      { type: 'Ready', status: 'True', reason, message },
      { type: 'ArtifactInStorage', status: 'True', reason, message },
    ]),
  }
}

/** What the status of a HelmRepository or HelmChart says of a run. Pure. */
import type { HelmChart, HelmRepository } from '../../api/source/v1.ts'
import type { Artifact } from '../../sync/artifact-store.ts'
import { type FluxCondition, fluxConditions } from '../../sync/flux-conditions.ts'
import { requestedAt } from '../../sync/triggers.ts'

/** How a run ended. */
export type Outcome =
  | { readonly kind: 'stored'; readonly artifact: Artifact; readonly reason: string; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string; readonly stalled: boolean }

type Source = HelmRepository | HelmChart

const ownedTypes = [
  ...['Ready', 'Reconciling', 'Stalled', 'ArtifactInStorage', 'ArtifactOutdated', 'FetchFailed', 'BuildFailed'],
  'StorageOperationFailed',
]

/** The status fields that both kinds share. A failure keeps the artifact that there was. */
export function statusAfter(source: Source, outcome: Outcome, now: Date) {
  const { status = {}, metadata } = source
  const { generation = 0 } = metadata ?? {}
  const asked = requestedAt(source)
  const handled = asked === undefined ? {} : { lastHandledReconcileAt: asked }
  const conditions = (wanted: readonly FluxCondition[]) =>
    fluxConditions(status.conditions, ownedTypes, wanted, generation, now)
  if (outcome.kind === 'failed') {
    const { reason, message, stalled } = outcome
    const stored = (status.conditions ?? []).filter(({ type }) => type === 'ArtifactInStorage')
    return {
      ...handled,
      ...(stalled ? { observedGeneration: generation } : {}),
      conditions: conditions([
        { type: 'Ready', status: 'False', reason, message },
        { type: 'FetchFailed', status: 'True', reason, message },
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

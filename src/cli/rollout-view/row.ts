/** What is shown of one rollout in one cluster. */
import type { Canary } from '../../api/flagger/v1beta1.ts'

/** One line of the table. */
export interface RolloutRow {
  readonly cluster: string
  /** `-` until there is a Canary. */
  readonly phase: string
  /** Percent of the traffic that goes to the canary. */
  readonly weight: number
  readonly failedChecks: number
  /** How many failed checks end the rollout. */
  readonly threshold: number
  /** Of the canary's requests, in percent; absent: no traffic. */
  readonly successPercent?: number
  /** Of the slowest percent of the canary's requests; absent: no traffic. */
  readonly latencyMs?: number
  /** What the engine says, such as why it waits. */
  readonly message: string
}

/** The row of a Canary. */
export function rowOf(
  cluster: string,
  canary: Canary | undefined,
  metrics: Pick<RolloutRow, 'successPercent' | 'latencyMs'> = {},
): RolloutRow {
  const status = canary?.status
  const message = status?.conditions?.find(({ type }) => type === 'Promoted')?.message ?? ''
  return {
    cluster,
    phase: status?.phase || '-',
    weight: status?.canaryWeight ?? 0,
    failedChecks: status?.failedChecks ?? 0,
    threshold: canary?.spec?.analysis?.threshold ?? 0,
    message,
    ...metrics,
  }
}

/** Whether what is in the row says something new beside its metrics. A Canary that is not there yet says nothing. */
export function isNews(row: RolloutRow, before: RolloutRow | undefined): boolean {
  if (!before && row.phase === '-') return false
  return (
    !before || row.phase !== before.phase || row.weight !== before.weight || row.failedChecks !== before.failedChecks
  )
}

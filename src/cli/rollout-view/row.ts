/** What is shown of one rollout in one cluster. */
import { standingOf } from '../../api/flagger/conditions.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'

/** One line of the table. */
export interface RolloutRow {
  readonly cluster: string
  /** `NAMESPACE/NAME` of the Canary, which is that of its workload. */
  readonly workload: string
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
  { cluster, workload }: Pick<RolloutRow, 'cluster' | 'workload'>,
  canary: Canary | undefined,
  metrics: Pick<RolloutRow, 'successPercent' | 'latencyMs'> = {},
): RolloutRow {
  const status = canary?.status
  return {
    cluster,
    workload,
    phase: status?.phase || '-',
    weight: status?.canaryWeight ?? 0,
    failedChecks: status?.failedChecks ?? 0,
    threshold: canary?.spec?.analysis?.threshold ?? 0,
    message: standingOf(status),
    ...metrics,
  }
}

/** Remembers the rows it is given, and gives back those that say something new. */
export function newNews(): (rows: readonly RolloutRow[]) => readonly RolloutRow[] {
  const known = new Map<string, RolloutRow>()
  const keyOf = ({ cluster, workload }: RolloutRow) => `${cluster} ${workload}`
  return rows => {
    const news = rows.filter(row => isNews(row, known.get(keyOf(row))))
    for (const row of rows) known.set(keyOf(row), row)
    return news
  }
}

/** Whether what is in the row says something new beside its metrics. A Canary that is not there yet says nothing. */
function isNews(row: RolloutRow, before: RolloutRow | undefined): boolean {
  if (!before) return row.phase !== '-'
  return row.phase !== before.phase || row.weight !== before.weight || row.failedChecks !== before.failedChecks
}

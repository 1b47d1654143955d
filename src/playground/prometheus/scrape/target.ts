/** What is scraped. */

/** One target. Two targets with the same job, address and labels are one. */
export interface Target {
  readonly job: string
  /** Put onto every sample; they win over the target's own, which become `exported_NAME`. */
  readonly labels: Readonly<Record<string, string>>
  /** Where to GET the metrics; its host and port become the label `instance` unless `labels` has one. */
  readonly url: string
  /** Gives the metrics inside of this process instead of by HTTP, in the text format. */
  readonly collect?: () => string | Promise<string>
}

/** Names the targets of the moment. */
export interface TargetSource {
  /** Cheap: called several times a second. */
  list(): readonly Target[]
}

/** How a target is doing. */
export interface TargetStatus {
  readonly target: Target
  /** The labels on its samples. */
  readonly labels: Readonly<Record<string, string>>
  readonly health: 'unknown' | 'up' | 'down'
  /** Why it is down, or ''. */
  readonly lastError: string
  /** Wall-clock milliseconds; absent before the first scrape. */
  readonly lastScrapeMs?: number
  readonly lastDurationMs: number
}

/** The labels that a target's samples get: its own, `job` and `instance`. */
export function targetLabels(target: Target): Record<string, string> {
  return { instance: hostOf(target.url), ...target.labels, job: target.job }
}

function hostOf(url: string): string {
  try {
    const { host, port, protocol } = new URL(url)
    return port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
  } catch {
    return url
  }
}

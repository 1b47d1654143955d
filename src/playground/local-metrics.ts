/** A member's Prometheus: scrapes the mesh and the pods that ask for it. */
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import type { Mesh } from './gateway/mesh.ts'
import type { GroupWatch } from './prometheus/external/binary.ts'
import type { RealPrometheusChoice } from './prometheus/external/choice.ts'
import { allTargets, podTargets } from './prometheus/scrape/pod-targets.ts'
import type { TargetSource } from './prometheus/scrape/target.ts'

/** A running one. */
export interface LocalMetrics {
  /** Where queries go, without a slash at the end. */
  readonly url: string
  /** What a Prometheus that runs elsewhere should scrape, for its `http_sd_configs`; absent where one runs here. */
  readonly targetsUrl?: string
  close(): Promise<void>
}

/** What it is started with. */
export interface LocalMetricsDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly mesh: Mesh
  /** Of these those are scraped whose annotations ask for it. */
  readonly pods: Parameters<typeof podTargets>[0]
  /** Default: any free one. */
  readonly port?: number
  readonly scrapeIntervalMs?: number
  /** Absent: the embedded one. */
  readonly real?: RealPrometheusChoice
  /** Where a real one keeps its data. */
  readonly folder: string
  readonly groups: GroupWatch
}

/** Starts it; each kind is loaded when it is used. */
export async function startLocalMetrics(deps: LocalMetricsDeps): Promise<LocalMetrics> {
  const { clock, log, mesh, port = 0, real, folder, groups, scrapeIntervalMs } = deps
  const meshTarget = {
    job: 'istio-mesh',
    labels: {},
    url: `http://127.0.0.1:${mesh.proxy.port}/stats/prometheus`,
    collect: () => mesh.metrics(),
  }
  const targets: TargetSource = allTargets({ list: () => [meshTarget] }, podTargets(deps.pods))
  const shared = { clock, log, port, targets, ...(scrapeIntervalMs ? { scrapeIntervalMs } : {}) }
  if (real?.kind === 'binary') {
    const { startPrometheusBinary } = await import('./prometheus/external/binary.ts')
    return startPrometheusBinary({ ...shared, binary: real.file, dir: folder, groups })
  }
  if (real?.kind === 'url') {
    const { serveTargets } = await import('./prometheus/external/target-server.ts')
    const served = await serveTargets(shared)
    return { url: real.url, targetsUrl: served.discoveryUrl, close: served.close }
  }
  const { startPrometheus } = await import('./prometheus/server.ts')
  return startPrometheus(shared)
}

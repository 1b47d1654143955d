/** A member's Prometheus: scrapes the mesh and the pods that ask for it. */
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import type { Mesh } from './gateway/mesh.ts'
import { allTargets, podTargets } from './prometheus/scrape/pod-targets.ts'
import { type EmbeddedPrometheus, startPrometheus } from './prometheus/server.ts'

/** Starts it; of `pods` those are scraped whose annotations ask for it. */
export function startLocalMetrics(deps: {
  readonly clock: Clock
  readonly log: Logger
  readonly mesh: Mesh
  readonly pods: Parameters<typeof podTargets>[0]
  /** Default: any free one. */
  readonly port?: number
  readonly scrapeIntervalMs?: number
}): Promise<EmbeddedPrometheus> {
  const { clock, log, mesh, pods, port = 0, scrapeIntervalMs } = deps
  const meshTarget = {
    job: 'istio-mesh',
    labels: {},
    url: `http://127.0.0.1:${mesh.proxy.port}/stats/prometheus`,
    collect: () => mesh.metrics(),
  }
  return startPrometheus({
    clock,
    log,
    port,
    targets: allTargets({ list: () => [meshTarget] }, podTargets(pods)),
    ...(scrapeIntervalMs ? { scrapeIntervalMs } : {}),
  })
}

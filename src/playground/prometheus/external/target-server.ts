/** Tells a real Prometheus what to scrape, in its http_sd form, and serves the targets that are inside of this process. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../../runtime/clock.ts'
import { type HttpServer, sendJson, sendText, startHttpServer } from '../../../runtime/http-server.ts'
import { type Logger, silentLogger } from '../../../runtime/log.ts'
import { metricsContentType } from '../../../runtime/metrics.ts'
import { type Target, type TargetSource, targetLabels } from '../scrape/target.ts'

/** A running one. */
export interface TargetServer {
  /** For `http_sd_configs`. */
  readonly discoveryUrl: string
  close(): Promise<void>
}

/** Starts it on 127.0.0.1, on a free port unless one is given. */
export async function serveTargets(options: {
  readonly targets: TargetSource
  readonly clock: Clock
  readonly log?: Logger
  readonly port?: number
}): Promise<TargetServer> {
  const { targets, clock, log = silentLogger, port = 0 } = options
  const server: HttpServer = await startHttpServer({
    port,
    clock,
    log,
    async handler(request, response) {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const own = `127.0.0.1:${server.port}`
      if (path === '/targets')
        return sendJson(
          response,
          200,
          targets.list().map(target => groupOf(target, own)),
        )
      const target = targets.list().find(one => one.collect && path === collectPath(one))
      if (!target?.collect) return sendText(response, 404, 'no such target\n')
      sendText(response, 200, await target.collect(), metricsContentType)
    },
  })
  return { discoveryUrl: `${server.url}/targets`, close: () => server.close(0) }
}

/** One group of http_sd: the labels decide how the one address in it is scraped and what its samples carry. */
function groupOf(target: Target, ownAddress: string): { targets: string[]; labels: Record<string, string> } {
  const labels = targetLabels(target)
  if (target.collect) return { targets: [ownAddress], labels: { ...labels, __metrics_path__: collectPath(target) } }
  const url = new URL(target.url)
  const parameters = [...url.searchParams].map(([name, value]) => [`__param_${name}`, value] as const)
  return {
    targets: [labels['instance'] === undefined || target.labels['instance'] ? url.host : labels['instance']],
    labels: {
      ...labels,
      ...Object.fromEntries(parameters),
      __scheme__: url.protocol.slice(0, -1),
      __metrics_path__: url.pathname,
    },
  }
}

function collectPath(target: Target): string {
  const identity = JSON.stringify([target.job, target.url, Object.entries(target.labels).sort()])
  return `/collect/${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`
}

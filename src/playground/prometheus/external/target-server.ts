/** Tells a real Prometheus what to scrape, in its http_sd form, and serves the targets that are inside of this process. */
import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Target, type TargetSource, targetLabels } from '../scrape/target.ts'

/** A running one. */
export interface TargetServer {
  /** For `http_sd_configs`. */
  readonly discoveryUrl: string
  close(): Promise<void>
}

/** Starts it on a free port of 127.0.0.1, or the one that is given. */
export async function serveTargets(targets: TargetSource, port = 0): Promise<TargetServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/targets') {
      const { port: own } = server.address() as AddressInfo // it listens, or there would be no request
      const groups = targets.list().map(target => groupOf(target, `127.0.0.1:${own}`))
      return send(response, 200, 'application/json', JSON.stringify(groups))
    }
    const target = targets.list().find(one => one.collect && path === collectPath(one))
    if (!target?.collect) return send(response, 404, 'text/plain', 'no such target\n')
    Promise.resolve(target.collect()).then(
      text => send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text),
      error => send(response, 500, 'text/plain', `${error instanceof Error ? error.message : error}\n`),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as AddressInfo
  return {
    discoveryUrl: `http://127.0.0.1:${own}/targets`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
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

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}

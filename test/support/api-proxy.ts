/** An HTTP proxy in front of an API server that shows, spoils or ends requests: what a bad network does to a client. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Agent, request } from 'undici'
import type { Status } from '../../src/apimachinery/meta.ts'
import { kubeconfigFor } from './real-control-plane.ts'
import type { ApiAccess } from './target.ts'

/** A request on its way to the API. */
export interface ProxiedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly isWatch: boolean
}

/** What happens to a request instead of its ordinary answer. */
export type Fault =
  /** The API never sees it: this code is the answer. */
  | { readonly kind: 'refuse'; readonly code: number; readonly reason: string }
  /** The connection breaks, before or after the API has carried it out. */
  | { readonly kind: 'break'; readonly when: 'before' | 'after' }
  /** There is no answer, ever; the API may have carried it out. */
  | { readonly kind: 'hang'; readonly isCarriedOut: boolean }

/** What a test does with the traffic. */
export interface ApiProxyOptions {
  readonly api: Pick<ApiAccess, 'url' | 'token' | 'caPem'>
  /** Absent, or nothing given: the request goes through. */
  readonly fault?: (request: ProxiedRequest) => Fault | undefined
  /** Sees each write that the API has accepted, before the client has its answer. `object` is the answer. */
  readonly written?: (request: ProxiedRequest, object: unknown) => Promise<void> | void
}

/** A running proxy. */
export interface ApiProxy {
  /** A kubeconfig (YAML) of the API through this proxy. */
  readonly kubeconfig: string
  /** Breaks all watches in the middle of whatever they carry. */
  dropWatches(): void
  close(): Promise<void>
}

/** Starts one on a free port of loopback. */
export async function startApiProxy(options: ApiProxyOptions): Promise<ApiProxy> {
  const { api } = options
  const agent = new Agent({ connect: { ca: api.caPem }, connections: 64, bodyTimeout: 0 })
  const watches = new Set<ServerResponse>()
  const server = createServer((incoming, outgoing) => {
    relay(options, agent, incoming, outgoing, watches).catch(() => outgoing.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return {
    kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`, api.token, api.caPem),
    dropWatches() {
      for (const watch of watches) watch.destroy()
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await agent.destroy()
    },
  }
}

async function relay(
  { api, fault, written }: ApiProxyOptions,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  watches: Set<ServerResponse>,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming
  const [path = '', query = ''] = url.split('?')
  const isWatch = new URLSearchParams(query).has('watch')
  const seen: ProxiedRequest = { method, path, isWatch }
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const happens = fault?.(seen)
  if (happens?.kind === 'refuse') return refuse(outgoing, happens)
  if (happens?.kind === 'break' && happens.when === 'before') return void outgoing.destroy()
  if (happens?.kind === 'hang' && !happens.isCarriedOut) return
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  const { 'content-type': contentType = 'application/json', accept = 'application/json' } = incoming.headers
  const answer = await request(api.url + url, {
    // The method came from a request to an API.
    method: method as 'GET',
    dispatcher: agent,
    headers: { authorization: `Bearer ${api.token}`, 'content-type': contentType, accept },
    body: chunks.length > 0 ? Buffer.concat(chunks) : null,
    signal: gone.signal,
  })
  const headers = { 'content-type': String(answer.headers['content-type'] ?? 'application/json') }
  if (isWatch) {
    watches.add(outgoing)
    outgoing.on('close', () => watches.delete(outgoing))
    outgoing.writeHead(answer.statusCode, headers)
    return pipeline(answer.body, outgoing)
  }
  const text = await answer.body.text()
  if (method !== 'GET' && answer.statusCode < 300) await written?.(seen, JSON.parse(text))
  if (happens?.kind === 'break') return void outgoing.destroy()
  if (happens?.kind === 'hang') return
  outgoing.writeHead(answer.statusCode, headers)
  outgoing.end(text)
}

function refuse(outgoing: ServerResponse, { code, reason }: Fault & { kind: 'refuse' }): void {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, code }
  outgoing.writeHead(code, { 'content-type': 'application/json', ...(code === 429 ? { 'retry-after': '1' } : {}) })
  outgoing.end(JSON.stringify(status))
}

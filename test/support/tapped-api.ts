/** An HTTP proxy in front of a cluster's API that tells a test of every write before its sender hears the answer. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { Agent, request } from 'undici'
import { kubeconfigFor } from './real-control-plane.ts'

/** A write that the API has carried out. */
export interface TappedWrite {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly body: string
}

/** A running proxy. */
export interface TappedApi {
  /** YAML; leads to the proxy. */
  readonly kubeconfig: string
  close(): Promise<void>
}

/** Starts a proxy; what `onWrite` gives is waited for before the answer is passed on. */
export async function startTappedApi(
  api: { readonly url: string; readonly token: string; readonly caPem: string },
  onWrite: (write: TappedWrite) => void | Promise<void>,
): Promise<TappedApi> {
  const dispatcher = new Agent({ connect: { ca: api.caPem }, bodyTimeout: 0, headersTimeout: 0 })
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy()) // Whoever asked, or the API, has gone.
  })

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await textOf(incoming)
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = incoming.headers
    const method = incoming.method ?? 'GET'
    const answer = await request(`${api.url}${incoming.url}`, {
      method: method as 'GET', // Whatever the client sends.
      headers,
      ...(body ? { body } : {}),
      dispatcher,
      // A write that has begun is carried out, as on a network.
      ...(method === 'GET' ? { signal: gone.signal } : {}),
    })
    if (method !== 'GET' && answer.statusCode < 300) {
      await onWrite({ method, path: (incoming.url ?? '').split('?')[0] ?? '', body })
    }
    const { 'transfer-encoding': _____, connection: ______, ...passed } = answer.headers
    outgoing.writeHead(answer.statusCode, passed)
    outgoing.flushHeaders()
    pipeline(answer.body, outgoing, () => {})
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return {
    kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`, api.token, api.caPem),
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await dispatcher.destroy()
    },
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk
  return text
}

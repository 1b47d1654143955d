/** Raw requests to a real kube-apiserver, for recording what it answers. */
import { Agent, request } from 'undici'
import { startRealControlPlane } from '../../test/support/real-control-plane.ts'

/** One answer of the server. */
export interface RawResponse {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** A running server, spoken to as its administrator. */
export interface RealApiServer {
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<RawResponse>
  close(): Promise<void>
}

/** Starts etcd and kube-apiserver out of KUBEBUILDER_ASSETS, without controllers that would write on their own. */
export async function startRealApiServer(): Promise<RealApiServer> {
  const { url, token, caPem, close } = await startRealControlPlane({ controllers: [] })
  const dispatcher = new Agent({ connect: { ca: caPem } })
  return {
    async call(method, where, { body, headers } = {}) {
      const response = await request(url + where, {
        method,
        dispatcher,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      })
      return {
        status: response.statusCode,
        contentType: String(response.headers['content-type']),
        text: await response.body.text(),
      }
    },
    async close() {
      await dispatcher.close()
      await close()
    },
  }
}

/** An HTTP CONNECT proxy on a socket of the file system: the way of a real API server to Services of its cluster. */
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

/** A running proxy. */
export interface EgressProxy {
  /** The configuration of kube-apiserver that leads calls of webhooks through it. */
  readonly configuration: string
  close(): Promise<void>
}

/** Starts one; `leads` says where an address, such as `10.0.0.7:443`, is. */
export async function startEgressProxy(
  socketFile: string,
  leads: (address: string) => { readonly host: string; readonly port: number } | undefined,
): Promise<EgressProxy> {
  const open = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request, caller: Socket) => {
    const target = leads(request.url ?? '')
    if (!target) return void caller.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const service = connect(target, () => {
      caller.write('HTTP/1.1 200 OK\r\n\r\n')
      service.pipe(caller).pipe(service)
    })
    for (const socket of [caller, service]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      socket.once('error', () => {
        caller.destroy()
        service.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(socketFile, resolve))
  return {
    configuration: `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport:
      uds:
        udsName: ${socketFile}
`,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

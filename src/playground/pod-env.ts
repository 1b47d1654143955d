/** What every pod of a local member finds in its environment: the way into the mesh, and the addresses of Services. */
import type { Pod, Service } from '../api/core/core-v1.ts'
import { workloadOf } from './gateway/services.ts'
import { proxyUser } from './gateway/source.ts'
import { serviceVariables } from './kubelet/service-variables.ts'

/** The variables of a pod. Pure. */
export function podEnv(pod: Pod, services: readonly Service[], proxyPort: number): Record<string, string> {
  return { ...serviceEnv(pod, services), ...meshEnv(pod, proxyPort) }
}

/** The addresses of the Services of its namespace, as the kubelet puts them into a pod's environment. */
function serviceEnv({ metadata, spec }: Pod, services: readonly Service[]): Record<string, string> {
  if (spec?.enableServiceLinks === false) return {}
  const own = services.filter(service => service.metadata?.namespace === metadata?.namespace)
  return Object.fromEntries(own.flatMap(service => serviceVariables(service)))
}

/** The way into the mesh from inside a pod; the user name tells the mesh who calls. */
function meshEnv(pod: Pod, proxyPort: number): Record<string, string> {
  const proxy = `http://${proxyUser(workloadOf(pod), pod.metadata?.labels)}@127.0.0.1:${proxyPort}`
  return { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'localhost,127.0.0.1' }
}

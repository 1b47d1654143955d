/** The proxies that the environment of a program names. */
import { environmentProxy, type ProxyFor, ProxyVariableError } from '../runtime/environment-proxy.ts'
import type { ClusterConfig } from '../runtime/kubeconfig.ts'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'

/** An option for whatever sends requests; empty where no proxy is named. @throws CliError where a variable holds none */
export function proxiesOf({ env }: Pick<Io, 'env'>): { readonly proxyFor?: ProxyFor } {
  try {
    const proxyFor = environmentProxy(env)
    return proxyFor ? { proxyFor } : {}
  } catch (cause) {
    if (cause instanceof ProxyVariableError) throw new CliError('usage', cause.message, { cause })
    throw cause
  }
}

/**
 * The way to a cluster: by the proxy that its kubeconfig names, or else the environment, as client-go goes it.
 * @throws CliError where a variable holds none
 */
export function wayToClusters(io: Pick<Io, 'env'>): (config: ClusterConfig) => ClusterConfig {
  const { proxyFor } = proxiesOf(io)
  return config => {
    const proxy = config.proxy ?? proxyFor?.(config.server)
    return proxy === undefined ? config : { ...config, proxy }
  }
}

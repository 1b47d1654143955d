/** Which router a provider's name stands for. */
import { newGatewayApiBetaRouter, newGatewayApiRouter } from './gateway-api.ts'
import { newIstioRouter } from './istio.ts'
import { newKubernetesRouter } from './kubernetes.ts'
import { newKumaRouter } from './kuma.ts'
import { newNginxRouter } from './nginx.ts'
import type { RouterFactory } from './router.ts'

/** Routers by the provider's name, as in `spec.provider` and `-mesh-provider`. */
export const routerFactories: Readonly<Record<string, RouterFactory>> = {
  'gatewayapi:v1': newGatewayApiRouter,
  'gatewayapi:v1beta1': newGatewayApiBetaRouter,
  istio: newIstioRouter,
  kubernetes: newKubernetesRouter,
  kuma: newKumaRouter,
  nginx: newNginxRouter,
}

/** No router has the name. */
export class UnknownProviderError extends Error {
  override readonly name = 'UnknownProviderError'
  readonly reason = 'UnknownProvider'

  constructor(provider: string, known: readonly string[]) {
    super(`traffic provider ${JSON.stringify(provider)} is not supported; use one of ${known.join(', ')}`)
  }
}

/** The factory of a provider. @throws UnknownProviderError with the names that are known */
export function routerFactory(provider: string): RouterFactory {
  const factory = Object.hasOwn(routerFactories, provider) ? routerFactories[provider] : undefined
  if (!factory) throw new UnknownProviderError(provider, Object.keys(routerFactories))
  return factory
}

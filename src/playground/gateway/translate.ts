/** Translates objects one by one, so that a bad one spoils nobody else's routes. Pure. */
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import type { RouteConfig } from './config.ts'

/** The routes of all objects; one that cannot be translated becomes a route without hosts that says why. */
export function translateEach<T extends KubernetesObject>(
  kind: string,
  objects: readonly T[],
  translate: (object: T, origin: string) => readonly RouteConfig[],
): RouteConfig[] {
  return objects.flatMap(object => {
    const { namespace, name } = object.metadata ?? {}
    const origin = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
    try {
      return translate(object, origin)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      return [{ origin, meshServices: [], meshHosts: [], gatewayHosts: [], rules: [], problem }]
    }
  })
}

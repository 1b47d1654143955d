/** The provider `kubernetes`: no weights; traffic moves when the primary gets the new revision. */
import type { Router } from './router.ts'

/** Sets nothing. Whoever has been tried counts as having all traffic, as upstream's metrics show it. */
export function newKubernetesRouter(): Router {
  return {
    splitsTraffic: false,
    mirrors: false,
    state: () => 'current',
    reconcile: async () => {},
    getRoutes: ({ canary }) =>
      (canary.status?.iterations ?? 0) > 0
        ? { primaryWeight: 0, canaryWeight: 100, mirrored: false }
        : { primaryWeight: 100, canaryWeight: 0, mirrored: false },
    setRoutes: async () => {},
    finalize: async () => {},
  }
}

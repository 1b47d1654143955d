/** Session cookies: one value a rollout, gone when the weight is back at zero. */
import { createHash } from 'node:crypto'
import type { Action } from './decision.ts'
import type { Observed, Routes } from './observed.ts'
import type { RolloutStatus } from './status.ts'

/** Letters of a cookie's value, as many as Flagger's have. */
const valueLength = 10

/** The step that sets routes, and what of it belongs in the status that is written after. */
export function routeTo(
  o: Observed,
  routes: Routes,
): { readonly action: Action; readonly status: Partial<RolloutStatus> } {
  const status = nextCookies(o, routes.canaryWeight)
  const after = { ...o.status, ...status }
  const cookies = {
    current: after.sessionAffinityCookie ?? '',
    previous: after.previousSessionAffinityCookie ?? '',
    primary: after.primarySessionAffinityCookie ?? '',
  }
  return { action: { kind: 'setRoutes', ...routes, cookies }, status }
}

function nextCookies({ spec, status }: Observed, canaryWeight: number): Partial<RolloutStatus> {
  const { sessionAffinity, strategy } = spec
  if (!sessionAffinity || strategy.kind !== 'canary') return {}
  const current = status.sessionAffinityCookie
  if (canaryWeight === 0) return current ? { previousSessionAffinityCookie: current, sessionAffinityCookie: '' } : {}
  const { cookieName, primaryCookieName } = sessionAffinity
  return {
    ...(current ? {} : { sessionAffinityCookie: `${cookieName}=${value(spec.canary.uid, status, 'canary')}` }),
    ...(status.primarySessionAffinityCookie || !primaryCookieName
      ? {}
      : { primarySessionAffinityCookie: `${primaryCookieName}=${value(spec.canary.uid, status, 'primary')}` }),
  }
}

/** Follows from the status alone, so that a step that is repeated after a crash sets the same cookie again. */
function value(uid: string, status: RolloutStatus, side: string): string {
  const seed = [uid, side, status.lastAppliedSpec, status.lastTransitionTime].join('/')
  const bytes = createHash('sha256').update(seed).digest().subarray(0, valueLength)
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return [...bytes].map(byte => letters[byte % letters.length]).join('')
}

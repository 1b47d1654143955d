/** Traffic routers: what the rollout engine asks of each, one file a provider. */

import type { ServicePort } from '../api/core/core-v1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { OwnerReference } from '../apimachinery/meta.ts'
import type { ClusterView } from '../runtime/cluster-view.ts'

/** The Canary whose traffic is routed, and what is known of its target. */
export interface RouteTarget {
  readonly canary: Canary
  /** The Canary as the controller of what is made for it. */
  readonly owner: OwnerReference
  /** The label that tells the pods of the target from those of the primary; absent for a Service as target. */
  readonly podLabel?: { readonly key: string; readonly value: string }
  /** Ports of the services, their own first. */
  readonly ports: readonly ServicePort[]
}

/** Shares in percent, 100 together, and whether the canary gets a copy of the primary's requests. */
export interface Routes {
  readonly primaryWeight: number
  readonly canaryWeight: number
  readonly mirrored: boolean
}

/** Session cookies as `name=value`; empty: none. */
export interface SessionCookies {
  readonly current: string
  readonly previous: string
  readonly primary: string
}

/** `current`: nothing has to be written; `absent`: at least one object is missing. */
export type ObjectsState = 'current' | 'absent' | 'drifted'

/** Sets what traffic does. Reads cost no request: they go to the view's caches. */
export interface Router {
  /** What the provider can do; the engine keeps to it. */
  readonly splitsTraffic: boolean
  readonly mirrors: boolean
  /**
   * Whether the provider's objects are as {@link reconcile} leaves them; weights do not count.
   * @throws RouteSpecError where the provider cannot do what the Canary asks for
   */
  state(target: RouteTarget): ObjectsState
  /** Creates or corrects the provider's objects. Idempotent; leaves current weights alone. */
  reconcile(target: RouteTarget, signal: AbortSignal): Promise<void>
  /** @throws RoutesUnreadableError where the objects do not tell */
  getRoutes(target: RouteTarget): Routes
  setRoutes(target: RouteTarget, routes: Routes, cookies: SessionCookies, signal: AbortSignal): Promise<void>
  /** Puts back what was there before the first reconcile. */
  finalize(target: RouteTarget, signal: AbortSignal): Promise<void>
}

/** Keeps the Kubernetes Services of a Canary, whatever the provider. */
export interface ServiceRouter {
  /** `<svc>-canary` and `<svc>-primary`. */
  readonly sides: ServicePart
  /** `<svc>`, which clients call and which selects the primary. */
  readonly apex: ServicePart
  /** Gives the apex service back to the target, unless it goes with the Canary. */
  finalize(target: RouteTarget, signal: AbortSignal): Promise<void>
}

/** One set of Services. */
export interface ServicePart {
  state(target: RouteTarget): ObjectsState
  reconcile(target: RouteTarget, signal: AbortSignal): Promise<void>
}

/** Makes a router for one cluster. */
export type RouterFactory = (deps: RouterDeps) => Router

/** What routers need. */
export interface RouterDeps {
  readonly view: ClusterView
  /** What ingress-nginx's annotations begin with. Absent: its default. */
  readonly ingressAnnotationsPrefix?: string
}

/** The objects of the provider do not tell what traffic does; the message is the event's. */
export class RoutesUnreadableError extends Error {
  override readonly name = 'RoutesUnreadableError'
  readonly reason = 'RoutesUnreadable'
}

/** The provider's objects cannot be made from this Canary. */
export class RouteSpecError extends Error {
  override readonly name = 'RouteSpecError'
  readonly reason = 'InvalidRouteSpec'
}

/** The state of several objects together: one that is missing counts most. */
export function combined(states: readonly ObjectsState[]): ObjectsState {
  return states.find(state => state === 'absent') ?? states.find(state => state === 'drifted') ?? 'current'
}

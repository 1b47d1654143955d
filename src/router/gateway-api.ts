/** The providers `gatewayapi:v1` and `gatewayapi:v1beta1`: weights in an HTTPRoute. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { HTTPRoute } from '../api/gateway-api/v1.ts'
import { isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import type { Condition, Json, ResourceType } from '../apimachinery/meta.ts'
import type { Rule } from './gateway-api-matches.ts'
import { httpRules, isCookieRule, mirrorsTo, type RuleOptions, routesOf } from './gateway-api-rules.ts'
import { apexMetadata, serviceNames } from './names.ts'
import { keepingOriginal, originalSpec, withoutOriginal } from './original.ts'
import {
  type Router,
  type RouterDeps,
  RouteSpecError,
  type Routes,
  RoutesUnreadableError,
  type RouteTarget,
  type SessionCookies,
} from './router.ts'
import { cookiesOf } from './session-cookies.ts'

type Spec = NonNullable<HTTPRoute['spec']>
type ParentRef = NonNullable<Spec['parentRefs']>[number]

const allToPrimary: Routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }

/** A router of HTTPRoutes in version v1. */
export function newGatewayApiRouter(deps: RouterDeps): Router {
  return newRouter(deps, HTTPRoute, { isV1: true })
}

/** A router of HTTPRoutes in version v1beta1, which upstream gives neither timeouts nor CORS. */
export function newGatewayApiBetaRouter(deps: RouterDeps): Router {
  return newRouter(deps, { ...HTTPRoute, version: 'v1beta1' }, { isV1: false })
}

function newRouter({ view }: RouterDeps, type: ResourceType<HTTPRoute>, options: RuleOptions): Router {
  const apiVersion = `${type.group}/${type.version}`
  const routeOf = ({ canary }: RouteTarget) =>
    view.get(type, { name: serviceNames(canary).apex, namespace: canary.metadata.namespace })
  const create = (target: RouteTarget, spec: Spec, signal: AbortSignal) =>
    view.create(type, { apiVersion, kind: 'HTTPRoute', metadata: apexMetadata(target), spec }, { signal })
  // The cache may hold the object in another version that the API serves.
  const update = (route: HTTPRoute, signal: AbortSignal) => view.update(type, { ...route, apiVersion }, { signal })
  return {
    splitsTraffic: true,
    mirrors: true,
    state(target) {
      // What the API cannot say is refused before anything is written.
      specOf(target, allToPrimary, cookiesOf(target.canary), options)
      const existing = routeOf(target)
      if (!existing) return 'absent'
      return corrected(target, existing, options) === existing ? 'current' : 'drifted'
    },
    async reconcile(target, signal) {
      const existing = routeOf(target)
      if (!existing) {
        await create(target, specOf(target, allToPrimary, cookiesOf(target.canary), options), signal)
        return
      }
      const wanted = corrected(target, existing, options)
      if (wanted !== existing) await update(wanted, signal)
    },
    getRoutes(target) {
      const existing = routeOf(target)
      if (!existing) return allToPrimary
      // One that has to be corrected first may be refused for that very reason.
      if (options.isV1 && corrected(target, existing, options) === existing) mustBeAccepted(target, existing)
      return routesOf(existing.spec?.rules ?? [], target.canary) ?? allToPrimary
    },
    async setRoutes(target, routes, cookies, signal) {
      const existing = routeOf(target)
      const spec = specOf(target, routes, cookies, options, existing)
      if (!existing) await create(target, spec, signal)
      else if (!jsonEqual(comparable(existing.spec), comparable(spec))) await update({ ...existing, spec }, signal)
    },
    async finalize(target, signal) {
      const existing = routeOf(target)
      const spec = existing && originalSpec(existing)
      if (!existing || !spec) return
      const metadata = withoutOriginal(existing.metadata)
      // The API accepted it once.
      await update({ ...existing, metadata, spec: spec as Spec }, signal)
    },
  }
}

/** The object as it has to be, with the weights that are in force; itself where nothing differs. */
function corrected(target: RouteTarget, existing: HTTPRoute, options: RuleOptions): HTTPRoute {
  const { canary } = target
  const inForce = routesOf(existing.spec?.rules ?? [], canary)
  const spec = specOf(target, inForce ?? allToPrimary, cookiesOf(canary), options, existing)
  const hasSpec = inForce !== undefined && jsonEqual(stable(canary, existing.spec), stable(canary, spec))
  const wanted = apexMetadata(target)
  const labels = { ...existing.metadata.labels, ...wanted.labels }
  const original = hasSpec ? {} : keepingOriginal(existing)
  const annotations = { ...existing.metadata.annotations, ...wanted.annotations, ...original }
  const hasMetadata =
    jsonEqual({ ...existing.metadata.labels }, labels) && jsonEqual({ ...existing.metadata.annotations }, annotations)
  if (hasSpec && hasMetadata) return existing
  return { ...existing, metadata: { ...existing.metadata, labels, annotations }, ...(hasSpec ? {} : { spec }) }
}

/** What the Canary asks for; fields of the spec that it does not know are those of the existing object. */
function specOf(
  { canary }: RouteTarget,
  routes: Routes,
  cookies: SessionCookies,
  options: RuleOptions,
  existing?: HTTPRoute,
): Spec {
  const { gatewayRefs = [], hosts = [] } = canary.spec.service ?? {}
  if (gatewayRefs.length === 0) {
    throw new RouteSpecError(
      'GatewayRefs must be specified when using Gateway API as a provider: spec.service.gatewayRefs names none',
    )
  }
  const { hostnames: _, rules: __, parentRefs: ___, ...others } = existing?.spec ?? {}
  return {
    ...others,
    parentRefs: gatewayRefs.map(withDefaults),
    ...(hosts.length > 0 ? { hostnames: hosts } : {}),
    rules: httpRules(canary, routes, cookies, options),
  }
}

/** The API's defaults, written out so that what is stored is what was meant. */
function withDefaults(ref: ParentRef): ParentRef {
  return { ...ref, group: ref.group ?? 'gateway.networking.k8s.io', kind: ref.kind ?? 'Gateway' }
}

/** A gateway that refuses the route, or has not seen it, sends it no traffic. @throws RoutesUnreadableError */
function mustBeAccepted({ canary }: RouteTarget, { metadata, spec, status }: HTTPRoute): void {
  for (const ref of spec?.parentRefs ?? []) {
    const parent = status?.parents.find(({ parentRef }) => jsonEqual(toJson(parentRef), toJson(ref)))
    if (!parent) continue
    // The schema takes Kubernetes' conditions as they are.
    const conditions = parent.conditions as readonly Condition[]
    const accepted = conditions.find(({ type }) => type === 'Accepted')
    const [observed, current] = [accepted?.observedGeneration ?? 0, metadata.generation ?? 0]
    if (accepted?.status === 'True' && observed >= current) continue
    const name = `HTTPRoute ${metadata.name}.${canary.metadata.namespace ?? ''}`
    throw new RoutesUnreadableError(
      `${name} parent ${ref.name} is not ready (status: ${accepted?.status ?? 'Unknown'}, observed generation: ${observed}, current generation: ${current})${accepted?.message ? `: ${accepted.message}` : ''}`,
    )
  }
}

/** The parts of a spec that stay the same from step to step: no weights, no mirror to the canary, no cookies. */
function stable(canary: Canary, spec: Spec | undefined): Json {
  const { canary: host } = serviceNames(canary)
  const hasAffinity = canary.spec.analysis.sessionAffinity !== undefined
  const rules = (spec?.rules ?? []).filter(rule => !hasAffinity || !isCookieRule(rule, canary))
  return comparable({
    parentRefs: spec?.parentRefs ?? [],
    hostnames: spec?.hostnames ?? [],
    rules: rules.map(({ matches, filters = [], timeouts, backendRefs = [] }) => ({
      matches,
      filters: filters.filter(filter => !mirrorsTo(filter, host)),
      timeouts,
      backendRefs: backendRefs.map(({ weight: _, filters: own, ...ref }) =>
        hasAffinity ? ref : { ...ref, filters: own },
      ),
    })) as readonly Rule[], // Less than a rule, for comparison alone.
  })
}

/** JSON in which what is empty and what is absent are the same, and the API's defaults are left out. */
function comparable(value: unknown): Json {
  if (Array.isArray(value)) return value.map(comparable)
  if (!isJsonObject(value as Json)) return value as Json // A scalar.
  const entries = Object.entries(value as object).filter(([key, part]) => !isDefault(key, part))
  return Object.fromEntries(entries.map(([key, part]) => [key, comparable(part)]))
}

function isDefault(key: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  const defaults: Readonly<Record<string, unknown>> = { kind: 'Service', type: 'Exact', maxAge: 5 }
  return defaults[key] === value
}

/** Objects are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}

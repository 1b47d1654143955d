/** The provider `istio`: weights in a VirtualService, one DestinationRule a side. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { DestinationRule, VirtualService } from '../api/istio/networking.ts'
import { jsonEqual } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import type { ClusterView } from '../runtime/cluster-view.ts'
import { isSameHttp, isSameTcp, withHandEdits } from './istio-compare.ts'
import { httpRoutes, isTcp, tcpRoutes, weightsOf } from './istio-routes.ts'
import { apexMetadata, serviceNames } from './names.ts'
import { keepingOriginal, originalSpec, withoutOriginal } from './original.ts'
import type { Routes, RouteTarget, SessionCookies } from './router.ts'
import { combined, type ObjectsState, type Router, type RouterDeps, RouteSpecError } from './router.ts'
import { cookiesOf } from './session-cookies.ts'

type Spec = VirtualService['spec']

const allToPrimary: Routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }

/** A router of one cluster's mesh. */
export function newIstioRouter({ view }: RouterDeps): Router {
  return {
    splitsTraffic: true,
    mirrors: true,
    state: target =>
      combined([ruleState(view, target, 'canary'), ruleState(view, target, 'primary'), routesState(view, target)]),
    async reconcile(target, signal) {
      await ensureRule(view, target, 'canary', signal)
      await ensureRule(view, target, 'primary', signal)
      const existing = getService(view, target)
      if (existing) {
        const wanted = corrected(target, existing)
        if (wanted !== existing) await view.update(VirtualService, wanted, { signal })
      } else {
        const spec = specOf(target, allToPrimary, cookiesOf(target.canary))
        await view.create(VirtualService, virtualService(target, spec), { signal })
      }
    },
    getRoutes: target => routesOf(target, getService(view, target)) ?? allToPrimary,
    async setRoutes(target, routes, cookies, signal) {
      const existing = getService(view, target)
      const spec = specOf(target, routes, cookies, existing)
      if (!existing) await view.create(VirtualService, virtualService(target, spec), { signal })
      else if (!jsonEqual(toJson(existing.spec), toJson(spec))) {
        await view.update(VirtualService, { ...existing, spec }, { signal })
      }
    },
    async finalize(target, signal) {
      const existing = getService(view, target)
      const spec = existing && originalSpec(existing)
      if (!existing || !spec) return
      const metadata = withoutOriginal(existing.metadata)
      // The API accepted it once.
      await view.update(VirtualService, { ...existing, metadata, spec: spec as Spec }, { signal })
    },
  }
}

function getService(view: ClusterView, { canary }: RouteTarget): VirtualService | undefined {
  return view.get(VirtualService, { name: serviceNames(canary).apex, namespace: canary.metadata.namespace })
}

function routesOf({ canary }: RouteTarget, existing: VirtualService | undefined): Routes | undefined {
  const { http = [], tcp = [] } = existing?.spec ?? {}
  return weightsOf(isTcp(canary) ? tcp : http, serviceNames(canary))
}

function routesState(view: ClusterView, target: RouteTarget): ObjectsState {
  const existing = getService(view, target)
  if (!existing) return 'absent'
  return corrected(target, existing) === existing ? 'current' : 'drifted'
}

/** The object as it has to be, with the weights that are in force; itself where nothing differs. */
function corrected(target: RouteTarget, existing: VirtualService): VirtualService {
  const { canary } = target
  const spec = specOf(target, routesOf(target, existing) ?? allToPrimary, cookiesOf(canary), existing)
  const isRouted = routesOf(target, existing) !== undefined
  const hasRoutes = isTcp(canary)
    ? isSameTcp(existing.spec.tcp, spec.tcp)
    : isSameHttp(canary, existing.spec.http, spec.http)
  const hasSpec =
    isRouted &&
    hasRoutes &&
    jsonEqual(existing.spec.hosts ?? [], spec.hosts ?? []) &&
    jsonEqual(existing.spec.gateways, spec.gateways)
  const wanted = apexMetadata(target)
  const labels = { ...existing.metadata.labels, ...wanted.labels }
  const original = hasSpec ? {} : keepingOriginal(existing)
  const annotations = { ...existing.metadata.annotations, ...wanted.annotations, ...original }
  const hasMetadata =
    jsonEqual({ ...existing.metadata.labels }, labels) && jsonEqual({ ...existing.metadata.annotations }, annotations)
  if (hasSpec && hasMetadata) return existing
  return {
    ...existing,
    metadata: { ...existing.metadata, labels, annotations },
    ...(hasSpec ? {} : { spec }),
  }
}

/** What the Canary asks for; fields that it does not know are those of the existing object. */
function specOf(target: RouteTarget, routes: Routes, cookies: SessionCookies, existing?: VirtualService): Spec {
  const { canary } = target
  const { hosts, gateways } = entrances(canary)
  const { http: _http, tcp: _tcp, gateways: _gateways, ...others } = existing?.spec ?? {}
  const paths = isTcp(canary)
    ? { tcp: tcpRoutes(canary, routes) }
    : { http: withHandEdits(canary, httpRoutes(canary, routes, cookies), existing?.spec.http) }
  return { ...others, hosts, ...(gateways ? { gateways } : {}), ...paths }
}

/** A delegate has neither: it gets its requests from another VirtualService. */
function entrances({ spec, metadata }: Canary): {
  readonly hosts: readonly string[]
  readonly gateways?: readonly string[]
} {
  const { hosts = [], gateways = [], delegation } = spec.service ?? {}
  const { apex } = serviceNames({ spec } as Canary)
  if (delegation) {
    if (hosts.length + gateways.length === 0) return { hosts: [] }
    const what = `VirtualService ${apex}.${metadata.namespace ?? ''}`
    throw new RouteSpecError(`${what} cannot have hosts and gateways when delegation enabled`)
  }
  return {
    hosts: hosts.includes(apex) || hosts.includes('*') ? hosts : [...hosts, apex],
    gateways: gateways.length > 0 ? gateways : ['mesh'],
  }
}

function virtualService(target: RouteTarget, spec: Spec): VirtualService {
  return { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', metadata: apexMetadata(target), spec }
}

function ruleState(view: ClusterView, target: RouteTarget, side: 'primary' | 'canary'): ObjectsState {
  const existing = view.get(DestinationRule, ruleRef(target, side))
  if (!existing) return 'absent'
  return hasPolicy(existing, target, side) ? 'current' : 'drifted'
}

async function ensureRule(
  view: ClusterView,
  target: RouteTarget,
  side: 'primary' | 'canary',
  signal: AbortSignal,
): Promise<void> {
  const ref = ruleRef(target, side)
  const existing = view.get(DestinationRule, ref)
  const { trafficPolicy } = target.canary.spec.service ?? {}
  // The Canary's policy has the fields of Istio's under the same names.
  const spec = { host: ref.name, ...(trafficPolicy ? { trafficPolicy } : {}) } as DestinationRule['spec']
  const head = { apiVersion: 'networking.istio.io/v1beta1', kind: 'DestinationRule' }
  if (!existing) {
    const metadata = {
      name: ref.name,
      ...(ref.namespace ? { namespace: ref.namespace } : {}),
      ownerReferences: [target.owner],
    }
    await view.create(DestinationRule, { ...head, metadata, spec }, { signal })
  } else if (!hasPolicy(existing, target, side)) {
    const { trafficPolicy: _, ...others } = existing.spec
    await view.update(DestinationRule, { ...existing, spec: { ...others, ...spec } }, { signal })
  }
}

function hasPolicy({ spec }: DestinationRule, target: RouteTarget, side: 'primary' | 'canary'): boolean {
  const wanted = target.canary.spec.service?.trafficPolicy
  return spec.host === ruleRef(target, side).name && jsonEqual(toJson(spec.trafficPolicy), toJson(wanted))
}

function ruleRef({ canary }: RouteTarget, side: 'primary' | 'canary') {
  return { name: serviceNames(canary)[side], namespace: canary.metadata.namespace }
}

/** Objects are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}

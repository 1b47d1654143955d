/** The provider `nginx`: a second Ingress for the canary, steered by ingress-nginx's canary annotations. */
import { Ingress, type IngressBackend } from '../api/core/networking-v1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import { jsonEqual } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import type { ClusterView } from '../runtime/cluster-view.ts'
import { lastAppliedAnnotation, serviceNames, unmanagedByFlux } from './names.ts'
import { type CanaryKeys, canaryKeys, matchAnnotations } from './nginx-annotations.ts'
import {
  type Router,
  type RouterDeps,
  RouteSpecError,
  type Routes,
  RoutesUnreadableError,
  type RouteTarget,
} from './router.ts'

type Annotations = Readonly<Record<string, string>>

/** A router of one cluster's Ingresses; the Ingress that `spec.ingressRef` names is never changed. */
export function newNginxRouter({ view, ingressAnnotationsPrefix }: RouterDeps): Router {
  const keys = canaryKeys(ingressAnnotationsPrefix)
  return {
    splitsTraffic: true,
    mirrors: false,
    state(target) {
      // A match that no annotation can say is refused before anything is written.
      matchAnnotations(target.canary, keys)
      const existing = canaryIngress(view, target)
      if (!existing) return 'absent'
      return corrected(view, target, existing, keys) === existing ? 'current' : 'drifted'
    },
    async reconcile(target, signal) {
      const existing = canaryIngress(view, target)
      if (!existing) {
        await view.create(Ingress, newCanaryIngress(target, mainIngress(view, target), keys), { signal })
        return
      }
      const wanted = corrected(view, target, existing, keys)
      if (wanted !== existing) await view.update(Ingress, wanted, { signal })
    },
    getRoutes(target) {
      mainIngress(view, target)
      return routesOf(target.canary, canaryIngress(view, target)?.metadata?.annotations ?? {}, keys)
    },
    async setRoutes(target, routes, _cookies, signal) {
      const existing = canaryIngress(view, target)
      const base = existing ?? newCanaryIngress(target, mainIngress(view, target), keys)
      const before = base.metadata?.annotations ?? {}
      const annotations = annotationsFor(target.canary, before, routes, keys)
      const wanted = { ...base, metadata: { ...base.metadata, annotations } }
      if (!existing) await view.create(Ingress, wanted, { signal })
      else if (!jsonEqual(before, annotations)) await view.update(Ingress, wanted, { signal })
    },
    // What was made belongs to the Canary and goes with it.
    finalize: async () => {},
  }
}

/** The user's Ingress. @throws RoutesUnreadableError until it is there and leads to the apex Service */
function mainIngress(view: ClusterView, { canary }: RouteTarget): Ingress {
  const { name } = ingressRef(canary)
  const { namespace } = canary.metadata
  const main = view.get(Ingress, { namespace, name })
  if (!main) throw new RoutesUnreadableError(`ingress ${name}.${namespace ?? ''} not found`)
  const { apex } = serviceNames(canary)
  if (!leadsTo(main, apex)) throw new RoutesUnreadableError(`backend ${apex} not found in ingress ${name}`)
  return main
}

function ingressRef({ spec }: Canary): { readonly name: string } {
  if (spec.ingressRef?.name) return spec.ingressRef
  throw new RouteSpecError('ingress selector is empty: spec.ingressRef must name the Ingress of the service')
}

function canaryIngress(view: ClusterView, { canary }: RouteTarget): Ingress | undefined {
  return view.get(Ingress, { namespace: canary.metadata.namespace, name: `${ingressRef(canary).name}-canary` })
}

function newCanaryIngress({ canary, owner }: RouteTarget, main: Ingress, keys: CanaryKeys): Ingress {
  const { labels, annotations = {} } = main.metadata ?? {}
  const { [lastAppliedAnnotation]: _, ...copied } = annotations
  return {
    metadata: {
      name: `${main.metadata?.name}-canary`,
      ...(canary.metadata.namespace ? { namespace: canary.metadata.namespace } : {}),
      ...(labels ? { labels } : {}),
      annotations: { ...withoutTraffic(copied, keys), ...unmanagedByFlux },
      ownerReferences: [owner],
    },
    spec: canarySpec(canary, main),
  }
}

/** The canary's Ingress with the hosts and paths that the user's has now; itself where nothing differs. */
function corrected(view: ClusterView, target: RouteTarget, existing: Ingress, keys: CanaryKeys): Ingress {
  const { canary } = target
  const main = view.get(Ingress, { namespace: canary.metadata.namespace, name: ingressRef(canary).name })
  const { annotations = {} } = existing.metadata ?? {}
  // While the user's Ingress is away there is nothing to follow.
  const spec = main && leadsTo(main, serviceNames(canary).apex) ? canarySpec(canary, main) : existing.spec
  // Without the mark it would be a second main Ingress of the same host.
  const isMarked = annotations[keys.canary] === 'true'
  if (isMarked && jsonEqual(toJson(existing.spec), toJson(spec))) return existing
  const metadata = isMarked
    ? existing.metadata
    : { ...existing.metadata, annotations: withoutTraffic(annotations, keys) }
  return { ...existing, ...(metadata ? { metadata } : {}), ...(spec ? { spec } : {}) }
}

function canarySpec(canary: Canary, { spec }: Ingress): NonNullable<Ingress['spec']> {
  const { apex, canary: side } = serviceNames(canary)
  const redirected = (backend: IngressBackend): IngressBackend =>
    backend.service?.name === apex ? { ...backend, service: { ...backend.service, name: side } } : backend
  return {
    ...spec,
    rules: (spec?.rules ?? []).map(rule =>
      rule.http
        ? { ...rule, http: { paths: rule.http.paths.map(at => ({ ...at, backend: redirected(at.backend) })) } }
        : rule,
    ),
  }
}

function leadsTo({ spec }: Ingress, service: string): boolean {
  const backends = (spec?.rules ?? []).flatMap(rule => rule.http?.paths ?? []).map(({ backend }) => backend)
  return backends.some(backend => backend.service?.name === service)
}

/** What ingress-nginx reads out of the annotations; a weight that is no number counts as none, as it does there. */
function routesOf(canary: Canary, annotations: Annotations, keys: CanaryKeys): Routes {
  const isTested = (canary.spec.analysis.iterations ?? 0) > 0 && hasMatch(canary)
  const isMatched = annotations[keys.byHeader] !== undefined || annotations[keys.byCookie] !== undefined
  const weight = isTested && isMatched ? 100 : Number(annotations[keys.weight] ?? 0)
  const isInForce = annotations[keys.canary] === 'true' && Number.isInteger(weight)
  const canaryWeight = isInForce ? Math.max(0, Math.min(100, weight)) : 0
  return { primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false }
}

/** An A/B test leaves the weight at 0; without iterations the matching requests come on top of the weight. */
function annotationsFor(canary: Canary, before: Annotations, { canaryWeight }: Routes, keys: CanaryKeys): Annotations {
  const none = withoutTraffic(before, keys)
  if (canaryWeight === 0) return none
  const isTested = (canary.spec.analysis.iterations ?? 0) > 0 && hasMatch(canary)
  return {
    ...none,
    ...matchAnnotations(canary, keys),
    ...(isTested ? {} : { [keys.weight]: String(canaryWeight) }),
  }
}

function hasMatch({ spec }: Canary): boolean {
  return (spec.analysis.match ?? []).length > 0
}

/** The annotations of a canary's Ingress that gets nothing. */
function withoutTraffic(annotations: Annotations, keys: CanaryKeys): Annotations {
  const others = Object.entries(annotations).filter(([key]) => !key.includes(keys.canary))
  return { ...Object.fromEntries(others), [keys.canary]: 'true', [keys.weight]: '0' }
}

/** Objects are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}

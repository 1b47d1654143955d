/** The Services of a Canary whose target has pods: apex, primary and canary. */
import { Service } from '../api/core/core-v1.ts'
import { isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import type { Json, ObjectMeta } from '../apimachinery/meta.ts'
import { controllerOf } from '../apimachinery/owner-references.ts'
import type { ClusterView } from '../runtime/cluster-view.ts'
import { lastAppliedAnnotation, serviceNames, unmanagedByFlux } from './names.ts'
import type { ServicePart, ServiceRouter } from './router.ts'
import { combined, type ObjectsState, type RouterDeps, RouteSpecError, type RouteTarget } from './router.ts'

/** Keeps the three Services. */
export function newServiceRouter({ view }: RouterDeps): ServiceRouter {
  const part = (sides: readonly Side[]): ServicePart => ({
    state: target => combined(sides.map(side => stateOf(view, target, side))),
    async reconcile(target, signal) {
      for (const side of sides) await ensure(view, target, side, signal)
    },
  })
  return {
    sides: part(['canary', 'primary']),
    apex: part(['apex']),
    async finalize(target, signal) {
      const existing = view.get(Service, refOf(target, 'apex'))
      // The Canary's own Service goes with it.
      if (!existing || controllerOf(existing)?.kind === 'Canary') return
      const selector = originalSelector(existing) ?? { [label(target).key]: label(target).value }
      if (jsonEqual(existing.spec?.selector, selector)) return
      await view.update(Service, { ...existing, spec: { ...existing.spec, selector } }, { signal })
    },
  }
}

type Side = 'apex' | 'primary' | 'canary'

function refOf({ canary }: RouteTarget, side: Side) {
  const { namespace } = canary.metadata
  return { name: serviceNames(canary)[side], namespace }
}

function stateOf(view: ClusterView, target: RouteTarget, side: Side): ObjectsState {
  const existing = view.get(Service, refOf(target, side))
  if (!existing) return 'absent'
  return corrected(target, side, existing) === existing ? 'current' : 'drifted'
}

async function ensure(view: ClusterView, target: RouteTarget, side: Side, signal: AbortSignal): Promise<void> {
  const existing = view.get(Service, refOf(target, side))
  if (!existing) {
    await view.create(Service, newService(target, side), { signal })
    return
  }
  const wanted = corrected(target, side, existing)
  if (wanted !== existing) await view.update(Service, wanted, { signal })
}

function newService(target: RouteTarget, side: Side): Service {
  const { headless, trafficDistribution } = target.canary.spec.service ?? {}
  return {
    metadata: metadataOf(target, side),
    spec: {
      type: 'ClusterIP',
      ...(headless ? { clusterIP: 'None' } : {}),
      ...(trafficDistribution ? { trafficDistribution } : {}),
      selector: selectorOf(target, side),
      ports: target.ports,
    },
  }
}

/** The Service with its ports and selector, and with its metadata where it is ours; itself where nothing differs. */
function corrected(target: RouteTarget, side: Side, existing: Service): Service {
  const ports = portsOf(target, existing)
  const selector = selectorOf(target, side)
  const hasSpec =
    jsonEqual(byNumber(existing.spec?.ports), byNumber(ports)) && jsonEqual(existing.spec?.selector, selector)
  const owner = controllerOf(existing)
  const isOurs = owner?.kind === 'Canary' && owner.name === target.canary.metadata.name
  const wanted = metadataOf(target, side)
  const kept = target.canary.spec.service?.unmanagedMetadata
  const labels = { ...wanted.labels, ...only(existing.metadata?.labels, kept?.labels) }
  const annotations = { ...wanted.annotations, ...only(existing.metadata?.annotations, kept?.annotations) }
  const hasMetadata =
    !isOurs ||
    (jsonEqual({ ...existing.metadata?.labels }, labels) &&
      jsonEqual({ ...existing.metadata?.annotations }, annotations))
  if (hasSpec && hasMetadata) return existing
  return {
    ...existing,
    metadata: {
      ...existing.metadata,
      ...(isOurs
        ? { labels, annotations }
        : { annotations: { ...existing.metadata?.annotations, ...unmanagedByFlux } }),
    },
    spec: { ...existing.spec, ports, selector },
  }
}

/** Node ports that the cluster has given to ports of the same name stay. */
function portsOf(target: RouteTarget, existing: Service) {
  const given = new Map((existing.spec?.ports ?? []).map(port => [port.name, port.nodePort]))
  return target.ports.map(port => {
    const nodePort = given.get(port.name)
    return nodePort ? { ...port, nodePort } : port
  })
}

function byNumber(ports: readonly { readonly port: number }[] | undefined): Json {
  return [...(ports ?? [])].sort((a, b) => a.port - b.port).map(port => ({ ...port }))
}

function metadataOf(target: RouteTarget, side: Side): ObjectMeta {
  const { canary, owner } = target
  const ref = refOf(target, side)
  const own = canary.spec.service?.[side]
  return {
    name: ref.name,
    ...(ref.namespace ? { namespace: ref.namespace } : {}),
    labels: { ...own?.labels, [label(target).key]: ref.name },
    annotations: { ...own?.annotations, ...unmanagedByFlux },
    ownerReferences: [owner],
  }
}

function selectorOf(target: RouteTarget, side: Side): Readonly<Record<string, string>> {
  const { key, value } = label(target)
  return { [key]: side === 'canary' ? value : `${value}-primary` }
}

function label({ podLabel, canary }: RouteTarget) {
  if (podLabel) return podLabel
  throw new RouteSpecError(`the target of ${canary.metadata.name} has no label that selects its pods`)
}

function only(
  map: Readonly<Record<string, string>> | undefined,
  keys: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => keys?.includes(key)))
}

/** The selector that the user applied with kubectl, if so. */
function originalSelector(service: Service): Readonly<Record<string, string>> | undefined {
  const text = service.metadata?.annotations?.[lastAppliedAnnotation]
  if (!text) return undefined
  try {
    const applied = JSON.parse(text) as Json // Parsed JSON is that by definition.
    const spec = isJsonObject(applied) ? applied['spec'] : undefined
    const selector = isJsonObject(spec) ? spec['selector'] : undefined
    return isJsonObject(selector) ? (selector as Readonly<Record<string, string>>) : undefined // As the API accepted it.
  } catch {
    return undefined
  }
}

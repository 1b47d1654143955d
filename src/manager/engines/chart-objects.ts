/** What a Fleet's rollout plugin installs on one member: charts by Flux's kinds, with Kurator's names. Pure. */
import { HelmRelease } from '../../api/helm/v2.ts'
import { HelmRepository } from '../../api/source/v1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject, KubernetesObject, ObjectRef, OwnerReference } from '../../apimachinery/meta.ts'
import type { EngineMember, EngineState, PluginState, RolloutPlugin } from '../../controllers/fleet/engine.ts'

/** One chart for one member. */
export interface MemberChart {
  readonly component: Component
  readonly repository: KubernetesObject
  readonly release: KubernetesObject
}

/** What is installed; names of objects begin with it. */
export type Component = 'serin-agent' | 'flagger' | 'testloader'

/** Everything that may have been installed on a member. */
export const components: readonly Component[] = ['serin-agent', 'flagger', 'testloader']

/** The chart that brings Serin's agent. */
export interface AgentChart {
  readonly name: string
  readonly version: string
  /** The repository's URL. */
  readonly url: string
}

/** The namespaces in which the providers' parts live; engines go beside them. */
export const providerNamespaces: Readonly<Record<string, string>> = {
  istio: 'istio-system',
  kuma: 'kuma-system',
  nginx: 'ingress-nginx',
}
const defaultNamespace = 'serin-system'

/** The charts of a member, the engine's first. */
export function chartsOf(
  member: EngineMember,
  plugin: RolloutPlugin,
  agentChart: AgentChart,
  owner: OwnerReference | undefined,
): readonly MemberChart[] {
  const { trafficRoutingProvider: provider } = plugin
  const namespace = providerNamespaces[provider] ?? defaultNamespace
  const extra = isJsonObject(plugin.extraArgs as Json) ? (plugin.extraArgs as JsonObject) : {} // Anything, by its schema.
  const chartOf = (component: Component, chart: AgentChart, values: JsonObject): MemberChart => {
    const metadata = {
      name: nameOf(component, member.ref),
      namespace: member.ref.namespace ?? '',
      labels: labelsOf(member.fleet, component),
      ...(owner ? { ownerReferences: [owner] } : {}),
    }
    return { component, repository: repositoryOf(metadata, chart.url), release: releaseOf(metadata, chart, values) }
  }
  const releaseOf = (metadata: object, chart: AgentChart, values: JsonObject) => ({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: HelmRelease.kind,
    metadata,
    spec: {
      chart: {
        spec: {
          chart: chart.name,
          version: chart.version,
          sourceRef: { kind: HelmRepository.kind, name: (metadata as { name: string }).name },
        },
      },
      interval: '1m0s',
      timeout: '15m0s',
      install: { createNamespace: true, remediation: { retries: -1 } },
      upgrade: { remediation: { retries: 3 } },
      targetNamespace: namespace,
      storageNamespace: namespace,
      kubeConfig: { secretRef: member.kubeConfig },
      values,
    },
  })
  const nothing = { manager: { enabled: false }, crds: { serin: false, flux: false, flagger: false } }
  // Whoever names a chart means Flagger's, with that chart's values.
  const named = plugin.chart?.name ? plugin.chart : undefined
  const engine = named
    ? chartOf('flagger', givenChart(named), merged({ nodeSelector: { 'kubernetes.io/os': 'linux' } }, extra))
    : chartOf(
        'serin-agent',
        agentChart,
        merged(
          {
            ...nothing,
            crds: { ...nothing.crds, flagger: true },
            agent: { enabled: true, meshProvider: provider, clusterName: member.ref.name },
          },
          extra,
        ),
      )
  const loader = chartOf('testloader', agentChart, { ...nothing, loadtester: { enabled: true } })
  return plugin.publicTestloader ? [engine, loader] : [engine]
}

/** `<component>-<member>`: Kurator's. */
export function nameOf(component: Component, member: ObjectRef): string {
  return `${component}-${member.name}`
}

/** How the engine of a member is doing, by what the controller of HelmReleases says; undefined: nothing yet. */
export function stateOf(
  charts: readonly { readonly component: Component; readonly live?: HelmRelease }[],
): EngineState {
  const engine = charts.some(({ component }) => component === 'flagger') ? 'flagger' : 'agent'
  const plugins = charts.map(({ component, live }) => pluginState(component, live))
  const waiting = plugins.find(({ ready }) => !ready)
  if (!waiting) return { engine, ready: true, plugins }
  const { name, reason = 'Installing', message } = waiting
  return { engine, ready: false, reason, message: `plugin ${name}: ${message}`, plugins }
}

function pluginState(name: Component, live: HelmRelease | undefined): PluginState {
  const { conditions, observedGeneration } = live?.status ?? {}
  const ready = findCondition(conditions, 'Ready')
  const isCurrent = observedGeneration === live?.metadata?.generation
  if (ready?.status === 'True' && isCurrent) return { name, ready: true }
  // An older failure says nothing about what is wanted now.
  const why = ready && ready.status === 'False' ? ready : undefined
  return {
    name,
    ready: false,
    reason: why?.reason ?? 'Installing',
    message: why?.message ?? ready?.message ?? 'waits to be installed',
  }
}

function repositoryOf(metadata: object, url: string): KubernetesObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: HelmRepository.kind,
    metadata,
    spec: { type: url.startsWith('oci://') ? 'oci' : 'default', interval: '5m0s', url },
  } as KubernetesObject // An object of the API is what it is: metadata and more.
}

/** What is not given is Kurator's default, also where it is empty. */
function givenChart({ name, repository, version }: NonNullable<RolloutPlugin['chart']>): AgentChart {
  return {
    name: name || 'flagger',
    url: repository || 'oci://ghcr.io/fluxcd/charts',
    version: version || '1.x',
  }
}

function labelsOf(fleet: string, component: Component): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'fleet-manager',
    'fleet.kurator.dev/name': fleet,
    'fleet.kurator.dev/plugin': component === 'testloader' ? 'testloader' : 'flagger',
    'fleet.kurator.dev/component': component,
  }
}

/** Maps are merged, all else of `over` wins. */
function merged(base: JsonObject, over: JsonObject): JsonObject {
  const all = Object.entries(over).map(([key, value]) => {
    const before = base[key]
    return [key, isJsonObject(before) && isJsonObject(value) ? merged(before, value) : value] as const
  })
  return { ...base, ...Object.fromEntries(all) }
}

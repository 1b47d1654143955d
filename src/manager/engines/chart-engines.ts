/** Brings members their engine as a chart, by HelmReleases that Flux or the built-in controller carries out. */
import { HelmRelease } from '../../api/helm/v2.ts'
import { HelmRepository } from '../../api/source/v1.ts'
import { isJsonObject, jsonEqual } from '../../apimachinery/json.ts'
import type { Json, KubernetesObject, ObjectRef, ResourceType } from '../../apimachinery/meta.ts'
import type { EngineInstaller, EngineMember, RolloutPlugin } from '../../controllers/fleet/engine.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import { type AgentChart, chartsOf, components, nameOf, stateOf } from './chart-objects.ts'

/** What it needs. */
export interface ChartEnginesDeps {
  /** Of the host. */
  readonly client: Client
  readonly chart: AgentChart
}

/** Beside whatever else writes these objects. */
const fieldManager = 'serin-fleet'

/** An installer that has nothing to end: what it installed goes on by itself. */
export function newChartEngines({ client, chart }: ChartEnginesDeps): EngineInstaller {
  async function put<T extends KubernetesObject>(type: ResourceType<T>, wanted: KubernetesObject, signal: AbortSignal) {
    const { namespace, name = '' } = wanted.metadata ?? {}
    const live = await client.fetchIfExists(type, { namespace, name }, { signal })
    if (live && covers(live as unknown as Json, wanted as unknown as Json)) return live
    return client.apply(type, wanted as KubernetesObject & Partial<T>, { fieldManager, force: true, signal })
  }

  async function ensure(member: EngineMember, plugin: RolloutPlugin, signal: AbortSignal) {
    const charts = chartsOf(member, plugin, chart, member.owner)
    const installed = await Promise.all(
      charts.map(async ({ component, repository, release }) => {
        await put(HelmRepository, repository, signal)
        return { component, live: await put(HelmRelease, release, signal) }
      }),
    )
    const kept = new Set(charts.map(({ component }) => component))
    await removeComponents(member.ref, name => !kept.has(name), signal)
    return stateOf(installed)
  }

  async function removeComponents(
    member: ObjectRef,
    isMeant: (component: (typeof components)[number]) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    for (const component of components.filter(isMeant)) {
      const ref = { namespace: member.namespace, name: nameOf(component, member) }
      for (const type of [HelmRelease, HelmRepository] as readonly ResourceType[]) {
        if (!(await client.fetchIfExists(type, ref, { signal }))) continue
        await client.delete(type, ref, { signal }).catch(error => {
          if (!isNotFound(error)) throw error
        })
      }
    }
  }

  return { ensure, remove: (member, signal) => removeComponents(member, () => true, signal) }
}

/** Whether `live` has everything that is wanted; what others or the API have added does not matter. */
function covers(live: Json | undefined, wanted: Json): boolean {
  if (!isJsonObject(wanted) || !isJsonObject(live)) return jsonEqual(live, wanted)
  return Object.entries(wanted).every(([key, value]) => {
    // Values are one whole: what is not wanted any more has to go.
    return key === 'values' ? jsonEqual(live[key], value) : covers(live[key], value)
  })
}

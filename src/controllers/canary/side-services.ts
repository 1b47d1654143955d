/** Services of a Canary whose target is a Service itself: `<target>-canary` follows the target. */
import { Service } from '../../api/core/core-v1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import type { PartState } from '../../rollout/observed.ts'
import type { CopyOptions } from '../../rollout/primary/names.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'
import { comparableSpec, sideService } from './target.ts'

/** Whether `<target>-canary` is what the target is. */
export function canaryServiceState(view: ClusterView, target: Service, options: CopyOptions): PartState {
  const existing = view.get(Service, refOf(target))
  if (!existing) return 'absent'
  return isCopy(existing, sideService(target, refOf(target).name, options)) ? 'current' : 'drifted'
}

/** Makes or corrects `<target>-canary`. */
export async function ensureCanaryService(
  view: ClusterView,
  target: Service,
  options: CopyOptions,
  signal: AbortSignal,
): Promise<void> {
  await ensureSideService(view, sideService(target, refOf(target).name, options), signal)
}

/** Makes a copy of a Service, or brings it up to date; its addresses stay. */
export async function ensureSideService(view: ClusterView, wanted: Service, signal: AbortSignal): Promise<void> {
  const { name = '', namespace } = wanted.metadata ?? {}
  const existing = view.get(Service, { name, namespace })
  if (!existing) {
    await view.create(Service, wanted, { signal })
    return
  }
  if (isCopy(existing, wanted)) return
  const { clusterIP, clusterIPs } = existing.spec ?? {}
  const addresses = { ...(clusterIP ? { clusterIP } : {}), ...(clusterIPs ? { clusterIPs } : {}) }
  const { labels, annotations } = wanted.metadata ?? {}
  const metadata = { ...existing.metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }
  await view.update(Service, { ...existing, metadata, spec: { ...wanted.spec, ...addresses } }, { signal })
}

function isCopy(existing: Service, wanted: Service): boolean {
  return (
    jsonEqual(comparableSpec(existing), comparableSpec(wanted)) &&
    jsonEqual({ ...existing.metadata?.labels }, { ...wanted.metadata?.labels } as Json)
  )
}

function refOf({ metadata }: Service) {
  return { name: `${metadata?.name ?? ''}-canary`, namespace: metadata?.namespace }
}

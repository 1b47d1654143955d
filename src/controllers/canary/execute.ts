/** Carries out the actions of a decision, in order. Writes only what differs; every action may be repeated. */
import { DaemonSet, Deployment } from '../../api/core/apps-v1.ts'
import type { Service } from '../../api/core/core-v1.ts'
import { Canary } from '../../api/flagger/v1beta1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import { checksumTexts } from '../../rollout/change.ts'
import type { Action } from '../../rollout/decision.ts'
import { isProblem, type Part } from '../../rollout/observed.ts'
import { copyId } from '../../rollout/primary/pod-template.ts'
import { scaleToZeroKey } from '../../rollout/revision.ts'
import { addFinalizer, isBeingDeleted, removeFinalizer } from '../../runtime/finalizer.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Request } from '../../runtime/reconcile.ts'
import { copyConfigs, promotedConfigs } from './configs.ts'
import type { CanaryDeps } from './deps.ts'
import { publishProblem } from './events.ts'
import { canaryFinalizer } from './observe.ts'
import { cannotBeMended } from './refuse.ts'
import { ensurePrimaryScaler, setTargetPaused } from './scaler.ts'
import { ensureCanaryService, ensureSideService } from './side-services.ts'
import { lookAtTarget, type Subject, type TargetLook } from './subject.ts'
import { isCopied, type TargetPair, wantedPrimary } from './target.ts'

/** An action could not be carried out, for a reason that the next look may know a way out of. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly reason = 'ActionFailed'
}

/** Carries out one action. Throws what the API or a router throws; then the rest of the decision is left out. */
export async function execute(
  deps: CanaryDeps,
  subject: Subject,
  action: Action,
  { resting, signal }: Pick<Request, 'resting'> & { readonly signal: AbortSignal },
): Promise<void> {
  const { view } = deps
  const { canary, spec, router } = subject
  switch (action.kind) {
    case 'addFinalizer':
      await addFinalizer(view, Canary, currentCanary(deps, subject), canaryFinalizer, signal)
      return
    case 'removeFinalizer':
      await removeFinalizer(view, Canary, currentCanary(deps, subject), canaryFinalizer, signal)
      return
    case 'awaitDrain':
      return resting(() => deps.clock.sleep(deps.settings.drainMs, signal))
    case 'pauseTargetScaler':
      return setTargetPaused(view, spec, true, signal)
    case 'resumeTargetScaler':
      return resumeTargetScaler(deps, subject, signal)
  }
  const look = lookAtTarget(deps, subject)
  if (isProblem(look)) throw new ActionError(look.problem)
  const { pair, options, route } = look
  switch (action.kind) {
    case 'ensurePart':
      return ensurePart(deps, subject, look, action.part, signal)
    case 'createPrimary':
      return createPrimary(deps, look, action.replicas, signal)
    case 'promote':
      return promote(deps, subject, look, action, signal)
    case 'scaleTarget':
      return scale(deps, pair, 'target', action.replicas, signal)
    case 'scalePrimary':
      return scale(deps, pair, 'primary', action.replicas, signal)
    case 'syncPrimaryScaler':
      return ensurePrimaryScaler(view, canary, spec, options, action.minReplicas, signal)
    case 'holdPrimaryFloor':
      await ensurePrimaryScaler(view, canary, spec, options, action.minReplicas, signal)
      if (replicasOf(pair.primary) < action.minReplicas) await scale(deps, pair, 'primary', action.minReplicas, signal)
      return
    case 'releasePrimaryFloor':
      return ensurePrimaryScaler(view, canary, spec, options, 0, signal)
    case 'setRoutes':
      return router.setRoutes(route, action, action.cookies, signal)
    case 'revertRouting':
      return revertRouting(deps, subject, look, signal)
  }
}

async function resumeTargetScaler(deps: CanaryDeps, { canary, spec }: Subject, signal: AbortSignal): Promise<void> {
  const resume = () => setTargetPaused(deps.view, spec, false, signal)
  if (!isBeingDeleted(canary)) return resume()
  const problem = await problemOf(resume)
  if (problem) publishProblem(deps, canary, `Could not be restored: autoscaler: ${problem}`)
}

/** Gives back what can be, and says what cannot: no Canary stays for ever because of what only an edit could mend. */
async function revertRouting(
  deps: CanaryDeps,
  { canary, router, unrestorable }: Subject,
  { pair, route }: TargetLook,
  signal: AbortSignal,
): Promise<void> {
  const service = pair.kind === 'Service' ? undefined : await problemOf(() => deps.services.finalize(route, signal))
  const routes = await problemOf(() => router.finalize(route, signal))
  const problems = [unrestorable, service && `service: ${service}`, routes && `routes: ${routes}`].filter(Boolean)
  if (problems.length > 0) publishProblem(deps, canary, `Could not be restored: ${problems.join('; ')}`)
}

async function problemOf(restore: () => Promise<void>): Promise<string | undefined> {
  try {
    await restore()
    return undefined
  } catch (error) {
    if (cannotBeMended(error)) return error.message
    throw error
  }
}

function currentCanary({ view }: CanaryDeps, { canary }: Subject): Canary {
  return view.get(Canary, refOf(canary)) ?? canary
}

async function ensurePart(
  { view, services }: CanaryDeps,
  { canary, spec, router }: Subject,
  { pair, options, route }: TargetLook,
  part: Part,
  signal: AbortSignal,
): Promise<void> {
  switch (part) {
    case 'services':
      if (pair.kind === 'Service') return ensureCanaryService(view, pair.target, options, signal)
      return services.sides.reconcile(route, signal)
    case 'primaryScaler':
      return ensurePrimaryScaler(view, canary, spec, options, 0, signal)
    case 'apexService':
      return pair.kind === 'Service' ? undefined : services.apex.reconcile(route, signal)
    case 'routes':
      return router.reconcile(route, signal)
  }
}

async function createPrimary(
  { view }: CanaryDeps,
  { pair, options: copying, observed, route }: TargetLook,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  if (pair.primary) return
  const namespace = route.canary.metadata.namespace ?? ''
  const configs = promotedConfigs(view, namespace, observed.configs ?? {}, copying)
  const options = { ...copying, copyId: copyId(observed.revision, checksumTexts(configs)) }
  const wanted = wantedPrimary(pair, options, replicas)
  if (isProblem(wanted)) throw new ActionError(wanted.problem)
  // Pods do not start without the configs that they refer to.
  await copyConfigs(view, namespace, configs, options, signal)
  switch (pair.kind) {
    case 'Deployment':
      await view.create(Deployment, wanted as Deployment, { signal }) // Of the same pair.
      return
    case 'DaemonSet':
      await view.create(DaemonSet, wanted as DaemonSet, { signal }) // Of the same pair.
      return
    case 'Service':
      return ensureSideService(view, wanted as Service, signal) // Of the same pair.
  }
}

/** Copies what was decided on, and nothing that came in between. */
async function promote(
  { view }: CanaryDeps,
  { spec }: Subject,
  { pair, options: inUse, nextCopies, observed, route }: TargetLook,
  { revision, minReplicas }: Extract<Action, { kind: 'promote' }>,
  signal: AbortSignal,
): Promise<void> {
  if (observed.revision !== revision) throw new ActionError('the target changed while it was promoted')
  if (!pair.primary) throw new ActionError(`${spec.target.name}-primary is missing`)
  const now = replicasOf(pair.primary)
  const replicas = spec.autoscaler ? Math.max(now, minReplicas) : minReplicas
  const options = { ...inUse, configCopies: nextCopies }
  const wanted = wantedPrimary(pair, options, replicas)
  if (isProblem(wanted)) throw new ActionError(wanted.problem)
  await copyConfigs(view, route.canary.metadata.namespace ?? '', observed.configs ?? {}, options, signal)
  const refersToAll = [...nextCopies].every(([key, name]) => inUse.configCopies.get(key) === name)
  if (pair.kind === 'Service') return ensureSideService(view, wanted as Service, signal) // Of the same pair.
  // Pods read most configs when they start: those of a copy that differs in them alone are replaced too.
  if (isCopied(pair, wanted) && refersToAll && (pair.kind === 'DaemonSet' || now === replicas)) return
  if (pair.kind === 'Deployment') await view.update(Deployment, merged(pair.primary, wanted as Deployment), { signal })
  else await view.update(DaemonSet, merged(pair.primary, wanted as DaemonSet), { signal })
}

/** The primary with what the copy says; what others have put on it stays. */
function merged<T extends Deployment | DaemonSet>(existing: T, wanted: T): T {
  return {
    ...existing,
    metadata: {
      ...existing.metadata,
      labels: { ...existing.metadata?.labels, ...wanted.metadata?.labels },
      annotations: { ...existing.metadata?.annotations, ...wanted.metadata?.annotations },
    },
    spec: { ...existing.spec, ...wanted.spec },
  }
}

function replicasOf(workload: TargetPair['primary']): number {
  return workload && 'replicas' in (workload.spec ?? {}) ? ((workload as Deployment).spec.replicas ?? 1) : 1
}

async function scale(
  { view }: CanaryDeps,
  pair: TargetPair,
  side: 'target' | 'primary',
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  const workload = pair[side]
  if (!workload || pair.kind === 'Service') return
  if (pair.kind === 'Deployment') {
    if (replicasOf(workload as Deployment) === replicas) return // Of the same pair.
    await view.patch(Deployment, refOf(workload), { type: 'merge', body: { spec: { replicas } } }, { signal })
    return
  }
  const selector = (workload as DaemonSet).spec.template.spec?.nodeSelector // Of the same pair.
  const wanted = replicas === 0 ? 'true' : undefined
  if (jsonEqual(selector?.[scaleToZeroKey] as Json | undefined, wanted)) return
  const nodeSelector = { [scaleToZeroKey]: wanted ?? null }
  const body = { spec: { template: { spec: { nodeSelector } } } }
  await view.patch(DaemonSet, refOf(workload), { type: 'merge', body }, { signal })
}

/** One look at a Canary and everything that its rollout depends on. Reads caches alone: no request, no waiting. */
import { keyOf } from '../../apimachinery/meta.ts'
import {
  type Answer,
  isProblem,
  type Observed,
  type PartState,
  type Problem,
  type Routes,
} from '../../rollout/observed.ts'
import { statusOf } from '../../rollout/status.ts'
import { type Router, RoutesUnreadableError, type RouteTarget } from '../../router/router.ts'
import { hasFinalizer, isBeingDeleted } from '../../runtime/finalizer.ts'
import { areCopied } from './configs.ts'
import type { LookDeps } from './deps.ts'
import { endpointsOf } from './endpoints.ts'
import { type RecalledPart, textOf } from './recall.ts'
import { cannotBeMended } from './refuse.ts'
import { lookAtScalers, type ScalerLook } from './scaler.ts'
import { canaryServiceState } from './side-services.ts'
import { lookAtTarget, type Subject, type TargetLook } from './subject.ts'
import { runs } from './target.ts'

/** Flagger's finalizer, so that either of the two can end what the other began. */
export const canaryFinalizer = 'finalizer.flagger.app'

/** What was seen; `target` is there unless the target cannot be read. */
export interface Look {
  readonly observed: Observed
  readonly target?: TargetLook
}

const nothing = { services: 'absent', primaryScaler: 'absent', apexService: 'absent', routes: 'absent' } as const
const allToPrimary: Routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }
const unknown = { primaryRunsTarget: false, primaryHasConfigs: false, parts: nothing, routes: allToPrimary }

/** @throws CacheNotReadyError until all that is needed is in the caches */
export function observe(deps: LookDeps, subject: Subject, answers: Readonly<Record<string, Answer>>): Look {
  const { canary, spec, router } = subject
  const general = {
    now: deps.clock.now(),
    pace: deps.settings.pace,
    spec,
    status: statusOf(canary.status),
    deletion: { isRequested: isBeingDeleted(canary), hasFinalizer: hasFinalizer(canary, canaryFinalizer) },
    router: { splitsTraffic: router.splitsTraffic, mirrors: router.mirrors },
    answers,
  }
  const target = lookAtTarget(deps, subject)
  const scalers = isProblem(target) ? target : scalersOf(deps, subject, target)
  if (isProblem(target) || isProblem(scalers)) {
    const problem: Problem = isProblem(target) ? target : (scalers as Problem) // One of the two is.
    return { observed: { ...general, target: problem, ...unknown } }
  }
  return { target, observed: { ...general, ...objectsOf(deps, subject, target, scalers) } }
}

const settledPart: RecalledPart<Settled> = { name: 'settled' }
const routesPart: RecalledPart<RoutesLook> = { name: 'routes' }

/** A scaler that is missing does not keep the target from getting its pods back, nor one whose kind is not served. */
function scalersOf({ view }: LookDeps, { canary, spec }: Subject, { options }: TargetLook): ScalerLook | Problem {
  const found = isBeingDeleted(canary)
    ? attempt(() => lookAtScalers(view, canary, spec, options))
    : lookAtScalers(view, canary, spec, options)
  if (!found) return { primary: 'current' }
  return isProblem(found) && isBeingDeleted(canary) ? { primary: 'current' } : found
}

/** Nor do routes that cannot be carried out as they are written; reading them fills the caches for the way back. */
function objectsOf(deps: LookDeps, subject: Subject, target: TargetLook, scalers: ScalerLook) {
  try {
    return observedObjects(deps, subject, target, scalers)
  } catch (error) {
    if (!isBeingDeleted(subject.canary) || !cannotBeMended(error)) throw error
    attempt(() => subject.router.getRoutes(target.route))
    const { primary, observed } = target
    return {
      target: observed,
      ...(primary ? { primary } : {}),
      ...unknown,
    }
  }
}

/** What `read` gives; undefined where nothing but an edit or an installation could mend it. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (cannotBeMended(error)) return undefined
    throw error
  }
}

function observedObjects(deps: LookDeps, subject: Subject, target: TargetLook, scalers: ScalerLook) {
  const { canary } = subject
  const { pair, primary, observed } = target
  const key = keyOf(subject.spec.canary)
  // The copy of the target is another one whenever a spec of the two has changed, or anything that it was made from.
  const inputs = [canary.spec, target.wanted]
  const { services, apexService, ...primaryState } = deps.recall.of(key, settledPart, inputs, () =>
    settled(deps, subject, target),
  )
  const { state, routes } = deps.recall.of(key, routesPart, routeInputs(target.route), () => routesOf(subject, target))
  return {
    target: observed,
    ...(primary ? { primary } : {}),
    ...primaryState,
    parts: { services, primaryScaler: scalers.primary, apexService, routes: state },
    routes,
    ...(pair.kind === 'Service' ? {} : { endpoints: endpointsOf(deps.view, canary) }),
    ...(scalers.minReplicas === undefined ? {} : { autoscalerMinReplicas: scalers.minReplicas }),
  }
}

/** Of the primary and the Services: whether they are as they have to be. */
interface Settled {
  readonly primaryRunsTarget: boolean
  readonly primaryHasConfigs: boolean
  readonly services: PartState
  readonly apexService: PartState
}

function settled(deps: LookDeps, { spec }: Subject, { pair, options, route, observed, wanted }: TargetLook): Settled {
  const hasConfigs = areCopied(deps.view, spec.canary.namespace, observed.configs ?? {}, options.configCopies)
  return {
    primaryRunsTarget: hasConfigs && runs(pair, wanted),
    primaryHasConfigs: hasConfigs,
    services:
      pair.kind === 'Service' ? canaryServiceState(deps.view, pair.target, options) : deps.services.sides.state(route),
    // A Service that is a target is the apex itself, and the user's.
    apexService: pair.kind === 'Service' ? 'current' : deps.services.apex.state(route),
  }
}

/** The provider's objects: whether they are as they have to be, and what they do. */
interface RoutesLook {
  readonly state: PartState
  readonly routes: Routes | Problem
}

function routesOf({ router }: Subject, { route }: TargetLook): RoutesLook {
  return { state: router.state(route), routes: routesIn(router, route) }
}

/** What routers read of a Canary and its target. */
function routeInputs({ canary, owner, podLabel, ports }: RouteTarget): readonly unknown[] {
  const { metadata, spec, status } = canary
  const { iterations, sessionAffinityCookie, previousSessionAffinityCookie, primarySessionAffinityCookie } =
    status ?? {}
  return [
    spec,
    owner.uid,
    podLabel?.key,
    podLabel?.value,
    textOf(ports),
    textOf(metadata.annotations),
    iterations,
    sessionAffinityCookie,
    previousSessionAffinityCookie,
    primarySessionAffinityCookie,
  ]
}

/** A problem where the provider's objects do not tell yet. */
function routesIn(router: Router, route: RouteTarget): Routes | Problem {
  try {
    return router.getRoutes(route)
  } catch (error) {
    if (error instanceof RoutesUnreadableError) return { problem: error.message }
    throw error
  }
}

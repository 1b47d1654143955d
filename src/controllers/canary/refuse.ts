/** Canaries that cannot be carried out, and how they say so. */
import { Canary, type CanaryStatus } from '../../api/flagger/v1beta1.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import { UnknownProviderError } from '../../router/factory.ts'
import { RouteSpecError, RoutesUnreadableError } from '../../router/router.ts'
import { isNotFound } from '../../runtime/client.ts'
import { CacheNotReadyError } from '../../runtime/cluster-view.ts'
import type { LookDeps } from './deps.ts'
import { CanarySpecError } from './spec-error.ts'

/** Type of the condition that is there, and False, while a Canary cannot be carried out. */
export const acceptedCondition = 'Accepted'

/** Whether only a change of the Canary can help. */
export function isSpecError(error: Error): boolean {
  return error instanceof CanarySpecError || error instanceof RouteSpecError || error instanceof UnknownProviderError
}

/** Whether what a Canary leaves behind cannot be given back, however often that is tried. */
export function cannotBeMended(error: unknown): error is Error {
  if (error instanceof CacheNotReadyError) return error.isUnserved
  // Reading and then not finding: it went with its kind, or by itself.
  return error instanceof Error && (isSpecError(error) || error instanceof RoutesUnreadableError || isNotFound(error))
}

/** The status with the refusal; undefined where it says so already. */
export function withRefused(status: CanaryStatus | undefined, error: Error, now: Date): CanaryStatus | undefined {
  const conditions = status?.conditions ?? []
  const before = conditions.find(condition => condition.type === acceptedCondition)
  if (before?.message === error.message) return undefined
  const refused = {
    type: acceptedCondition,
    status: 'False',
    reason: 'InvalidSpec',
    message: error.message,
    lastUpdateTime: toTimestamp(now),
    lastTransitionTime: before?.lastTransitionTime ?? toTimestamp(now),
  }
  return { ...status, conditions: [...conditions.filter(condition => condition !== before), refused] }
}

/** The status without a refusal that no longer holds; undefined where there is none. */
export function withAccepted(status: CanaryStatus | undefined): CanaryStatus | undefined {
  const conditions = status?.conditions ?? []
  const kept = conditions.filter(condition => condition.type !== acceptedCondition)
  return kept.length < conditions.length ? { ...status, conditions: kept } : undefined
}

/** Two Canaries of one target would undo each other's work: the older one goes on, the younger one is refused. */
export function conflictOf({ canariesOf, view }: LookDeps, canary: Canary): CanarySpecError | undefined {
  const { metadata, spec } = canary
  if (metadata.deletionTimestamp !== undefined) return undefined
  const older = canariesOf(canary).find(other => isOlder(other, canary))
  if (!older) return undefined
  // The look at it makes its end bring this one back.
  view.get(Canary, { namespace: metadata.namespace, name: older.metadata.name ?? '' })
  const { name } = older.metadata
  return new CanarySpecError(
    `Found more than one canary with the same target ${spec.targetRef.name}: it belongs to ${name ?? ''} already`,
  )
}

function isOlder(a: Canary, b: Canary): boolean {
  if (a.metadata.name === b.metadata.name) return false
  const age = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  return age !== 0 ? age < 0 : (a.metadata.name ?? '') < (b.metadata.name ?? '')
}

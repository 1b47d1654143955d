/** What people read of a step that failed. */
import type { Action } from '../../rollout/decision.ts'
import { canaryName, kindName, targetName } from '../../rollout/events.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import { ApiError, ConnectionError } from '../../runtime/client.ts'

/** The event of an action, or of the status after all actions, that failed: upstream's words where it has some. */
export function failureText(spec: RolloutSpec, step: Action | 'status', error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  // Others say themselves what they are about.
  if (!(error instanceof ApiError || error instanceof ConnectionError)) return why
  if (step === 'status') return `failed after retries: updating canary ${canaryName(spec)} status failed: ${why}`
  const kind = kindName(spec)
  const primary = `${spec.target.name}-primary.${spec.canary.namespace}`
  switch (step.kind) {
    case 'createPrimary':
      return `createPrimary${kind} failed: creating ${kind.toLowerCase()} ${primary} failed: ${why}`
    case 'promote':
      return `updating ${kind.toLowerCase()} ${primary} template spec failed: ${why}`
    case 'scaleTarget':
      return step.replicas > 0
        ? `scaling up ${targetName(spec)} to ${step.replicas} failed: ${why}`
        : `scaling down canary ${kind} ${targetName(spec)} failed: ${why}`
    default:
      return why
  }
}

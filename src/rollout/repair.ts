/** Brings back what the engine owns and somebody changed or deleted, before a phase goes on. */
import { isSameRevision } from './change.ts'
import type { Action, Decision } from './decision.ts'
import { warning } from './events.ts'
import { canServe, type Live } from './live.ts'
import type { Part } from './observed.ts'
import { act, afterCorrection, wait } from './reply.ts'
import { isSteady } from './status.ts'

/** The order in which parts depend on one another: traffic is switched last. */
const partsInOrder: readonly Part[] = ['services', 'primaryScaler', 'apexService', 'routes']

/** A step that repairs, a wait for what only a person can repair, or undefined when all is as it has to be. */
export function repair(o: Live): Decision | undefined {
  return o.primary ? repairParts(o) : repairPrimary(o)
}

function repairParts(o: Live): Decision | undefined {
  const broken = partsInOrder.filter(part => o.parts[part] !== 'current' && mayRepair(o, part))
  if (broken.length === 0) return undefined
  return act(
    o,
    { rule: 'repair', text: `Objects of the rollout are missing or were changed: ${broken.join(', ')}.` },
    { actions: broken.map(part => ({ kind: 'ensurePart', part })), requeueAt: afterCorrection(o) },
  )
}

/** During a rollout the primary's autoscaler has a floor, which is not to be lowered half-way. */
function mayRepair(o: Live, part: Part): boolean {
  return part !== 'primaryScaler' || o.parts.primaryScaler === 'absent' || isSteady(o.status.phase)
}

/** A primary is made again only from a revision that was promoted, never from one under analysis or refused. */
function repairPrimary(o: Live): Decision {
  const { target, status, spec } = o
  const isPromoted = isSameRevision(status.lastPromotedSpec, target)
  const isBeingPromoted =
    (status.phase === 'Promoting' || status.phase === 'Finalising') && isSameRevision(status.lastAppliedSpec, target)
  if (isPromoted || isBeingPromoted) {
    return act(
      o,
      { rule: 'create-primary-again', text: 'The primary is missing, and the target has the promoted revision.' },
      { actions: [createPrimary(o)], requeueAt: o.now },
    )
  }
  const name = `${spec.target.name}-primary.${spec.canary.namespace}`
  const message = `${name} is missing and ${spec.target.name} has a revision that was not promoted: apply the promoted one`
  return wait(o, { rule: 'primary-missing', text: `${message}.` }, 'primary', {
    waitsFor: 'the promoted revision in the target',
    announce: [warning(message)],
  })
}

/** Makes the primary with the replicas that it, or the target, had. */
export function createPrimary(o: Live): Action {
  const { target, status, autoscalerMinReplicas } = o
  const had =
    target.desiredReplicas > 0 ? target.desiredReplicas : (status.primaryReplicas ?? autoscalerMinReplicas ?? 1)
  return { kind: 'createPrimary', replicas: Math.max(1, had) }
}

/** A step that gives a primary that was scaled to zero its pods back, where the rollout needs them. */
export function wakePrimary(o: Live): Decision | undefined {
  if (!o.primary || o.primary.desiredReplicas > 0 || canServe(o.primary)) return undefined
  return act(
    o,
    { rule: 'wake-primary', text: 'The primary was scaled to zero while traffic has to return to it.' },
    {
      actions: [{ kind: 'scalePrimary', replicas: Math.max(1, o.status.primaryReplicas ?? 1) }],
      requeueAt: afterCorrection(o),
    },
  )
}

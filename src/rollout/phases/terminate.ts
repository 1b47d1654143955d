/** Deletion: with `revertOnDeletion` the target takes its traffic back before the primary goes. */
import type { Action, Decision } from '../decision.ts'
import { canaryName, normal, warning } from '../events.ts'
import { isScalable, type Live } from '../live.ts'
import { isProblem, type Observed, type ObservedTarget } from '../observed.ts'
import { canaryReadiness } from '../readiness.ts'
import { act, wait } from '../reply.ts'
import { later, toPhase } from '../transition.ts'

/** The next step of a deletion; undefined while nobody asked for one. */
export function terminate(o: Observed): Decision | undefined {
  if (!o.deletion.isRequested) return undefined
  if (!o.deletion.hasFinalizer) {
    return wait(
      o,
      { rule: 'deleted', text: 'The Canary is being deleted and nothing has to be reverted.' },
      'deletion',
      {
        waitsFor: 'the API to remove the object',
      },
    )
  }
  if (!o.spec.revertOnDeletion || isProblem(o.target)) return letGo(o)
  if (o.status.phase !== 'Terminating') {
    return act(
      o,
      { rule: 'terminate', text: 'The Canary is being deleted: the target takes over again.' },
      {
        status: toPhase(o, 'Terminating'),
        announce: [normal(`Terminating canary ${canaryName(o.spec)}`)],
        requeueAt: o.now,
      },
    )
  }
  return revert(o, o.target)
}

function letGo(o: Observed): Decision {
  const lost = o.spec.revertOnDeletion && isProblem(o.target) ? o.target.problem : undefined
  return act(
    o,
    { rule: 'nothing-to-revert', text: 'The Canary is being deleted and there is nothing to revert to.' },
    {
      actions: [{ kind: 'removeFinalizer' }],
      ...(lost ? { announce: [warning(`Could not be restored: ${lost}`)] } : {}),
    },
  )
}

/** Pods first, then traffic, then a while for what is on its way, and only then the primary may go. */
function revert(o: Observed, target: ObservedTarget): Decision {
  const resume: Action[] = o.spec.autoscaler ? [{ kind: 'resumeTargetScaler' }] : []
  if (isScalable(o.spec) && target.desiredReplicas === 0) {
    const replicas = Math.max(1, o.primary?.desiredReplicas ?? o.status.primaryReplicas ?? 1)
    return act(
      o,
      { rule: 'revert-replicas', text: 'The target gets its pods back before traffic returns to it.' },
      { actions: [...resume, { kind: 'scaleTarget', replicas }], requeueAt: o.now },
    )
  }
  // Traffic returns by the apex: the Service of the canary goes, whatever has become of it.
  const { endpoints: _, ...pods } = o
  const readiness = canaryReadiness(target, pods)
  if (!readiness.ready) {
    const message = `canary not ready during finalizing: ${readiness.message}`
    return wait(o, { rule: 'revert-waits', text: 'The target is not ready to take its traffic back.' }, 'canary', {
      waitsFor: 'the pods of the target; or remove spec.revertOnDeletion to let go at once',
      announce: [warning(message)],
      until: later(o.now, o.spec.intervalMs),
    })
  }
  return act(
    o,
    { rule: 'revert-routing', text: 'The target is ready: traffic returns to it and the objects of the rollout go.' },
    {
      // It is still held where an agent died between that and the end of the pods.
      actions: [
        ...resume,
        { kind: 'revertRouting' },
        { kind: 'awaitDrain', side: 'primary' },
        { kind: 'removeFinalizer' },
      ],
      announce: [normal(`Terminated canary ${canaryName(o.spec)}`)],
    },
  )
}

/** Keeps the finalizer in step with `spec.revertOnDeletion`. */
export function keepFinalizer(o: Live): Decision | undefined {
  const { revertOnDeletion } = o.spec
  if (revertOnDeletion === o.deletion.hasFinalizer) return undefined
  const action: Action = { kind: revertOnDeletion ? 'addFinalizer' : 'removeFinalizer' }
  return act(
    o,
    { rule: 'keep-finalizer', text: `spec.revertOnDeletion is ${revertOnDeletion}.` },
    { actions: [action], requeueAt: o.now },
  )
}

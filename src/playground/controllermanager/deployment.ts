/** Deployments: carries out what deployment-plan.ts decides. */
import { Deployment, ReplicaSet } from '../../api/core/apps-v1.ts'
import { Pod } from '../../api/core/core-v1.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isAlreadyExists, isNotFound } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import { controllerOwnerKeys } from '../../runtime/predicates.ts'
import type { Result } from '../../runtime/reconcile.ts'
import { revisionAnnotation } from './deployment-context.ts'
import { type DeploymentAction, planDeployment } from './deployment-plan.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { sameTemplate } from './pods.ts'

const fieldManager = 'kube-controller-manager'

/** Makes the controller. */
export function newDeploymentController(deps: ControllerManagerDeps): Controller {
  const { client, informers, clock, events } = deps
  const deployments = informers.informer(Deployment)
  const replicaSets = informers.informer(ReplicaSet)
  const pods = informers.informer(Pod)
  const ownerUid = (object: ReplicaSet | Pod) => [controllerOf(object)?.uid ?? '']
  replicaSets.addIndex('owner', ownerUid)
  pods.addIndex('owner', ownerUid)

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const deployment = deployments.get(key)
    if (!deployment) return {}
    const own = replicaSets.byIndex('owner', deployment.metadata?.uid ?? '')
    const old = own.filter(set => !sameTemplate(set.spec.template, deployment.spec.template))
    const oldPodsRemain = old.some(set => pods.byIndex('owner', set.metadata?.uid ?? '').length > 0)
    const plan = planDeployment({ deployment, replicaSets: own, oldPodsRemain, now: clock.now() })
    for (const action of plan.actions) await carryOut(deployment, action, signal)
    await patchStatus(client, Deployment, deployment, plan.status, { signal, fieldManager })
    return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs + 1000 }
  }

  async function carryOut(deployment: Deployment, action: DeploymentAction, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = deployment.metadata ?? {}
    if (action.kind === 'annotate') {
      const body = { metadata: { annotations: { [revisionAnnotation]: action.revision } } }
      await client.patch(Deployment, { namespace, name }, { type: 'merge', body }, { signal, fieldManager })
    } else if (action.kind === 'create') {
      await create(deployment, action.replicaSet, signal)
    } else if (action.kind === 'delete') {
      const ref = { namespace, name: action.replicaSet.metadata?.name ?? '' }
      await client.delete(ReplicaSet, ref, { signal }).catch(error => {
        if (!isNotFound(error)) throw error
      })
    } else {
      await update(deployment, action, signal)
    }
  }

  async function create(deployment: Deployment, replicaSet: ReplicaSet, signal: AbortSignal): Promise<void> {
    try {
      await client.create(ReplicaSet, replicaSet, { signal, fieldManager })
      tell(deployment, replicaSet, 0, replicaSet.spec.replicas ?? 0)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const { namespace, name = '' } = replicaSet.metadata ?? {}
      const existing = await client.fetch(ReplicaSet, { namespace, name }, { signal })
      const isOurs =
        controllerOf(existing)?.uid === deployment.metadata?.uid &&
        sameTemplate(existing.spec.template, deployment.spec.template)
      // Ours, and the cache is behind; else another template has the same hash: the next try takes another name.
      if (isOurs) return
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
      await patchStatus(
        client,
        Deployment,
        deployment,
        { ...deployment.status, collisionCount },
        { signal, fieldManager },
      )
      throw error
    }
  }

  async function update(
    deployment: Deployment,
    { replicaSet, replicas, annotations }: DeploymentAction & { kind: 'update' },
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name = '', resourceVersion } = replicaSet.metadata ?? {}
    const body = {
      // A plan made from a stale cache is refused and made again.
      metadata: { annotations, ...(resourceVersion ? { resourceVersion } : {}) },
      spec: { replicas },
    }
    await client.patch(ReplicaSet, { namespace, name }, { type: 'merge', body }, { signal, fieldManager })
    tell(deployment, replicaSet, replicaSet.spec.replicas ?? 0, replicas)
  }

  function tell(deployment: Deployment, replicaSet: ReplicaSet, from: number, to: number): void {
    if (from === to) return
    const direction = to > from ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${replicaSet.metadata?.name} from ${from} to ${to}`
    events.record(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message })
  }

  return newController({
    ...deps,
    reconciler: { name: 'deployment', reconcile },
    sources: [
      watchSource(deployments),
      watchSource(replicaSets, { toKeys: controllerOwnerKeys(Deployment) }),
      // Recreate waits for the last old pod.
      watchSource(pods, {
        predicates: [event => event.type === 'deleted'],
        toKeys(event) {
          const owner = controllerOf(event.object)
          const set = owner && replicaSets.get({ namespace: event.object.metadata?.namespace, name: owner.name })
          return set ? controllerOwnerKeys(Deployment)({ type: 'added', object: set }) : []
        },
      }),
    ],
    concurrency: 5,
  })
}

/** The controllers of a local member that a real cluster has in kube-controller-manager. */
import type { Controller } from '../../runtime/controller.ts'
import { newDaemonSetController } from './daemonset.ts'
import { newDeploymentController } from './deployment.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { newEndpointSliceController } from './endpointslice.ts'
import { type HpaDeps, newHpaController } from './hpa.ts'
import { newJobController } from './job.ts'
import { newReplicaSetController } from './replicaset.ts'
import { newNamespaceDefaultsController } from './service-account.ts'

/** All controllers, not running yet. */
export function newWorkloadControllers(
  deps: ControllerManagerDeps & Pick<HpaDeps, 'podCpuCores'> & { readonly caPem: string },
): readonly Controller[] {
  return [
    newNamespaceDefaultsController(deps),
    newDeploymentController(deps),
    newReplicaSetController(deps),
    newDaemonSetController(deps),
    newJobController(deps),
    newEndpointSliceController(deps),
    newHpaController(deps),
  ]
}

/** The Tables of built-in kinds: what `kubectl get` shows, `-o wide` included. */
import type { GroupVersionKind, Json, JsonObject } from '../../../apimachinery/meta.ts'
import { autoscalerCells } from './autoscaling.ts'
import type { Cells } from './cell.ts'
import {
  apiServiceCells,
  configMapCells,
  customResourceDefinitionCells,
  eventCells,
  leaseCells,
  nameAndAge,
  nameAndCreation,
  namespaceCells,
  nodeCells,
  persistentVolumeCells,
  persistentVolumeClaimCells,
  priorityClassCells,
  resourceQuotaCells,
  roleBindingCells,
  secretCells,
  storageClassCells,
  webhooksCells,
} from './cluster.ts'
import { builtinColumns, type TableColumn } from './columns.ts'
import {
  endpointSliceCells,
  endpointsCells,
  ingressCells,
  ingressClassCells,
  networkPolicyCells,
  serviceCells,
} from './networking.ts'
import { podCells, podRowConditions } from './pods.ts'
import { scaleCells, scaleColumns } from './scale.ts'
import {
  controllerRevisionCells,
  cronJobCells,
  daemonSetCells,
  deploymentCells,
  disruptionBudgetCells,
  jobCells,
  podTemplateCells,
  replicaSetCells,
  replicationControllerCells,
  statefulSetCells,
} from './workloads.ts'

/** How objects of one kind are shown. */
export interface BuiltinPrinter {
  readonly columns: readonly TableColumn[]
  /** The cells of one object, one a column. */
  cells(object: JsonObject, now: Date): Json[]
  /** The conditions of its row (meta/v1 TableRowCondition); most kinds have none. */
  conditions(object: JsonObject): readonly JsonObject[]
}

const cells: Readonly<Record<string, Cells>> = {
  '/v1/ConfigMap': configMapCells,
  '/v1/Endpoints': endpointsCells,
  '/v1/Event': eventCells,
  '/v1/Namespace': namespaceCells,
  '/v1/Node': nodeCells,
  '/v1/PersistentVolume': persistentVolumeCells,
  '/v1/PersistentVolumeClaim': persistentVolumeClaimCells,
  '/v1/Pod': podCells,
  '/v1/PodTemplate': podTemplateCells,
  '/v1/ReplicationController': replicationControllerCells,
  '/v1/ResourceQuota': resourceQuotaCells,
  '/v1/Secret': secretCells,
  '/v1/Service': serviceCells,
  '/v1/ServiceAccount': nameAndAge,
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': webhooksCells,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': webhooksCells,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': customResourceDefinitionCells,
  'apiregistration.k8s.io/v1/APIService': apiServiceCells,
  'apps/v1/ControllerRevision': controllerRevisionCells,
  'apps/v1/DaemonSet': daemonSetCells,
  'apps/v1/Deployment': deploymentCells,
  'apps/v1/ReplicaSet': replicaSetCells,
  'apps/v1/StatefulSet': statefulSetCells,
  'autoscaling/v1/Scale': scaleCells,
  'autoscaling/v2/HorizontalPodAutoscaler': autoscalerCells,
  'batch/v1/CronJob': cronJobCells,
  'batch/v1/Job': jobCells,
  'coordination.k8s.io/v1/Lease': leaseCells,
  'discovery.k8s.io/v1/EndpointSlice': endpointSliceCells,
  'events.k8s.io/v1/Event': eventCells,
  'networking.k8s.io/v1/Ingress': ingressCells,
  'networking.k8s.io/v1/IngressClass': ingressClassCells,
  'networking.k8s.io/v1/NetworkPolicy': networkPolicyCells,
  'policy/v1/PodDisruptionBudget': disruptionBudgetCells,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': roleBindingCells,
  'rbac.authorization.k8s.io/v1/RoleBinding': roleBindingCells,
  'scheduling.k8s.io/v1/PriorityClass': priorityClassCells,
  'storage.k8s.io/v1/StorageClass': storageClassCells,
}

/** The printer of a built-in kind; a kind without one of its own shows its name and when it was made. */
export function builtinPrinter({ group, version, kind }: GroupVersionKind): BuiltinPrinter {
  const key = `${group}/${version}/${kind}`
  const known = key === 'autoscaling/v1/Scale' ? scaleColumns : builtinColumns[key]
  return {
    columns: known ?? builtinColumns['/v1/LimitRange'] ?? [],
    cells: known ? (cells[key] ?? nameAndCreation) : nameAndCreation,
    conditions: key === '/v1/Pod' ? podRowConditions : () => [],
  }
}

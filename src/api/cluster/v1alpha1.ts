/** cluster.kurator.dev/v1alpha1: clusters that exist already. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import type { KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import { boolean, type Infer, integer, type ObjectOfKind, object, string } from '../../apimachinery/schema.ts'
import { conditions } from '../common.ts'

const spec = object({
  kubeconfig: object(
    {
      key: string({ default: 'value', description: 'Key of the Secret that holds the kubeconfig.' }),
      name: string({ description: 'Name of a Secret in the same namespace.' }),
    },
    { required: ['key', 'name'] },
  ),
})

const status = object({
  conditions,
  observedGeneration: integer({ format: 'int64' }),
  ready: boolean(),
  version: string({ description: 'Version of Kubernetes, as the cluster says.' }),
})

/** A cluster that exists already, reached through a kubeconfig. */
export type AttachedCluster = ObjectOfKind<Infer<typeof spec>, Infer<typeof status>>

/** A cluster that exists already, reached through a kubeconfig. */
export const AttachedCluster: CustomKind<AttachedCluster> = customKind({
  group: 'cluster.kurator.dev',
  version: 'v1alpha1',
  kind: 'AttachedCluster',
  plural: 'attachedclusters',
  description: 'A cluster that exists already, reached through a kubeconfig.',
  categories: ['kurator-dev'],
  spec,
  status,
  columns: [{ name: 'Ready', type: 'boolean', jsonPath: '.status.ready' }],
})

/** A cluster that Kurator provisions; only what a Fleet has to know of it. Its kind is there where Kurator is. */
export interface Cluster extends KubernetesObject {
  readonly status?: {
    /** `Provisioning`, `Ready`, `Deleting` or `Failed`. */
    readonly phase?: string
    /** Name of the Secret, in the same namespace, whose `value` is the kubeconfig. */
    readonly kubeconfigSecretRef?: string
  }
}

/** A cluster that Kurator provisions. */
export const Cluster: ResourceType<Cluster> = {
  group: 'cluster.kurator.dev',
  version: 'v1alpha1',
  kind: 'Cluster',
  plural: 'clusters',
  namespaced: true,
}

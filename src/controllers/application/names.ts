/** Names and marks of what an Application makes. Pure. */
import { cutToLabel, type TargetCluster, workloadNamespace } from '../../api/apps/policy-names.ts'
import type { Application, Rollout } from '../../api/apps/v1alpha1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'

/** The finalizer of Kurator's application controller. */
export const applicationFinalizer = 'apps.kurator.dev'

/** Owns the fields that the controller of Applications writes, on the host and on members. */
export const applicationFieldManager = 'serin-application'

/** On what an Application makes in the host cluster: its name (Kurator's label). */
export const applicationLabel = 'apps.kurator.dev/app-name'

/** On what a rollout makes in a member: the name of its policy (Kurator's annotation). */
export const rolloutAnnotation = 'kurator.dev/rollout'

/** On what an Application makes in a member: its uid, so that one Application never takes another's for its own. */
export const ownerLabel = 'serin.dev/application-uid'

/** On what an Application makes in a member: its `namespace/name`, so that changes there find the way back. */
export const ownerAnnotation = 'serin.dev/application'

/** Lets an Application be deleted while members cannot be reached; what it made there stays. */
export const forceDeleteAnnotation = 'apps.kurator.dev/force-delete'

/** A cluster that a policy goes to, and how to reach it. */
export interface Target extends TargetCluster {
  /** The Secret of its kubeconfig; absent for the host itself. */
  readonly kubeConfig?: { readonly name: string; readonly key: string }
}

/** Where a policy goes that has no destination. */
export const hostTarget: Target = { kind: 'currentCluster', name: 'host' }

/** The value of {@link applicationLabel}: the name, or what is left of one that is too long for a label. */
export function applicationLabelOf({ metadata }: Application): string {
  return cutToLabel(metadata.name ?? '')
}

/** The name of the private load tester: of its Deployment, its Service and in its URL alike. */
export function testLoaderName(rollout: Rollout): string {
  return `${rollout.workload.name}-testloader`
}

/** The namespace in which the providers' parts (and the public load tester) live. */
export function providerNamespace(provider: string): string {
  const namespaces: Readonly<Record<string, string>> = {
    istio: 'istio-system',
    kuma: 'kuma-system',
    nginx: 'ingress-nginx',
  }
  return namespaces[provider] ?? 'istio-system'
}

const publicLoaderSuffix = '-loadtester'

/** Where the load commands of a rollout are sent. */
export function loadTesterUrl(rollout: Rollout, namespace: string, target: Target): string {
  if (rollout.testLoader) return `http://${testLoaderName(rollout)}.${namespace}/`
  const { namespace: at, name } = publicLoaderOf(rollout, target)
  return `http://${name}.${at}/`
}

/** The Service of the load tester that the Fleet's plugin brings to a member. */
export function publicLoaderOf(
  rollout: Rollout,
  target: Target,
): { readonly namespace: string; readonly name: string } {
  const namespace = providerNamespace(rollout.trafficRoutingProvider)
  return { namespace, name: `${namespace}-testloader-${target.name}${publicLoaderSuffix}` }
}

/** Whether a rollout of the Application waits for a Service of that name: its own, or that of a public load tester. */
export function usesService(application: Application, { metadata: of }: KubernetesObject): boolean {
  // One from before admission asked for it.
  if (!('spec' in application)) return false
  return application.spec.syncPolicies.some(({ rollout }) => {
    if (!rollout) return false
    if (of?.name === rollout.serviceName) return of.namespace === workloadNamespace(application, rollout)
    const isLoader = of?.name?.endsWith(publicLoaderSuffix) ?? false
    return isLoader && of?.namespace === providerNamespace(rollout.trafficRoutingProvider)
  })
}

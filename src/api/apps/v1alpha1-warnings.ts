/** What is legal in an Application but hardly meant: admission says it to the user and accepts the object. */
import type { Application, Rollout, SyncPolicy } from './v1alpha1.ts'

/** One warning a line, with the field in front. */
export function applicationWarnings(application: Application): string[] {
  return application.spec.syncPolicies.flatMap((policy, i) => {
    const field = `spec.syncPolicies[${i}]`
    return [
      ...(hasContent(policy) ? [] : [`${field}: nothing is applied, since neither kustomization nor helm is set`]),
      ...(policy.rollout ? rolloutWarnings(policy.rollout, `${field}.rollout`) : []),
    ]
  })
}

function hasContent(policy: SyncPolicy): boolean {
  return policy.kustomization !== undefined || policy.helm !== undefined
}

function rolloutWarnings(rollout: Rollout, field: string): string[] {
  const analysis = `${field}.rolloutPolicy.trafficAnalysis`
  const { trafficAnalysis } = rollout.rolloutPolicy
  const metrics = trafficAnalysis?.metrics ?? []
  const commands = trafficAnalysis?.webhooks?.command ?? []
  return [
    ...metrics.flatMap(({ name, thresholdRange }, i) => {
      const problem = thresholdProblem(name, thresholdRange)
      return problem ? [`${analysis}.metrics[${i}].thresholdRange: ${problem}`] : []
    }),
    ...commands.flatMap((command, i) =>
      strangeHosts(command, rollout).map(
        host =>
          `${analysis}.webhooks.command[${i}]: calls ${host}, which is none of the services of this rollout (${rollout.serviceName}, ${rollout.serviceName}-canary, ${rollout.serviceName}-primary in namespace ${rollout.workload.namespace ?? 'of the Application'})`,
      ),
    ),
  ]
}

function thresholdProblem(name: string, range: { readonly min?: number; readonly max?: number } | undefined) {
  if (!range || (range.min === undefined && range.max === undefined))
    return 'without min and max the check always passes'
  if (/success|availability/.test(name) && range.min === undefined) {
    return `${name} has only a maximum, so the rollout fails while requests succeed; set min instead`
  }
  if (/duration|latency|error/.test(name) && range.max === undefined) {
    return `${name} has only a minimum, so the rollout fails while all is well; set max instead`
  }
  return undefined
}

/** Cluster-internal hosts in a load command that are no service of the rollout. Others may be ingress hosts. */
function strangeHosts(command: string, { serviceName, workload, rolloutPolicy }: Rollout): string[] {
  const known = new Set([
    ...[serviceName, `${serviceName}-canary`, `${serviceName}-primary`],
    ...(rolloutPolicy.trafficRouting?.hosts ?? []),
    ...(rolloutPolicy.trafficRouting?.host ? [rolloutPolicy.trafficRouting.host] : []),
  ])
  const namespace = workload.namespace
  const hosts = [...command.matchAll(/\bhttps?:\/\/([^/\s:"']+)/g)].map(match => match[1] ?? '')
  return hosts.filter(host => {
    if (known.has(host)) return false
    const [service = '', serviceNamespace, ...domain] = host.split('.')
    const isInternal = domain.length === 0 || domain[0] === 'svc'
    if (!isInternal) return false
    return !known.has(service) || (serviceNamespace !== undefined && serviceNamespace !== namespace)
  })
}

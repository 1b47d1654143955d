/** What admission fills in on an Application. */
import type { Application, SyncPolicy } from './v1alpha1.ts'

/** The Application with its defaults: protocol http for kuma. Returns the same object when there is nothing to do. */
export function defaultApplication(application: Application): Application {
  const syncPolicies = application.spec.syncPolicies.map(defaultPolicy)
  const isSame = syncPolicies.every((policy, i) => policy === application.spec.syncPolicies[i])
  return isSame ? application : { ...application, spec: { ...application.spec, syncPolicies } }
}

function defaultPolicy(policy: SyncPolicy): SyncPolicy {
  const { rollout } = policy
  const routing = rollout?.rolloutPolicy.trafficRouting
  if (rollout?.trafficRoutingProvider !== 'kuma' || !routing || routing.protocol) return policy
  const trafficRouting = { ...routing, protocol: 'http' }
  return { ...policy, rollout: { ...rollout, rolloutPolicy: { ...rollout.rolloutPolicy, trafficRouting } } }
}

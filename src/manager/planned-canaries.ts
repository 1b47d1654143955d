/** The Canaries that an Application leads to, before any cluster knows it. */

import { policyName } from '../api/apps/policy-names.ts'
import type { Application } from '../api/apps/v1alpha1.ts'
import type { Service } from '../api/core/core-v1.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import { canaryOf } from '../controllers/application/canary.ts'
import { hostTarget } from '../controllers/application/names.ts'

/** One for each policy with a rollout; ports are taken as the rollout names them. */
export function plannedCanaries(application: Application): readonly Canary[] {
  return application.spec.syncPolicies.flatMap((policy, index) => {
    if (!policy.rollout) return []
    const { port, serviceName } = policy.rollout
    const service: Service = { metadata: { name: serviceName }, spec: { ports: [{ port }] } }
    const { object } = canaryOf(
      { application, policyName: policyName(application, index), rollout: policy.rollout, target: hostTarget },
      service,
    )
    return [object as Canary] // canaryOf makes nothing else
  })
}

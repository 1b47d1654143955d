/** The way in for a rollout with nginx: an Ingress of its own for each service, so that several share a namespace. Pure. */
import { Ingress } from '../../api/core/networking-v1.ts'
import { type MemberRollout, metadataOf } from './canary.ts'
import type { WantedObject } from './host-plan.ts'

/** Leads `trafficRouting.host` to the rollout's Service; none for other providers. */
export function ingressOf(member: MemberRollout): readonly WantedObject[] {
  const { serviceName, port, trafficRoutingProvider, rolloutPolicy } = member.rollout
  const host = rolloutPolicy.trafficRouting?.host
  if (trafficRoutingProvider !== 'nginx' || !host) return []
  const { labels, annotations, ...metadata } = metadataOf(member, serviceName)
  const object: Ingress = {
    metadata: {
      ...metadata,
      labels: { ...labels, app: serviceName },
      // Kurator's way to say it, which controllers understand with and without an IngressClass.
      annotations: { ...annotations, 'kubernetes.io/ingress.class': 'nginx' },
    },
    spec: {
      rules: [
        {
          host,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: serviceName, port: { number: port } } } },
            ],
          },
        },
      ],
    },
  }
  return [{ type: Ingress, object }]
}

/** What a schema cannot say about a Fleet. */
import { duplicate, type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error.ts'
import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import type { Fleet } from './v1alpha1.ts'

/** Kinds that a member may have; empty stands for the second. */
export const memberKinds = ['AttachedCluster', 'Cluster'] as const

const trafficProviders = ['gatewayapi:v1', 'istio', 'kubernetes', 'kuma', 'nginx']

/** What is wrong with a Fleet that its schema accepts. */
export function validateFleet(fleet: Fleet): FieldError[] {
  const clusters = fleet.spec?.clusters ?? []
  const keys = clusters.map(({ kind, name }) => `${kind || 'Cluster'}/${name}`)
  const provider = fleet.spec?.plugin?.flagger?.trafficRoutingProvider
  return [
    ...clusters.flatMap(({ kind, name }, i) => {
      const field = `spec.clusters[${i}]`
      if (!name) return [required(`${field}.name`)]
      return [
        ...(kind && !(memberKinds as readonly string[]).includes(kind)
          ? [notSupported(`${field}.kind`, kind, memberKinds)]
          : []),
        ...dns1123SubdomainProblems(name).map(problem => invalid(`${field}.name`, name, problem)),
        ...(keys.indexOf(keys[i] ?? '') < i ? [duplicate(field, { kind: kind || 'Cluster', name })] : []),
      ]
    }),
    ...(provider !== undefined && !trafficProviders.includes(provider)
      ? [notSupported('spec.plugin.flagger.trafficRoutingProvider', provider, trafficProviders)]
      : []),
  ]
}

/** Every custom kind that we know. */
import type { CustomKind } from '../apimachinery/kind.ts'
import { Application } from './apps/v1alpha1.ts'
import { AttachedCluster } from './cluster/v1alpha1.ts'
import { AlertProvider, Canary, MetricTemplate } from './flagger/v1beta1.ts'
import { Fleet } from './fleet/v1alpha1.ts'
import { HTTPRoute } from './gateway-api/v1.ts'
import { HelmRelease } from './helm/v2.ts'
import { DestinationRule, Gateway, VirtualService } from './istio/networking.ts'
import { TrafficRoute } from './kuma/v1alpha1.ts'
import { Kustomization } from './kustomize/v1.ts'
import { GitRepository, HelmChart, HelmRepository, OCIRepository } from './source/v1.ts'

/** Kinds that the host cluster serves for applications and fleets. */
export const hostKinds: readonly CustomKind[] = [
  Application,
  Fleet,
  AttachedCluster,
  GitRepository,
  HelmRepository,
  HelmChart,
  OCIRepository,
  Kustomization,
  HelmRelease,
]

/** Kinds that a cluster with rollouts serves. */
export const rolloutKinds: readonly CustomKind[] = [Canary, MetricTemplate, AlertProvider]

/** Kinds by which traffic is routed; on real clusters their owners install them. */
export const trafficKinds: readonly CustomKind[] = [VirtualService, DestinationRule, Gateway, HTTPRoute]

/** Kinds of meshes that local members stand for; no definition of them is shipped. */
export const meshKinds: readonly CustomKind[] = [TrafficRoute]

/** All of them. */
export const allKinds: readonly CustomKind[] = [...hostKinds, ...rolloutKinds, ...trafficKinds, ...meshKinds]

/** fleet.kurator.dev/v1alpha1: clusters that are managed as one. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import {
  anyObject,
  anyValue,
  array,
  boolean,
  type Infer,
  integer,
  map,
  type ObjectOfKind,
  object,
  string,
} from '../../apimachinery/schema.ts'
import { conditions } from '../common.ts'

const members = array(
  object(
    {
      apiVersion: string(),
      fieldPath: string(),
      kind: string({ description: 'AttachedCluster or Cluster; Cluster when empty.' }),
      name: string(),
      namespace: string({ description: 'Without effect: members are in the namespace of the Fleet.' }),
      resourceVersion: string(),
      uid: string(),
    },
    { 'x-kubernetes-map-type': 'atomic' },
  ),
)

const chart = object({ name: string(), repository: string(), version: string() })

const flagger = object(
  {
    chart,
    config: object({ chart, extraArgs: anyValue() }, { description: 'Chart of the traffic routing provider.' }),
    extraArgs: anyValue({ description: 'Values for the chart of the engine.' }),
    publicTestloader: boolean({ description: 'Whether each member gets a load tester that all rollouts share.' }),
    trafficRoutingProvider: string({ description: 'istio, kuma or nginx.' }),
  },
  { required: ['trafficRoutingProvider'], description: 'The rollout engine of the members.' },
)

const notOurs = anyObject({ description: 'Kept, but not acted upon.' })

const spec = object({
  clusters: members,
  plugin: object({
    backup: notOurs,
    distributedStorage: notOurs,
    flagger,
    grafana: notOurs,
    metric: notOurs,
    policy: notOurs,
    submariner: notOurs,
  }),
})

const status = object({
  conditions,
  credentialSecret: string(),
  members: array(
    object(
      {
        engine: string({ description: 'Who rolls out on this member: agent, hub or flagger.' }),
        kind: string(),
        message: string(),
        name: string(),
        plugins: array(
          object(
            {
              message: string(),
              name: string({ description: 'serin-agent, flagger or testloader.' }),
              ready: boolean(),
              reason: string(),
            },
            { required: ['name', 'ready'] },
          ),
          {
            description: 'What the Fleet installs on this member, each with why it is not ready.',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
        ),
        ready: boolean(),
        reason: string(),
        version: string(),
      },
      { required: ['kind', 'name', 'ready'] },
    ),
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['kind', 'name'] },
  ),
  observedGeneration: integer({ format: 'int64' }),
  phase: string(),
  pluginEndpoints: map(array(string())),
  readyClusters: integer({ format: 'int32' }),
  reason: string(),
  unReadyClusters: integer({ format: 'int32' }),
})

/** `spec` of a Fleet. */
export type FleetSpec = Infer<typeof spec>

/** `status` of a Fleet. */
export type FleetStatus = Infer<typeof status>

/** Clusters that are managed as one. */
export type Fleet = ObjectOfKind<FleetSpec, FleetStatus>

/** Clusters that are managed as one. */
export const Fleet: CustomKind<Fleet> = customKind({
  group: 'fleet.kurator.dev',
  version: 'v1alpha1',
  kind: 'Fleet',
  plural: 'fleets',
  description: 'Clusters that are managed as one.',
  categories: ['kurator-dev'],
  spec,
  status,
  columns: [{ name: 'Phase', type: 'string', jsonPath: '.status.phase' }],
})

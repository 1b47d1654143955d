/** Sequences of writes whose outcome record-writes.ts takes from a real server. */
import type { JsonObject } from '../../src/apimachinery/meta.ts'

/** One request of a sequence, to the sequence's object. */
export type Step =
  | {
      readonly verb: 'create' | 'apply'
      readonly manager: string
      readonly body: JsonObject
      readonly subresource?: string
      readonly force?: true
    }
  | {
      readonly verb: 'patch'
      readonly type: 'json' | 'merge' | 'strategic'
      readonly manager: string
      readonly body: unknown
      readonly subresource?: string
    }
  /** Replaces the object by what `change` makes of the stored one. */
  | {
      readonly verb: 'update'
      readonly manager: string
      // biome-ignore lint/suspicious/noExplicitAny: what a case changes is its own business
      readonly change: (object: any) => any
      readonly subresource?: string
    }

/** A sequence on one object; `resource` is a key of the recorder's table of URLs. */
export interface Sequence {
  readonly name: string
  readonly resource: 'configmaps' | 'deployments' | 'services' | 'widgets' | 'blobs' | 'pods' | 'namespaces' | 'crds'
  readonly steps: readonly Step[]
}

const configMap = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  ...(Object.keys(data).length > 0 ? { data } : {}),
})
const widget = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata,
  spec,
})
const blob = (rest: JsonObject): JsonObject => ({ apiVersion: 'example.com/v1', kind: 'Blob', metadata: {}, ...rest })
const service = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec,
})
const container = { name: 'web', image: 'web:1' }
const deployment = (spec: JsonObject = {}, containers: readonly JsonObject[] = [container]): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
    ...spec,
  },
})
const podVolume = (containers: readonly JsonObject[]): JsonObject => ({
  ...deployment(),
  spec: {
    replicas: 2,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers, volumes: [{ name: 'data', emptyDir: {} }], nodeSelector: { a: 'b' } },
    },
  },
})
const create = (body: JsonObject, manager = 'creator'): Step => ({ verb: 'create', manager, body })
const apply = (manager: string, body: JsonObject, force?: true): Step => ({
  verb: 'apply',
  manager,
  body,
  ...(force ? { force } : {}),
})
const merge = (manager: string, body: unknown): Step => ({ verb: 'patch', type: 'merge', manager, body })
const json = (manager: string, body: unknown): Step => ({ verb: 'patch', type: 'json', manager, body })
const strategic = (manager: string, body: unknown): Step => ({ verb: 'patch', type: 'strategic', manager, body })
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const clientSide = (body: JsonObject): JsonObject => ({
  ...body,
  metadata: {
    ...(body['metadata'] as JsonObject),
    annotations: { [lastApplied]: JSON.stringify(body) },
  },
})

/** What server-side apply and the tracking of other writes are held against. */
export const ssaSequences: readonly Sequence[] = [
  {
    name: 'creating tracks every field',
    resource: 'configmaps',
    steps: [create(configMap({ a: '1', b: '2' }, { labels: { x: 'y' } }))],
  },
  {
    name: 'a merge patch takes over the fields that it changes',
    resource: 'configmaps',
    steps: [create(configMap({ a: '1', b: '2' })), merge('patcher', { data: { b: '3', c: '4' } })],
  },
  {
    name: 'a removed field has no owner',
    resource: 'configmaps',
    steps: [create(configMap({ a: '1', b: '2' })), merge('patcher', { data: { b: null } })],
  },
  {
    name: 'a write without a change leaves the record alone',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1' })),
      merge('patcher', { data: { a: '1' } }),
      merge('creator', { data: { a: '1' } }),
    ],
  },
  {
    name: 'an update tracks what differs',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1', b: '2' }, { labels: { x: 'y' } })),
      { verb: 'update', manager: 'updater', change: o => ({ ...o, data: { a: '5', c: '6' } }) },
      { verb: 'update', manager: 'creator', change: o => ({ ...o, metadata: { ...o.metadata, labels: undefined } }) },
    ],
  },
  {
    name: 'a client resets the record with an empty list',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1' })),
      { verb: 'update', manager: 'updater', change: o => ({ ...o, metadata: { ...o.metadata, managedFields: [{}] } }) },
      merge('patcher', { data: { a: '2' } }),
      apply('applier', configMap({ a: '2', z: '9' })),
    ],
  },
  {
    name: 'an apply without a record conflicts with what was there before',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1' })),
      { verb: 'update', manager: 'updater', change: o => ({ ...o, metadata: { ...o.metadata, managedFields: [] } }) },
      apply('applier', configMap({ a: '2' })),
      apply('applier', configMap({ a: '2' }), true),
    ],
  },
  {
    name: 'a client edits the record',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1', b: '2' })),
      {
        verb: 'update',
        manager: 'updater',
        change: o => ({
          ...o,
          metadata: {
            ...o.metadata,
            managedFields: [{ ...o.metadata.managedFields[0], fieldsV1: { 'f:data': { 'f:a': {} } } }],
          },
        }),
      },
    ],
  },
  {
    name: 'an unreadable record sent by a client is not taken',
    resource: 'configmaps',
    steps: [
      create(configMap({ a: '1' })),
      {
        verb: 'update',
        manager: 'updater',
        change: o => ({
          ...o,
          data: { a: '2' },
          metadata: { ...o.metadata, managedFields: [{ ...o.metadata.managedFields[0], fieldsV1: { 'x:data': {} } }] },
        }),
      },
    ],
  },
  {
    name: 'an apply creates the object',
    resource: 'configmaps',
    steps: [apply('one', configMap({ a: '1' }, { labels: { x: 'y' } }))],
  },
  {
    name: 'applying the same again changes nothing',
    resource: 'configmaps',
    steps: [apply('one', configMap({ a: '1' })), apply('one', configMap({ a: '1' }))],
  },
  {
    name: 'two appliers share a field on which they agree',
    resource: 'configmaps',
    steps: [apply('one', configMap({ a: '1' })), apply('two', configMap({ a: '1' })), apply('one', configMap({}))],
  },
  {
    name: 'a field that an applier drops and nobody else owns is pruned',
    resource: 'configmaps',
    steps: [apply('one', configMap({ a: '1', b: '2' })), apply('one', configMap({ a: '1' }))],
  },
  {
    name: 'a field that another manager also owns survives its first applier',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ a: '1', b: '2' })),
      apply('two', configMap({ b: '2' })),
      apply('one', configMap({ a: '1' })),
      apply('two', configMap({})),
    ],
  },
  {
    name: 'one conflict',
    resource: 'configmaps',
    steps: [apply('one', configMap({ a: '1' })), apply('two', configMap({ a: '2' }))],
  },
  {
    name: 'several conflicts with several managers',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ a: '1', b: '1' })),
      merge('patcher', { data: { c: '1' } }),
      apply('two', configMap({ a: '2', b: '2', c: '2' })),
    ],
  },
  {
    name: 'a forced apply takes the fields',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ a: '1', b: '1' })),
      apply('two', configMap({ a: '2' }), true),
      apply('one', configMap({ b: '1' })),
    ],
  },
  {
    name: 'the former owner applies its old value again',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ a: '1' })),
      apply('two', configMap({ a: '2' }), true),
      apply('one', configMap({ a: '1' })),
    ],
  },
  {
    name: 'a patch takes a field away from its applier',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ a: '1', b: '1' })),
      merge('patcher', { data: { a: '2' } }),
      apply('one', configMap({ b: '1' })),
    ],
  },
  {
    name: 'an applier and an updater of the same name are two managers',
    resource: 'configmaps',
    steps: [
      apply('same', configMap({ a: '1' })),
      merge('same', { data: { a: '2' } }),
      apply('same', configMap({ a: '3' })),
    ],
  },
  {
    name: 'labels and annotations are owned one by one',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({}, { labels: { a: '1', b: '1' }, annotations: { 'x.io/a': '1' } })),
      apply('two', configMap({}, { labels: { c: '1' } })),
      apply('one', configMap({}, { labels: { a: '1' } })),
    ],
  },
  {
    name: 'finalizers are a set',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({}, { finalizers: ['x.io/a'] })),
      apply('two', configMap({}, { finalizers: ['x.io/b'] })),
      apply('one', configMap({}, {})),
      merge('patcher', { metadata: { finalizers: [] } }),
    ],
  },
  {
    name: 'owner references are keyed by uid',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u1' }] })),
      apply(
        'two',
        configMap({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Y', name: 'y', uid: 'u2', controller: true }] }),
      ),
    ],
  },
  {
    name: 'names with dots, slashes and HTML characters',
    resource: 'configmaps',
    steps: [
      apply('one', configMap({ 'a.b-c_d': '<&>' }, { annotations: { 'x.io/y': 'ü "q"' } })),
      apply('two', configMap({ 'a.b-c_d': '1' })),
    ],
  },
  {
    name: 'kubectl takes over what client-side apply set',
    resource: 'configmaps',
    steps: [
      create(clientSide(configMap({ a: '1', b: '2' })), 'kubectl-client-side-apply'),
      apply('kubectl', configMap({ a: '5' })),
      apply('kubectl', configMap({ c: '5' })),
    ],
  },
  {
    name: 'kubectl conflicts where the live value is not what client-side apply set',
    resource: 'configmaps',
    steps: [
      create(clientSide(configMap({ a: '1', b: '2' })), 'kubectl-client-side-apply'),
      merge('patcher', { data: { a: '7' } }),
      apply('kubectl', configMap({ a: '5', b: '5' })),
    ],
  },
  {
    name: 'another applier does not take over from client-side apply',
    resource: 'configmaps',
    steps: [
      create(clientSide(configMap({ a: '1' })), 'kubectl-client-side-apply'),
      apply('flux', configMap({ a: '5' })),
    ],
  },
  { name: 'creating a deployment', resource: 'deployments', steps: [create(deployment())] },
  {
    name: 'creating a deployment with much in it',
    resource: 'deployments',
    steps: [
      create(
        podVolume([
          {
            ...container,
            ports: [{ containerPort: 80 }, { containerPort: 81, name: 'b', protocol: 'UDP' }],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
            resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            readinessProbe: { httpGet: { path: '/', port: 80 } },
            args: ['a', 'b'],
            securityContext: { capabilities: { drop: ['ALL'] } },
          },
          { name: 'side', image: 'side:1' },
        ]),
      ),
    ],
  },
  {
    name: 'patching an image',
    resource: 'deployments',
    steps: [
      create(deployment()),
      strategic('patcher', { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } }),
      json('patcher2', [{ op: 'replace', path: '/spec/replicas', value: 3 }]),
    ],
  },
  { name: 'applying a deployment', resource: 'deployments', steps: [apply('one', deployment({ replicas: 1 }))] },
  {
    name: 'an autoscaler takes the replicas and the applier gives them up',
    resource: 'deployments',
    steps: [
      apply('one', deployment({ replicas: 1 })),
      merge('autoscaler', { spec: { replicas: 5 } }),
      apply('one', deployment({ replicas: 1 })),
      apply('one', deployment()),
    ],
  },
  {
    name: 'two appliers own different containers',
    resource: 'deployments',
    steps: [
      apply('one', deployment({}, [container, { name: 'tmp', image: 'tmp:1' }])),
      apply('two', {
        ...deployment(),
        metadata: {},
        spec: {
          template: { spec: { containers: [{ name: 'side', image: 'side:1', env: [{ name: 'X', value: '1' }] }] } },
        },
      }),
      apply('one', deployment()),
    ],
  },
  {
    name: 'an applier drops a container into which another put a variable',
    resource: 'deployments',
    steps: [
      apply('one', deployment({}, [container, { name: 'side', image: 'side:1' }])),
      apply('two', {
        ...deployment(),
        metadata: {},
        spec: { template: { spec: { containers: [{ name: 'side', env: [{ name: 'X', value: '1' }] }] } } },
      }),
      apply('one', deployment()),
    ],
  },
  {
    name: 'ports of containers are keyed by number and protocol',
    resource: 'deployments',
    steps: [
      apply('one', deployment({}, [{ ...container, ports: [{ containerPort: 80 }] }])),
      apply('two', deployment({}, [{ ...container, ports: [{ containerPort: 80, protocol: 'UDP', name: 'u' }] }])),
      apply('one', deployment({}, [{ ...container, ports: [{ containerPort: 80, name: 'h' }] }])),
    ],
  },
  {
    name: 'a selector is one field',
    resource: 'deployments',
    steps: [
      apply('one', deployment()),
      apply('two', deployment({ selector: { matchLabels: { app: 'web' } } })),
      apply('two', deployment({ selector: { matchLabels: { app: 'other' } } })),
    ],
  },
  {
    name: 'the order of environment variables follows the applier',
    resource: 'deployments',
    steps: [
      apply(
        'one',
        deployment({}, [
          {
            ...container,
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '1' },
              { name: 'C', value: '1' },
            ],
          },
        ]),
      ),
      apply(
        'two',
        deployment({}, [
          {
            ...container,
            env: [
              { name: 'X', value: '1' },
              { name: 'B', value: '1' },
              { name: 'A', value: '1' },
            ],
          },
        ]),
      ),
    ],
  },
  {
    name: 'status is written at its own URL',
    resource: 'deployments',
    steps: [
      create({ ...deployment(), status: { replicas: 9 } }),
      {
        verb: 'update',
        manager: 'controller',
        subresource: 'status',
        change: o => ({
          ...o,
          spec: { ...o.spec, replicas: 7 },
          status: { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] },
        }),
      },
      {
        verb: 'patch',
        type: 'merge',
        manager: 'controller',
        subresource: 'status',
        body: { status: { readyReplicas: 1 }, metadata: { annotations: { a: 'b' }, labels: { l: 'm' } } },
      },
      {
        verb: 'apply',
        manager: 'one',
        subresource: 'status',
        body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, status: { replicas: 1 } },
      },
      {
        verb: 'apply',
        manager: 'one',
        subresource: 'status',
        body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, status: { replicas: 2 } },
      },
      apply('one', { ...deployment(), status: { replicas: 5 } }),
    ],
  },
  {
    name: 'services and their ports',
    resource: 'services',
    steps: [
      create(service({ selector: { app: 'a' }, ports: [{ port: 80 }] })),
      apply('one', service({ ports: [{ port: 80, name: 'http', protocol: 'TCP' }] })),
      apply(
        'one',
        service({
          ports: [
            { port: 80, name: 'http', protocol: 'TCP' },
            { port: 81, name: 'b', protocol: 'TCP' },
          ],
        }),
      ),
      apply('one', service({ ports: [{ port: 80, name: 'http', protocol: 'TCP' }], selector: { app: 'b' } })),
      apply('one', service({ ports: [{ port: 80, name: 'http', protocol: 'TCP' }], selector: { app: 'b' } }), true),
    ],
  },
  ...(
    [
      ['a deployment is scaled', 'deployments', (replicas: number) => deployment({ replicas })],
      ['a custom object is scaled', 'widgets', (replicas: number) => widget({ replicas, size: 1 })],
    ] as const
  ).map(
    ([name, resource, withReplicas]): Sequence => ({
      name,
      resource,
      steps: [
        apply('one', withReplicas(1)),
        {
          verb: 'update',
          manager: 'scaler',
          subresource: 'scale',
          change: scale => ({ ...scale, spec: { replicas: 2 } }),
        },
        { verb: 'patch', type: 'merge', manager: 'hpa', subresource: 'scale', body: { spec: { replicas: 3 } } },
        { verb: 'patch', type: 'merge', manager: 'other', subresource: 'scale', body: { spec: { replicas: 3 } } },
        apply('one', withReplicas(1)),
        apply('one', withReplicas(3)),
        {
          verb: 'apply',
          manager: 'two',
          subresource: 'scale',
          body: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 4 } },
        },
        {
          verb: 'apply',
          manager: 'two',
          subresource: 'scale',
          force: true,
          body: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 4 } },
        },
      ],
    }),
  ),
  {
    name: 'a namespace',
    resource: 'namespaces',
    steps: [create({ apiVersion: 'v1', kind: 'Namespace', metadata: { labels: { a: 'b' } } })],
  },
  {
    name: 'a pod',
    resource: 'pods',
    steps: [
      create({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [container], nodeName: 'n' } }),
      {
        verb: 'patch',
        type: 'strategic',
        manager: 'kubelet',
        subresource: 'status',
        body: {
          status: {
            phase: 'Running',
            conditions: [{ type: 'Ready', status: 'True' }],
            podIPs: [{ ip: '10.1.1.1' }],
            podIP: '10.1.1.1',
          },
        },
      },
    ],
  },
  // Custom kinds: what a structural schema says.
  {
    name: 'creating a custom object',
    resource: 'widgets',
    steps: [
      create(
        widget({
          size: 1,
          port: 'http',
          plainList: ['a'],
          setList: ['a', 'b'],
          mapList: [{ name: 'x', value: 1 }],
          granular: { a: '1' },
          atomic: { a: '1' },
          nested: { a: '1', deep: { c: '1' } },
          free: { any: { thing: [1] } },
        }),
      ),
    ],
  },
  {
    name: 'applying a custom object',
    resource: 'widgets',
    steps: [
      apply(
        'one',
        widget({
          size: 1,
          port: 8080,
          plainList: ['a'],
          setList: ['a', 'b'],
          mapList: [{ name: 'x', value: 1 }],
          granular: { a: '1' },
          atomic: { a: '1' },
          nested: { a: '1', deep: { c: '1' } },
          free: { any: { thing: [1] } },
        }),
      ),
      apply('one', widget({ size: 1 })),
    ],
  },
  {
    name: 'a plain list is one field',
    resource: 'widgets',
    steps: [
      apply('one', widget({ plainList: ['a'] })),
      apply('two', widget({ plainList: ['a'] })),
      apply('two', widget({ plainList: ['a', 'b'] })),
    ],
  },
  {
    name: 'a set is merged',
    resource: 'widgets',
    steps: [
      apply('one', widget({ setList: ['a', 'b'] })),
      apply('two', widget({ setList: ['c', 'b'] })),
      apply('one', widget({ setList: ['a'] })),
      apply('two', widget({ setList: [] })),
    ],
  },
  {
    name: 'a set in another order',
    resource: 'widgets',
    steps: [
      apply('one', widget({ setList: ['a', 'b', 'c'] })),
      apply('one', widget({ setList: ['c', 'a', 'b'] })),
      apply('two', widget({ setList: ['x', 'b', 'y', 'a'] })),
    ],
  },
  {
    name: 'a keyed list is merged by its keys, with their defaults',
    resource: 'widgets',
    steps: [
      apply(
        'one',
        widget({
          mapList: [
            { name: 'x', value: 1 },
            { name: 'y', protocol: 'UDP' },
          ],
        }),
      ),
      apply('two', widget({ mapList: [{ name: 'x', protocol: 'TCP', nested: { a: '1' } }, { name: 'z' }] })),
      apply('two', widget({ mapList: [{ name: 'x', value: 2 }] })),
      apply('one', widget({ mapList: [{ name: 'y', protocol: 'UDP' }] })),
    ],
  },
  {
    name: 'a granular map is owned by entry and an atomic one as a whole',
    resource: 'widgets',
    steps: [
      apply('one', widget({ granular: { a: '1' }, atomic: { a: '1' } })),
      apply('two', widget({ granular: { b: '1' } })),
      apply('two', widget({ atomic: { b: '1' } })),
      apply('two', widget({ atomic: { b: '1' } }), true),
    ],
  },
  {
    name: 'nested objects are pruned where nothing is left',
    resource: 'widgets',
    steps: [
      apply('one', widget({ size: 1, nested: { a: '1', deep: { c: '1' } } })),
      apply('two', widget({ nested: { b: '1' } })),
      apply('one', widget({ size: 1 })),
      apply('two', widget({})),
    ],
  },
  {
    name: 'an empty map, an empty list and null',
    resource: 'widgets',
    steps: [
      apply('one', widget({ granular: {}, setList: [], plainList: [], mapList: [], nested: {}, note: null })),
      apply('two', widget({ granular: { a: '1' }, setList: ['a'] })),
      apply('one', widget({ granular: {} })),
    ],
  },
  {
    name: 'free-form fields are owned one by one, their lists as a whole',
    resource: 'widgets',
    steps: [
      apply('one', widget({ free: { a: { b: [1, 2], c: 'x' } } })),
      apply('two', widget({ free: { a: { d: true } } })),
      apply('two', widget({ free: { a: { b: [3] } } })),
      apply('one', widget({ free: {} })),
    ],
  },
  {
    name: 'an int-or-string changes its type',
    resource: 'widgets',
    steps: [
      apply('one', widget({ port: 80 })),
      apply('two', widget({ port: 'http' })),
      apply('two', widget({ port: 'http' }), true),
    ],
  },
  {
    name: 'status of a custom kind',
    resource: 'widgets',
    steps: [
      create({ ...widget({ size: 1 }), status: { phase: 'Lost' } }),
      {
        verb: 'update',
        manager: 'controller',
        subresource: 'status',
        change: o => ({
          ...o,
          spec: { size: 9 },
          metadata: { ...o.metadata, labels: { a: 'b' } },
          status: { phase: 'Ready', conditions: [{ type: 'Ready', status: 'True' }] },
        }),
      },
      {
        verb: 'patch',
        type: 'merge',
        manager: 'controller',
        subresource: 'status',
        body: { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      },
      {
        verb: 'apply',
        manager: 'one',
        subresource: 'status',
        body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: {}, status: { phase: 'Other' } },
      },
      apply('one', { ...widget({ size: 1 }), status: { phase: 'X' } }),
      merge('patcher', { status: { phase: 'X' }, spec: { size: 2 } }),
    ],
  },
  {
    name: 'a custom kind without a schema',
    resource: 'blobs',
    steps: [
      create(blob({ spec: { a: { b: 1 }, list: [{ name: 'x' }] } })),
      apply('one', blob({ spec: { a: { c: 2 }, list: [{ name: 'x' }] } })),
      apply('one', blob({ spec: { a: { c: 3 } } })),
      apply('one', blob({ spec: { a: { b: 3 } } })),
    ],
  },
  // What is refused.
  { name: 'an unknown field', resource: 'deployments', steps: [apply('one', deployment({ nope: 1 }))] },
  {
    name: 'a value of the wrong type',
    resource: 'deployments',
    steps: [apply('one', deployment({ replicas: 'two' }))],
  },
  {
    name: 'a list where a map belongs',
    resource: 'configmaps',
    steps: [apply('one', { ...configMap({}), data: ['a'] })],
  },
  {
    name: 'a number where a string belongs',
    resource: 'configmaps',
    steps: [apply('one', { ...configMap({}), data: { a: 1 } })],
  },
  {
    name: 'a container without its key',
    resource: 'deployments',
    steps: [apply('one', deployment({}, [{ image: 'x' }]))],
  },
  {
    name: 'two containers of one name',
    resource: 'deployments',
    steps: [apply('one', deployment({}, [container, container]))],
  },
  {
    name: 'the same member of a set twice',
    resource: 'widgets',
    steps: [apply('one', widget({ setList: ['a', 'a'] }))],
  },
  { name: 'a custom unknown field', resource: 'widgets', steps: [apply('one', widget({ nope: 1 }))] },
  { name: 'a custom value of the wrong type', resource: 'widgets', steps: [apply('one', widget({ size: 'big' }))] },
  {
    name: 'managedFields in the configuration',
    resource: 'configmaps',
    steps: [
      apply(
        'one',
        configMap(
          {},
          {
            managedFields: [
              { manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
            ],
          },
        ),
      ),
    ],
  },
  { name: 'another version', resource: 'configmaps', steps: [apply('one', { ...configMap({}), apiVersion: 'v2' })] },
  { name: 'another kind', resource: 'configmaps', steps: [apply('one', { ...configMap({}), kind: 'Secret' })] },
  {
    name: 'more than ten updaters',
    resource: 'configmaps',
    steps: [
      create(configMap({})),
      ...Array.from({ length: 12 }, (_, i) => merge(`m${String(i).padStart(2, '0')}`, { data: { [`k${i}`]: '1' } })),
    ],
  },
]

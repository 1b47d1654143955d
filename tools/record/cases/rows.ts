/** Objects whose rows in Tables are recorded, beside the plain ones. */
import type { JsonObject } from '../../../src/apimachinery/meta.ts'
import type { BaseName, Changes } from '../base-objects.ts'

/** An object and the status that is written to it. */
export interface RowCase {
  readonly name: string
  readonly base: BaseName
  readonly with?: Changes
  readonly status?: JsonObject
}

const long = '2020-02-03T04:05:06Z'
const image = { image: 'web', imageID: '' }
const running = { running: { startedAt: long } }
const ended = (exitCode: number, more: JsonObject = {}) => ({
  terminated: { exitCode, startedAt: long, finishedAt: long, ...more },
})
const container = (state: JsonObject, more: JsonObject = {}) => ({
  name: 'web',
  ...image,
  ready: false,
  restartCount: 0,
  state,
  ...more,
})
const init = (state: JsonObject, more: JsonObject = {}) => ({ ...container(state, more), name: 'init' })
const ready = { type: 'Ready', status: 'True', lastTransitionTime: long }
const twoContainers = [
  { name: 'web', image: 'web' },
  { name: 'side', image: 'side' },
]
const withInit: Changes = { 'spec.initContainers': [{ name: 'init', image: 'init' }] }
const withSidecar: Changes = { 'spec.initContainers': [{ name: 'init', image: 'init', restartPolicy: 'Always' }] }
const pod = (name: string, status: JsonObject, changes: Changes = {}): RowCase => ({
  name,
  base: 'pod',
  with: { 'spec.nodeName': 'n1', ...changes },
  status: { phase: 'Running', ...status },
})
const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } }
const requests = { metric: { name: 'requests' } }

/** The objects. */
export const rowCases: readonly RowCase[] = [
  pod('a running pod', {
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    conditions: [ready],
    containerStatuses: [container(running, { ready: true })],
  }),
  pod(
    'a pod of which one container is not ready',
    {
      containerStatuses: [container(running, { ready: true }), { ...container(running), name: 'side' }],
    },
    { 'spec.containers': twoContainers },
  ),
  pod('a pod that keeps crashing', {
    containerStatuses: [
      container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 5, lastState: ended(1) }),
    ],
  }),
  pod('a pod whose image is missing', {
    phase: 'Pending',
    containerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })],
  }),
  pod('a pod that is being made', {
    phase: 'Pending',
    containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })],
  }),
  pod('a pod that has run to its end', {
    phase: 'Succeeded',
    containerStatuses: [container(ended(0, { reason: 'Completed' }))],
  }),
  pod('a pod that failed', { phase: 'Failed', containerStatuses: [container(ended(3, { reason: 'Error' }))] }),
  pod('a pod that failed without a reason', { phase: 'Failed', containerStatuses: [container(ended(3))] }),
  pod('a pod that was killed by a signal', {
    phase: 'Failed',
    containerStatuses: [container(ended(137, { signal: 9 }))],
  }),
  pod(
    'a pod with a container that is done',
    {
      conditions: [ready],
      containerStatuses: [
        container(ended(0, { reason: 'Completed' })),
        { ...container(running, { ready: true }), name: 'side' },
      ],
    },
    { 'spec.containers': twoContainers },
  ),
  pod(
    'a pod with a container that is done and one not ready',
    {
      containerStatuses: [
        container(ended(0, { reason: 'Completed' })),
        { ...container(running, { ready: true }), name: 'side' },
      ],
    },
    { 'spec.containers': twoContainers },
  ),
  pod('an evicted pod', { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }),
  pod('a pod whose init container runs', { phase: 'Pending', initContainerStatuses: [init(running)] }, withInit),
  pod(
    'a pod whose init container waits',
    {
      phase: 'Pending',
      initContainerStatuses: [init({ waiting: { reason: 'ImagePullBackOff' } })],
    },
    withInit,
  ),
  pod(
    'a pod whose init container failed',
    {
      phase: 'Pending',
      initContainerStatuses: [init(ended(2, { reason: 'Error' }), { restartCount: 2, lastState: ended(2) })],
    },
    withInit,
  ),
  pod(
    'a pod whose init container failed without a reason',
    {
      phase: 'Pending',
      initContainerStatuses: [init(ended(2))],
    },
    withInit,
  ),
  pod(
    'a pod whose init container is done',
    {
      initContainerStatuses: [init(ended(0, { reason: 'Completed' }), { restartCount: 4 })],
      containerStatuses: [container(running, { ready: true, restartCount: 1, lastState: ended(1) })],
    },
    withInit,
  ),
  pod(
    'a pod with a sidecar',
    {
      initContainerStatuses: [init(running, { ready: true, started: true, restartCount: 1 })],
      containerStatuses: [container(running, { ready: true })],
    },
    withSidecar,
  ),
  pod(
    'a pod with readiness gates',
    {
      conditions: [{ type: 'example.com/a', status: 'True', lastTransitionTime: long }],
      containerStatuses: [container(running, { ready: true })],
    },
    { 'spec.readinessGates': [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }] },
  ),
  { name: 'a pod behind a gate', base: 'pod', with: { 'spec.schedulingGates': [{ name: 'example.com/gate' }] } },
  {
    name: 'a Deployment that is rolled out',
    base: 'deployment',
    with: { 'spec.replicas': 3, 'spec.template.spec.containers': twoContainers },
    status: { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
  },
  {
    name: 'a Deployment with expressions in its selector',
    base: 'deployment',
    with: {
      'spec.selector': {
        matchLabels: { app: 'web' },
        matchExpressions: [
          { key: 'app', operator: 'In', values: ['web', 'db'] },
          { key: 'x', operator: 'DoesNotExist' },
        ],
      },
    },
  },
  { name: 'a ReplicaSet with pods', base: 'replicaSet', status: { replicas: 1, readyReplicas: 1 } },
  {
    name: 'a DaemonSet on some nodes',
    base: 'daemonSet',
    with: { 'spec.template.spec.nodeSelector': { b: 'c', a: 'b' } },
    status: {
      currentNumberScheduled: 2,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 1,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
    },
  },
  {
    name: 'a StatefulSet with pods',
    base: 'statefulSet',
    status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 },
  },
  { name: 'a Job that runs', base: 'job', status: { startTime: long, active: 1 } },
  {
    name: 'a Job that is done',
    base: 'job',
    with: { 'spec.completions': 2 },
    status: {
      startTime: '2020-02-03T04:05:06Z',
      completionTime: '2020-02-03T04:10:07Z',
      succeeded: 2,
      uncountedTerminatedPods: {},
      conditions: [
        { type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: long },
        { type: 'Complete', status: 'True', lastTransitionTime: long },
      ],
    },
  },
  { name: 'a Job with workers', base: 'job', with: { 'spec.parallelism': 3 } },
  {
    name: 'a suspended Job',
    base: 'job',
    with: { 'spec.suspend': true },
    status: { conditions: [{ type: 'Suspended', status: 'True', lastTransitionTime: long }] },
  },
  {
    name: 'a CronJob that ran',
    base: 'cronJob',
    with: { 'spec.timeZone': 'Etc/UTC', 'spec.suspend': true },
    status: { lastScheduleTime: long, active: [{ kind: 'Job', name: 'x', namespace: 'default' }] },
  },
  { name: 'a headless Service', base: 'service', with: { 'spec.clusterIP': 'None', 'spec.selector': undefined } },
  {
    name: 'a Service of type NodePort',
    base: 'service',
    with: {
      'spec.type': 'NodePort',
      'spec.ports': [
        { name: 'a', port: 80, nodePort: 30180 },
        { name: 'b', port: 53, nodePort: 30153, protocol: 'UDP' },
      ],
    },
  },
  {
    name: 'a Service of type LoadBalancer that waits',
    base: 'service',
    with: { 'spec.type': 'LoadBalancer', 'spec.ports.0.nodePort': 30181 },
  },
  {
    name: 'a Service of type LoadBalancer',
    base: 'service',
    with: { 'spec.type': 'LoadBalancer', 'spec.ports.0.nodePort': 30182, 'spec.externalIPs': ['192.0.2.9'] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.2' }, { hostname: 'lb.example.com' }, { ip: '192.0.2.1' }] } },
  },
  {
    name: 'a Service of type ExternalName',
    base: 'service',
    with: { spec: { type: 'ExternalName', externalName: 'example.com' } },
  },
  {
    name: 'a Service with external addresses',
    base: 'service',
    with: { 'spec.externalIPs': ['192.0.2.1', '192.0.2.2'] },
  },
  { name: 'Endpoints without addresses', base: 'endpoints', with: { subsets: undefined } },
  {
    name: 'Endpoints with many addresses',
    base: 'endpoints',
    with: {
      subsets: [
        {
          addresses: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }, { ip: '10.1.0.3' }],
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 81 },
          ],
        },
        { addresses: [{ ip: '10.1.0.4' }] },
      ],
    },
  },
  { name: 'a slice without anything', base: 'endpointSlice', with: { endpoints: [], ports: [] } },
  {
    name: 'a slice with much',
    base: 'endpointSlice',
    with: {
      endpoints: [{ addresses: ['10.1.0.1', '10.1.0.2'] }, { addresses: ['10.1.0.3', '10.1.0.4'] }],
      ports: [{ name: 'a', port: 80 }, { name: 'b' }, { name: 'c', port: 82 }, { name: 'd', port: 83 }],
    },
  },
  {
    name: 'an Ingress with many hosts',
    base: 'ingress',
    with: {
      'spec.ingressClassName': 'nginx',
      'spec.tls': [{ hosts: ['a.b'] }],
      'spec.rules': ['a.b', 'c.d', 'e.f', 'g.h', 'i.j'].map(host => ({ host })),
    },
    status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }, { ip: '192.0.2.1' }] } },
  },
  {
    name: 'an Ingress with three hosts',
    base: 'ingress',
    with: { 'spec.rules': ['a.b', 'c.d', 'e.f'].map(host => ({ host })) },
  },
  {
    name: 'an Ingress without a host',
    base: 'ingress',
    with: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
  },
  {
    name: 'an IngressClass with parameters',
    base: 'ingressClass',
    with: {
      'spec.parameters': { apiGroup: 'example.com', kind: 'K', name: 'n' },
      'metadata.annotations': { 'ingressclass.kubernetes.io/is-default-class': 'true' },
    },
  },
  {
    name: 'a NetworkPolicy for some pods',
    base: 'networkPolicy',
    with: { 'spec.podSelector': { matchLabels: { b: 'c', a: 'b' } } },
  },
  {
    name: 'an autoscaler with many metrics',
    base: 'autoscaler',
    with: {
      'spec.minReplicas': 2,
      'spec.metrics': [
        { type: 'Resource', resource: cpu },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
        { type: 'Pods', pods: { ...requests, target: { type: 'AverageValue', averageValue: '10' } } },
      ],
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 42, averageValue: '42m' } } },
      ],
    },
  },
  {
    name: 'an autoscaler on other metrics',
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        { type: 'External', external: { ...requests, target: { type: 'AverageValue', averageValue: '5' } } },
        {
          type: 'Object',
          object: {
            ...requests,
            describedObject: { apiVersion: 'v1', kind: 'Service', name: 'a' },
            target: { type: 'Value', value: '7' },
          },
        },
      ],
    },
    status: {
      currentReplicas: 0,
      desiredReplicas: 1,
      currentMetrics: [
        { type: 'External', external: { ...requests, current: { value: '0', averageValue: '3' } } },
        {
          type: 'Object',
          object: { ...requests, describedObject: { kind: 'Service', name: 'a' }, current: { value: '1500m' } },
        },
      ],
    },
  },
  {
    name: 'an autoscaler on pods',
    base: 'autoscaler',
    with: {
      'spec.metrics': [{ type: 'Pods', pods: { ...requests, target: { type: 'AverageValue', averageValue: '10' } } }],
    },
  },
  {
    name: 'an autoscaler on a container',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'ContainerResource', containerResource: { ...cpu, container: 'web' } }] },
  },
  {
    name: 'a disruption budget in percent',
    base: 'disruptionBudget',
    with: { spec: { maxUnavailable: '25%', selector: {} } },
    status: { disruptionsAllowed: 2, currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 },
  },
  { name: 'a ConfigMap with binary data', base: 'configMap', with: { binaryData: { b: 'AAE=' } } },
  { name: 'an empty Secret', base: 'secret', with: { stringData: undefined } },
  {
    name: 'an old Event',
    base: 'event',
    with: {
      firstTimestamp: long,
      lastTimestamp: '2021-02-03T04:05:06Z',
      count: 7,
      source: { component: 'kubelet', host: 'n1' },
      message: ' It was. ',
      'involvedObject.fieldPath': 'spec.containers{web}',
    },
  },
  {
    name: 'a new Event',
    base: 'event',
    with: {
      eventTime: '2020-02-03T04:05:06.000000Z',
      reportingComponent: 'example.com/c',
      reportingInstance: 'i',
      action: 'Act',
      series: { count: 3, lastObservedTime: '2021-02-03T04:05:06.000000Z' },
    },
  },
  {
    name: 'a node',
    base: 'node',
    with: {
      'metadata.labels': {
        'node-role.kubernetes.io/worker': '',
        'node-role.kubernetes.io/control-plane': '',
        'kubernetes.io/role': 'x',
      },
      'spec.unschedulable': true,
    },
    status: {
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: long, lastTransitionTime: long }],
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'ExternalIP', address: '192.0.2.1' },
      ],
      nodeInfo: {
        kubeletVersion: 'v1',
        osImage: 'Linux',
        kernelVersion: '6',
        containerRuntimeVersion: 'c://1',
        architecture: 'amd64',
        machineID: '',
        systemUUID: '',
        bootID: '',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
      },
    },
  },
  {
    name: 'a node that is not ready',
    base: 'node',
    status: { conditions: [{ type: 'Ready', status: 'Unknown', lastHeartbeatTime: long, lastTransitionTime: long }] },
  },
  {
    name: 'a bound claim',
    base: 'persistentVolumeClaim',
    with: {
      'spec.volumeName': 'v',
      'spec.storageClassName': 'fast',
      'spec.accessModes': ['ReadWriteMany', 'ReadWriteOnce'],
    },
    status: { phase: 'Bound', accessModes: ['ReadWriteMany', 'ReadWriteOnce'], capacity: { storage: '2Gi' } },
  },
  {
    name: 'a bound volume',
    base: 'persistentVolume',
    with: { 'spec.claimRef': { namespace: 'n', name: 'c' }, 'spec.storageClassName': 'fast' },
    status: { phase: 'Released', reason: 'Because' },
  },
  {
    name: 'a default StorageClass',
    base: 'storageClass',
    with: {
      'metadata.annotations': { 'storageclass.kubernetes.io/is-default-class': 'true' },
      allowVolumeExpansion: true,
    },
  },
  {
    name: 'a quota in use',
    base: 'resourceQuota',
    status: { hard: { pods: '4', 'limits.cpu': '2', 'requests.cpu': '1' }, used: { pods: '1', 'limits.cpu': '500m' } },
  },
  {
    name: 'a RoleBinding with all sorts of subjects',
    base: 'roleBinding',
    with: {
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'Group', name: 'g' },
        { kind: 'User', name: 'v' },
        { kind: 'ServiceAccount', name: 's', namespace: 'n' },
      ],
    },
  },
  {
    name: 'a revision with an owner',
    base: 'controllerRevision',
    with: {
      'metadata.ownerReferences': [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true }],
    },
  },
]

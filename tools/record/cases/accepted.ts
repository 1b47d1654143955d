/** Objects that are taken: what defaults, admission and storage make of them. */
import type { CaseTable } from './tables.ts'

/** Objects that are taken: what defaults, admission and storage make of them. */
export const accepted: CaseTable = [
  { name: 'a plain pod', base: 'pod' },
  { name: 'a plain deployment', base: 'deployment' },
  { name: 'a plain replicaSet', base: 'replicaSet' },
  { name: 'a plain daemonSet', base: 'daemonSet' },
  { name: 'a plain statefulSet', base: 'statefulSet' },
  { name: 'a plain job', base: 'job' },
  { name: 'a plain cronJob', base: 'cronJob' },
  { name: 'a plain service', base: 'service' },
  { name: 'a plain configMap', base: 'configMap' },
  { name: 'a plain secret', base: 'secret' },
  { name: 'a plain namespace', base: 'namespace' },
  { name: 'a plain serviceAccount', base: 'serviceAccount' },
  { name: 'a plain endpoints', base: 'endpoints' },
  { name: 'a plain event', base: 'event' },
  { name: 'a plain persistentVolume', base: 'persistentVolume' },
  { name: 'a plain persistentVolumeClaim', base: 'persistentVolumeClaim' },
  { name: 'a plain node', base: 'node' },
  { name: 'a plain resourceQuota', base: 'resourceQuota' },
  { name: 'a plain limitRange', base: 'limitRange' },
  { name: 'a plain autoscaler', base: 'autoscaler' },
  { name: 'a plain ingress', base: 'ingress' },
  { name: 'a plain ingressClass', base: 'ingressClass' },
  { name: 'a plain networkPolicy', base: 'networkPolicy' },
  { name: 'a plain endpointSlice', base: 'endpointSlice' },
  { name: 'a plain lease', base: 'lease' },
  { name: 'a plain disruptionBudget', base: 'disruptionBudget' },
  { name: 'a plain role', base: 'role' },
  { name: 'a plain clusterRole', base: 'clusterRole' },
  { name: 'a plain roleBinding', base: 'roleBinding' },
  { name: 'a plain clusterRoleBinding', base: 'clusterRoleBinding' },
  { name: 'a plain priorityClass', base: 'priorityClass' },
  { name: 'a plain storageClass', base: 'storageClass' },
  { name: 'a plain customResourceDefinition', base: 'customResourceDefinition' },
  { name: 'a plain replicationController', base: 'replicationController' },
  { name: 'a plain podTemplate', base: 'podTemplate' },
  { name: 'a plain controllerRevision', base: 'controllerRevision' },
  {
    name: 'a Deployment with much in its pods',
    base: 'deployment',
    with: {
      'spec.template.spec': {
        securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000 },
        automountServiceAccountToken: false,
        nodeSelector: { a: 'b' },
        initContainers: [{ name: 'init', image: 'x:latest', command: ['sh'] }],
        containers: [
          {
            name: 'web',
            image: 'web',
            args: ['--x'],
            env: [
              { name: 'A', value: '1' },
              { name: 'E', value: '' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            ],
            envFrom: [{ configMapRef: { name: 'cm' } }],
            ports: [
              { containerPort: 80, name: 'http' },
              { containerPort: 53, protocol: 'UDP' },
            ],
            resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100.0001m' } },
            livenessProbe: { httpGet: { port: 'http' } },
            readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 },
            startupProbe: { grpc: { port: 80 } },
            lifecycle: {
              preStop: { exec: { command: ['sleep', '1'] } },
              postStart: { httpGet: { port: 80, path: 'x' } },
            },
            volumeMounts: [
              { name: 'cm', mountPath: '/cm' },
              { name: 'e', mountPath: '/e', readOnly: true },
            ],
            securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            imagePullPolicy: 'Never',
            terminationMessagePolicy: 'FallbackToLogsOnError',
          },
        ],
        volumes: [
          { name: 'cm', configMap: { name: 'cm' } },
          { name: 'e', emptyDir: {} },
          { name: 'n' },
          { name: 's', secret: { secretName: 'x', items: [{ key: 'a', path: 'b' }] } },
          { name: 'd', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { configMap: { name: 'c' } }] } },
          { name: 'h', hostPath: { path: '/x' } },
          { name: 'v', persistentVolumeClaim: { claimName: 'v' } },
          { name: 'i', image: { reference: 'x' } },
          {
            name: 'eph',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
          },
        ],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: { matchLabels: { app: 'web' } },
                },
              },
            ],
          },
        },
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'web' } },
          },
        ],
        serviceAccountName: 'sa',
        terminationGracePeriodSeconds: 5,
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
        imagePullSecrets: [{ name: 'reg' }],
        dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      },
      'spec.replicas': 0,
      'spec.paused': false,
      'spec.minReadySeconds': 0,
      'spec.template.metadata.annotations': {},
    },
  },
  {
    name: 'a Pod with much in it',
    base: 'pod',
    with: {
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000 },
        automountServiceAccountToken: false,
        nodeSelector: { a: 'b' },
        initContainers: [{ name: 'init', image: 'x:latest', command: ['sh'] }],
        containers: [
          {
            name: 'web',
            image: 'web',
            args: ['--x'],
            env: [
              { name: 'A', value: '1' },
              { name: 'E', value: '' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            ],
            envFrom: [{ configMapRef: { name: 'cm' } }],
            ports: [
              { containerPort: 80, name: 'http' },
              { containerPort: 53, protocol: 'UDP' },
            ],
            resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100.0001m' } },
            livenessProbe: { httpGet: { port: 'http' } },
            readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 },
            startupProbe: { grpc: { port: 80 } },
            lifecycle: {
              preStop: { exec: { command: ['sleep', '1'] } },
              postStart: { httpGet: { port: 80, path: 'x' } },
            },
            volumeMounts: [
              { name: 'cm', mountPath: '/cm' },
              { name: 'e', mountPath: '/e', readOnly: true },
            ],
            securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            imagePullPolicy: 'Never',
            terminationMessagePolicy: 'FallbackToLogsOnError',
          },
        ],
        volumes: [
          { name: 'cm', configMap: { name: 'cm' } },
          { name: 'e', emptyDir: {} },
          { name: 'n' },
          { name: 's', secret: { secretName: 'x', items: [{ key: 'a', path: 'b' }] } },
          { name: 'd', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { configMap: { name: 'c' } }] } },
          { name: 'h', hostPath: { path: '/x' } },
          { name: 'v', persistentVolumeClaim: { claimName: 'v' } },
          { name: 'i', image: { reference: 'x' } },
          {
            name: 'eph',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
          },
        ],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: { matchLabels: { app: 'web' } },
                },
              },
            ],
          },
        },
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'web' } },
          },
        ],
        serviceAccountName: 'sa',
        terminationGracePeriodSeconds: 5,
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
        imagePullSecrets: [{ name: 'reg' }],
        dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      },
    },
  },
  {
    name: "a Pod on the host's network",
    base: 'pod',
    with: { 'spec.hostNetwork': true, 'spec.containers.0.ports': [{ containerPort: 8080 }] },
  },
  {
    name: 'a Pod with equal requests and limits',
    base: 'pod',
    with: { 'spec.containers.0.resources': { limits: { cpu: '1', memory: '1Gi' } } },
  },
  {
    name: 'a Pod with a request only',
    base: 'pod',
    with: { 'spec.containers.0.resources': { requests: { cpu: '1' } } },
  },
  { name: 'a Pod with a status in it', base: 'pod', with: { status: { phase: 'Running' } } },
  { name: 'a Pod on a node', base: 'pod', with: { 'spec.nodeName': 'n1' } },
  { name: 'a Deployment with a status in it', base: 'deployment', with: { status: { replicas: 3 } } },
  { name: 'a Deployment with Recreate', base: 'deployment', with: { 'spec.strategy': { type: 'Recreate' } } },
  {
    name: 'a Deployment with a surge of its own',
    base: 'deployment',
    with: { 'spec.strategy': { rollingUpdate: { maxSurge: 2 } } },
  },
  {
    name: 'a Deployment by a generated name',
    base: 'deployment',
    with: { metadata: { name: 'a', generateName: 'b-' } },
  },
  { name: 'a DaemonSet with OnDelete', base: 'daemonSet', with: { 'spec.updateStrategy': { type: 'OnDelete' } } },
  {
    name: 'a StatefulSet with claims',
    base: 'statefulSet',
    with: {
      'spec.volumeClaimTemplates': [
        {
          metadata: { name: 'd' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  },
  { name: 'a StatefulSet with OnDelete', base: 'statefulSet', with: { 'spec.updateStrategy': { type: 'OnDelete' } } },
  {
    name: 'a StatefulSet with a partition',
    base: 'statefulSet',
    with: { 'spec.updateStrategy': { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
  },
  { name: 'a Job with parallelism', base: 'job', with: { 'spec.parallelism': 3 } },
  { name: 'a Job with completions', base: 'job', with: { 'spec.completions': 3 } },
  { name: 'a Job with labels on its pods', base: 'job', with: { 'spec.template.metadata': { labels: { x: 'y' } } } },
  {
    name: 'an Indexed Job',
    base: 'job',
    with: { 'spec.completionMode': 'Indexed', 'spec.completions': 2, 'spec.backoffLimitPerIndex': 1 },
  },
  { name: 'a suspended Job', base: 'job', with: { 'spec.suspend': true } },
  {
    name: 'a CronJob with a time zone',
    base: 'cronJob',
    with: { 'spec.timeZone': 'Etc/UTC', 'spec.concurrencyPolicy': 'Forbid' },
  },
  { name: 'a headless Service', base: 'service', with: { 'spec.clusterIP': 'None' } },
  {
    name: 'a Service of type NodePort',
    base: 'service',
    with: { 'spec.type': 'NodePort', 'spec.ports.0.nodePort': 30100 },
  },
  {
    name: 'a Service of type ExternalName',
    base: 'service',
    with: { spec: { type: 'ExternalName', externalName: 'example.com' } },
  },
  {
    name: 'a Service with a named target port',
    base: 'service',
    with: {
      'spec.ports': [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'metrics', port: 9090 },
      ],
    },
  },
  { name: 'a Service with sticky sessions', base: 'service', with: { 'spec.sessionAffinity': 'ClientIP' } },
  { name: 'a Service with an address of its own', base: 'service', with: { 'spec.clusterIP': '10.0.200.7' } },
  {
    name: 'a Service of type LoadBalancer',
    base: 'service',
    with: { 'spec.type': 'LoadBalancer', 'spec.ports.0.nodePort': 30101 },
  },
  {
    name: 'a Secret with data and stringData',
    base: 'secret',
    with: { data: { a: 'YQ==', key: 'Yg==' }, type: 'example.com/own' },
  },
  { name: 'an empty ConfigMap', base: 'configMap', with: { data: undefined } },
  { name: 'a ConfigMap with binary data', base: 'configMap', with: { binaryData: { b: 'AAE=' }, immutable: true } },
  {
    name: 'a Namespace with labels',
    base: 'namespace',
    with: { metadata: { name: 'a', labels: { 'istio-injection': 'enabled' } } },
  },
  {
    name: 'an autoscaler with behaviour',
    base: 'autoscaler',
    with: { 'spec.behavior': { scaleDown: { stabilizationWindowSeconds: 60 } }, 'spec.minReplicas': 2 },
  },
  {
    name: 'an autoscaler on memory',
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1024Mi' } } },
      ],
    },
  },
  {
    name: 'an Ingress with TLS',
    base: 'ingress',
    with: { 'spec.tls': [{ hosts: ['web.example.com'], secretName: 'tls' }], 'spec.ingressClassName': 'nginx' },
  },
  {
    name: 'an Ingress with a default backend',
    base: 'ingress',
    with: { spec: { defaultBackend: { service: { name: 'web', port: { name: 'http' } } } } },
  },
  { name: 'a Role without rules', base: 'role', with: { rules: [] } },
  { name: 'a RoleBinding without subjects', base: 'roleBinding', with: { subjects: undefined } },
  { name: 'a NetworkPolicy for egress', base: 'networkPolicy', with: { spec: { podSelector: {}, egress: [{}] } } },
  {
    name: 'a disruption budget in percent',
    base: 'disruptionBudget',
    with: { spec: { maxUnavailable: '25%', selector: {} } },
  },
  {
    name: 'a CustomResourceDefinition with columns',
    base: 'customResourceDefinition',
    with: {
      'spec.versions.0.additionalPrinterColumns': [
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
      'spec.versions.0.subresources': { status: {} },
      'spec.names.shortNames': ['wg'],
    },
  },
  {
    name: 'an object with empty labels and annotations',
    base: 'configMap',
    with: { metadata: { name: 'a', labels: {}, annotations: { a: '' }, finalizers: [], ownerReferences: [] } },
  },
]

/** Containers that are refused. */
import type { CaseTable } from './tables.ts'

/** Containers that are refused. */
export const containerCases: CaseTable = [
  { name: 'no containers', base: 'deployment', with: { 'spec.template.spec.containers': [] } },
  { name: 'containers that are null', base: 'deployment', with: { 'spec.template.spec.containers': null } },
  { name: 'an empty container', base: 'deployment', with: { 'spec.template.spec.containers': [{}] } },
  { name: 'no name', base: 'deployment', with: { 'spec.template.spec.containers.0.name': undefined } },
  { name: 'a name in upper case', base: 'deployment', with: { 'spec.template.spec.containers.0.name': 'Web' } },
  {
    name: 'a name that is too long',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.name': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    },
  },
  { name: 'no image', base: 'deployment', with: { 'spec.template.spec.containers.0.image': undefined } },
  {
    name: 'an image with blanks around it',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.image': ' web ' },
  },
  {
    name: 'two containers of one name',
    base: 'deployment',
    with: {
      'spec.template.spec.containers': [
        { name: 'a', image: 'i' },
        { name: 'a', image: 'i' },
      ],
    },
  },
  {
    name: "an init container of a container's name",
    base: 'deployment',
    with: { 'spec.template.spec.initContainers': [{ name: 'web', image: 'i' }] },
  },
  {
    name: 'an unknown pull policy',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.imagePullPolicy': 'Sometimes' },
  },
  {
    name: 'an unknown termination message policy',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.terminationMessagePolicy': 'Foo' },
  },
  { name: 'an empty port', base: 'deployment', with: { 'spec.template.spec.containers.0.ports': [{}] } },
  {
    name: 'a port out of range',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 70000 }] },
  },
  {
    name: 'a host port out of range',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 80, hostPort: 70000 }] },
  },
  {
    name: 'an unknown protocol',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 80, protocol: 'tcp' }] },
  },
  {
    name: 'a port name in upper case',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 80, name: 'HTTP' }] },
  },
  {
    name: 'a port name that is too long',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 80, name: 'averyveryverylongname' }] },
  },
  {
    name: 'a port name without letters',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.ports': [{ containerPort: 80, name: '80' }] },
  },
  {
    name: 'two ports of one name',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.ports': [
        { containerPort: 80, name: 'a' },
        { containerPort: 81, name: 'a' },
      ],
    },
  },
  {
    name: 'two equal host ports',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.ports': [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 80 },
      ],
    },
  },
  {
    name: "a host port other than the container port on the host's network",
    base: 'deployment',
    with: {
      'spec.template.spec.hostNetwork': true,
      'spec.template.spec.containers': [{ name: 'a', image: 'i', ports: [{ containerPort: 80, hostPort: 81 }] }],
    },
  },
  {
    name: 'an environment variable without a name',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.env': [{ value: 'x' }] },
  },
  {
    name: 'an environment variable with = in its name',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.env': [{ name: 'A=B', value: 'x' }] },
  },
  {
    name: 'an environment variable that starts with a digit',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.env': [{ name: '1A', value: 'x' }] },
  },
  {
    name: 'a value and a source',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [
        { name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
    },
  },
  {
    name: 'an empty source',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.env': [{ name: 'A', valueFrom: {} }] },
  },
  {
    name: 'two sources',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [
        { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 'a', key: 'b' } } },
      ],
    },
  },
  {
    name: 'an unknown field path',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.foo' } } }],
    },
  },
  {
    name: 'an empty field path',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.env': [{ name: 'A', valueFrom: { fieldRef: { fieldPath: '' } } }] },
  },
  {
    name: 'a field path that environment variables cannot have',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }],
    },
  },
  {
    name: 'a key reference without a key',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [
        { name: 'A', valueFrom: { configMapKeyRef: { name: 'a' } } },
        { name: 'B', valueFrom: { secretKeyRef: { key: 'a b' } } },
      ],
    },
  },
  {
    name: 'a reference to an unknown resource',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.env': [
        { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.foo' } } },
      ],
    },
  },
  { name: 'an empty envFrom', base: 'deployment', with: { 'spec.template.spec.containers.0.envFrom': [{}] } },
  {
    name: 'an envFrom with two sources',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.envFrom': [{ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] },
  },
  {
    name: 'an envFrom without a name and with a bad prefix',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.envFrom': [{ prefix: 'a=b', configMapRef: {} }] },
  },
  {
    name: 'a mount without a name and path',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.volumeMounts': [{}] },
  },
  {
    name: 'a mount of an unknown volume',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.volumeMounts': [{ name: 'x', mountPath: '/x' }] },
  },
  {
    name: 'two mounts at one path',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [{ name: 'x', emptyDir: {} }],
      'spec.template.spec.containers': [
        {
          name: 'a',
          image: 'i',
          volumeMounts: [
            { name: 'x', mountPath: '/x' },
            { name: 'x', mountPath: '/x' },
          ],
        },
      ],
    },
  },
  {
    name: 'a sub path upwards',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [{ name: 'x', emptyDir: {} }],
      'spec.template.spec.containers': [
        {
          name: 'a',
          image: 'i',
          volumeMounts: [
            { name: 'x', mountPath: '/x', subPath: '../a' },
            { name: 'x', mountPath: '/y', subPath: '/a' },
            { name: 'x', mountPath: '/z', subPath: 'a', subPathExpr: 'b' },
          ],
        },
      ],
    },
  },
  { name: 'an empty probe', base: 'deployment', with: { 'spec.template.spec.containers.0.livenessProbe': {} } },
  {
    name: 'two handlers in a probe',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.readinessProbe': { httpGet: { port: 80 }, tcpSocket: { port: 80 } } },
  },
  {
    name: 'a probe on port 0',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { httpGet: { path: '/' } } },
  },
  {
    name: 'a probe on a port that is too large',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { tcpSocket: { port: 70000 } } },
  },
  {
    name: 'a probe on a bad port name',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { tcpSocket: { port: 'HTTP_1' } } },
  },
  {
    name: 'a probe with an unknown scheme',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { httpGet: { port: 80, scheme: 'ftp' } } },
  },
  {
    name: 'a probe with a bad header',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.livenessProbe': {
        httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'x' }] },
      },
    },
  },
  {
    name: 'a probe without a command',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { exec: {} } },
  },
  {
    name: 'negative times of a probe',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.livenessProbe': {
        exec: { command: ['a'] },
        initialDelaySeconds: -1,
        timeoutSeconds: -1,
        periodSeconds: -1,
        successThreshold: -1,
        failureThreshold: -1,
      },
    },
  },
  {
    name: 'a liveness probe that has to succeed twice',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { exec: { command: ['a'] }, successThreshold: 2 } },
  },
  {
    name: 'a startup probe that has to succeed twice',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.startupProbe': { exec: { command: ['a'] }, successThreshold: 2 } },
  },
  {
    name: 'a readiness probe with a grace period',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.readinessProbe': { exec: { command: ['a'] }, terminationGracePeriodSeconds: 1 },
    },
  },
  {
    name: 'a liveness probe with a grace period of 0',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.livenessProbe': { exec: { command: ['a'] }, terminationGracePeriodSeconds: 0 },
    },
  },
  {
    name: 'a probe by gRPC on port 0',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.livenessProbe': { grpc: { port: 0 } } },
  },
  {
    name: 'an empty lifecycle hook',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.lifecycle': { preStop: {} } },
  },
  {
    name: 'two handlers in a lifecycle hook',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.lifecycle': { postStart: { exec: { command: ['a'] }, sleep: { seconds: 1 } } },
    },
  },
  {
    name: 'a negative sleep',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.lifecycle': { preStop: { sleep: { seconds: -1 } } } },
  },
  {
    name: 'a negative limit',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { cpu: '-1' } } },
  },
  {
    name: 'requests above the limits',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.resources': {
        limits: { cpu: '1' },
        requests: { cpu: '2' },
      },
    },
  },
  {
    name: 'an unknown resource',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { foo: '1' } } },
  },
  {
    name: 'a fraction of an extended resource',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { 'example.com/gpu': '1.5' } } },
  },
  {
    name: 'an extended resource with another request',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.resources': {
        limits: { 'example.com/gpu': '2' },
        requests: { 'example.com/gpu': '1' },
      },
    },
  },
  {
    name: 'an extended resource without a limit',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { requests: { 'example.com/gpu': '1' } } },
  },
  {
    name: 'huge pages without memory',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { 'hugepages-2Mi': '2Mi' } } },
  },
  {
    name: 'an administrator without privilege escalation',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.securityContext': {
        capabilities: { add: ['CAP_SYS_ADMIN'] },
        allowPrivilegeEscalation: false,
      },
    },
  },
  {
    name: "a container's user that is negative",
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.securityContext': { runAsUser: -1, runAsGroup: -1 } },
  },
  {
    name: 'an unknown mount of /proc',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.securityContext': { procMount: 'foo' } },
  },
  {
    name: 'an unknown seccomp profile',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.securityContext': { seccompProfile: { type: 'foo' } } },
  },
  {
    name: 'a working directory on an extra device',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.volumeDevices': [{ name: 'x', devicePath: '/dev/x' }] },
  },
  {
    name: 'an init container with a probe and a hook',
    base: 'deployment',
    with: {
      'spec.template.spec.initContainers': [
        {
          name: 'i',
          image: 'i',
          readinessProbe: { exec: { command: ['a'] } },
          livenessProbe: { exec: { command: ['a'] } },
          lifecycle: { preStop: { exec: { command: ['a'] } } },
        },
      ],
    },
  },
  {
    name: 'a sidecar with a probe',
    base: 'deployment',
    with: {
      'spec.template.spec.initContainers': [
        { name: 'i', image: 'i', restartPolicy: 'Always', readinessProbe: { exec: { command: ['a'] } } },
      ],
    },
  },
  {
    name: 'an init container with an unknown restart policy',
    base: 'deployment',
    with: { 'spec.template.spec.initContainers': [{ name: 'i', image: 'i', restartPolicy: 'Sometimes' }] },
  },
  {
    name: 'a container with an unknown restart policy',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.restartPolicy': 'Sometimes' },
  },
  {
    name: 'a resize policy of an unknown resource',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resizePolicy': [{ resourceName: 'foo', restartPolicy: 'NotRequired' }] },
  },
  {
    name: 'a resize policy for a resource twice',
    base: 'deployment',
    with: {
      'spec.template.spec.containers.0.resizePolicy': [
        { resourceName: 'cpu', restartPolicy: 'NotRequired' },
        { resourceName: 'cpu', restartPolicy: 'bar' },
      ],
    },
  },
  {
    name: 'ephemeral containers in a template',
    base: 'deployment',
    with: { 'spec.template.spec.ephemeralContainers': [{ name: 'e', image: 'i' }] },
  },
  { name: 'no image in a pod', base: 'pod', with: { 'spec.containers.0.image': undefined } },
  { name: 'everything missing in a pod', base: 'pod', with: { 'spec.containers': [{}] } },
  { name: 'an init container without an image', base: 'pod', with: { 'spec.initContainers': [{ name: 'i' }] } },
]

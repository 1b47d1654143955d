/** Core objects that break a rule of their kind, with every cause that the server names. */
import type { JsonObject } from '../../../src/apimachinery/meta.ts'
import { failure, invalid, type Topic } from '../case.ts'
import { configMap, pod, service } from '../objects.ts'
import { create, merge, withSpec } from '../requests.ts'

function podWith(spec: JsonObject): JsonObject {
  return withSpec(pod('one'), spec)
}

function container(more: JsonObject): JsonObject {
  return podWith({ containers: [{ name: 'main', image: 'example.com/web:1', ...more }] })
}

const claim = (spec: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'disk' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
})
const secret = (more: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  ...more,
})
export const coreValidation: Topic = {
  title: 'core objects that are refused',
  cases: [
    {
      name: 'a ConfigMap with a bad key',
      send: create({ ...configMap('cm'), data: { 'a b': 'c' } }),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    },
    {
      name: 'a ConfigMap with the same key in both maps',
      send: create({ ...configMap('cm'), data: { a: 'b' }, binaryData: { a: 'Yg==' } }),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueInvalid data[a]: Invalid value: "a": duplicate of key present in binaryData',
      ),
    },
    {
      name: 'a ConfigMap above 1 MiB',
      send: create({ ...configMap('cm'), data: { a: 'x'.repeat(1024 * 1024 + 1) } }),
      want: invalid('ConfigMap "cm"', 'FieldValueTooLong []: Too long: may not be more than 1048576 bytes'),
    },
    {
      name: 'a change of an immutable ConfigMap',
      given: [{ ...configMap('cm'), immutable: true }],
      send: merge(configMap('cm'), { data: { color: 'red' } }),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueForbidden data: Forbidden: field is immutable when `immutable` is set',
      ),
    },
    {
      name: 'an immutable ConfigMap made mutable',
      given: [{ ...configMap('cm'), immutable: true }],
      send: merge(configMap('cm'), { immutable: false }),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueForbidden immutable: Forbidden: field is immutable when `immutable` is set',
      ),
    },
    {
      name: 'a Secret with a bad key',
      send: create(secret({ data: { 'a b': 'Yg==' } })),
      want: invalid(
        'Secret "keys"',
        "FieldValueInvalid data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    },
    {
      name: 'a Secret whose type asks for a key',
      send: create(secret({ type: 'kubernetes.io/tls', data: {} })),
      want: invalid(
        'Secret "keys"',
        'FieldValueRequired data[tls.crt]: Required value',
        'FieldValueRequired data[tls.key]: Required value',
      ),
    },
    {
      name: 'a Secret for a registry that is no JSON',
      send: create(secret({ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{' } })),
      want: invalid(
        'Secret "keys"',
        'FieldValueInvalid data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
      ),
    },
    {
      name: 'a Secret that changes its type',
      given: [secret({ type: 'Opaque' })],
      send: merge(secret({}), { type: 'other' }),
      want: invalid('Secret "keys"', 'FieldValueInvalid type: Invalid value: "other": field is immutable'),
    },
    {
      name: 'a Pod without containers',
      send: create(podWith({ containers: [] })),
      want: invalid('Pod "one"', 'FieldValueRequired spec.containers: Required value'),
    },
    {
      name: 'a container without a name and image',
      send: create(podWith({ containers: [{}] })),
      want: invalid(
        'Pod "one"',
        'FieldValueRequired spec.containers[0].name: Required value',
        'FieldValueRequired spec.containers[0].image: Required value',
      ),
    },
    {
      name: 'a container with a bad name',
      send: create(container({ name: 'Main_1' })),
      want: invalid(
        'Pod "one"',
        "FieldValueInvalid spec.containers[0].name: Invalid value: \"Main_1\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ),
    },
    {
      name: 'two containers of one name',
      send: create(
        podWith({
          containers: [
            { name: 'a', image: 'x' },
            { name: 'a', image: 'y' },
          ],
        }),
      ),
      want: invalid('Pod "one"', 'FieldValueDuplicate spec.containers[1].name: Duplicate value: "a"'),
    },
    {
      name: 'an image with spaces around it',
      send: create(container({ image: ' x ' })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].image: Invalid value: " x ": must not have leading or trailing whitespace',
      ),
    },
    {
      name: 'a port that is none',
      send: create(container({ ports: [{ containerPort: 70000 }, { containerPort: 0 }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'FieldValueRequired spec.containers[0].ports[1].containerPort: Required value',
      ),
    },
    {
      name: 'a port with a bad name and protocol',
      send: create(container({ ports: [{ containerPort: 80, name: 'A_PORT', protocol: 'HTTP' }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].ports[0].name: Invalid value: "A_PORT": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'FieldValueInvalid spec.containers[0].ports[0].name: Invalid value: "A_PORT": must contain at least one letter (a-z)',
        'FieldValueNotSupported spec.containers[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      ),
    },
    {
      name: 'two ports of one name',
      send: create(
        container({
          ports: [
            { containerPort: 80, name: 'a' },
            { containerPort: 81, name: 'a' },
          ],
        }),
      ),
      want: invalid('Pod "one"', 'FieldValueDuplicate spec.containers[0].ports[1].name: Duplicate value: "a"'),
    },
    {
      name: 'a variable without a name',
      send: create(container({ env: [{ value: 'a' }] })),
      want: invalid('Pod "one"', 'FieldValueRequired spec.containers[0].env[0].name: Required value'),
    },
    {
      name: 'a variable with an equals sign in its name',
      send: create(container({ env: [{ name: 'A=B', value: 'a' }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      ),
    },
    {
      name: 'a variable with both a value and a source',
      send: create(
        container({ env: [{ name: 'A', value: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      ),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ),
    },
    {
      name: 'a variable from a field that does not exist',
      send: create(container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.none' } } }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.none": error converting fieldPath: field label not supported: spec.none',
      ),
    },
    {
      name: 'a variable from a key without a name',
      send: create(container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: '' } } }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueRequired spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value',
      ),
    },
    {
      name: 'a request above its limit',
      send: create(container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ),
    },
    {
      name: 'a request below zero',
      send: create(container({ resources: { requests: { memory: '-1' } } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
      ),
    },
    {
      name: 'a resource without a domain',
      send: create(container({ resources: { limits: { gold: '1' } } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].resources.limits[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
        'FieldValueInvalid spec.containers[0].resources.limits[gold]: Invalid value: "gold": must be a standard resource for containers',
        'FieldValueInvalid spec.containers[0].resources.requests[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
        'FieldValueInvalid spec.containers[0].resources.requests[gold]: Invalid value: "gold": must be a standard resource for containers',
      ),
    },
    {
      name: 'a pull policy that does not exist',
      send: create(container({ imagePullPolicy: 'Sometimes' })),
      want: invalid(
        'Pod "one"',
        'FieldValueNotSupported spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      ),
    },
    {
      name: 'a restart policy that does not exist',
      send: create(podWith({ restartPolicy: 'Maybe' })),
      want: invalid(
        'Pod "one"',
        'FieldValueNotSupported spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
      ),
    },
    {
      name: 'a DNS policy that does not exist',
      send: create(podWith({ dnsPolicy: 'Own' })),
      want: invalid(
        'Pod "one"',
        'FieldValueNotSupported spec.dnsPolicy: Unsupported value: "Own": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ),
    },
    {
      name: 'a grace period below zero',
      send: create(podWith({ terminationGracePeriodSeconds: -1 })),
      want: {
        code: 201,
        body: {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: {
            name: 'one',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 1,
            creationTimestamp: '<time>',
            labels: { app: 'one' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                  'f:spec': {
                    'f:containers': {
                      'k:{"name":"main"}': {
                        '.': {},
                        'f:image': {},
                        'f:imagePullPolicy': {},
                        'f:name': {},
                        'f:resources': {},
                        'f:terminationMessagePath': {},
                        'f:terminationMessagePolicy': {},
                      },
                    },
                    'f:dnsPolicy': {},
                    'f:enableServiceLinks': {},
                    'f:restartPolicy': {},
                    'f:schedulerName': {},
                    'f:securityContext': {},
                    'f:terminationGracePeriodSeconds': {},
                  },
                },
              },
            ],
          },
          spec: {
            containers: [
              {
                name: 'main',
                image: 'example.com/web:1',
                resources: {},
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
                imagePullPolicy: 'IfNotPresent',
              },
            ],
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 1,
            dnsPolicy: 'ClusterFirst',
            securityContext: {},
            schedulerName: 'default-scheduler',
            tolerations: [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
              {
                key: 'node.kubernetes.io/unreachable',
                operator: 'Exists',
                effect: 'NoExecute',
                tolerationSeconds: 300,
              },
            ],
            priority: 0,
            enableServiceLinks: true,
            preemptionPolicy: 'PreemptLowerPriority',
          },
          status: { phase: 'Pending', qosClass: 'BestEffort' },
        },
      },
    },
    {
      name: 'a mount of a volume that is not there',
      send: create(container({ volumeMounts: [{ name: 'none', mountPath: '/a' }] })),
      want: invalid('Pod "one"', 'FieldValueNotFound spec.containers[0].volumeMounts[0].name: Not found: "none"'),
    },
    {
      name: 'a mount without a path',
      send: create(
        podWith({
          volumes: [{ name: 'v', emptyDir: {} }],
          containers: [{ name: 'a', image: 'b', volumeMounts: [{ name: 'v', mountPath: '' }] }],
        }),
      ),
      want: invalid('Pod "one"', 'FieldValueRequired spec.containers[0].volumeMounts[0].mountPath: Required value'),
    },
    {
      name: 'two volumes of one name',
      send: create(
        podWith({
          volumes: [
            { name: 'v', emptyDir: {} },
            { name: 'v', emptyDir: {} },
          ],
        }),
      ),
      want: invalid('Pod "one"', 'FieldValueDuplicate spec.volumes[1].name: Duplicate value: "v"'),
    },
    {
      name: 'a volume of two kinds',
      send: create(podWith({ volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'c' } }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueForbidden spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type',
      ),
    },
    {
      name: 'a probe without an action',
      send: create(container({ livenessProbe: {} })),
      want: invalid(
        'Pod "one"',
        'FieldValueRequired spec.containers[0].livenessProbe: Required value: must specify a handler type',
      ),
    },
    {
      name: 'a probe of two kinds',
      send: create(container({ readinessProbe: { tcpSocket: { port: 80 }, exec: { command: ['a'] } } })),
      want: invalid(
        'Pod "one"',
        'FieldValueForbidden spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
      ),
    },
    {
      name: 'a probe with bad numbers',
      send: create(container({ readinessProbe: { httpGet: { port: 80 }, periodSeconds: -1, failureThreshold: -1 } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
        'FieldValueInvalid spec.containers[0].readinessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'a probe of a port that is none',
      send: create(container({ livenessProbe: { httpGet: { path: '/', port: 0 } } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
      ),
    },
    {
      name: 'a liveness probe that has to succeed twice',
      send: create(container({ livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
      ),
    },
    {
      name: 'a node selector with a bad label',
      send: create(podWith({ nodeSelector: { 'a b': 'c' } })),
      want: invalid(
        'Pod "one"',
        "FieldValueInvalid spec.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'a toleration that does not make sense',
      send: create(podWith({ tolerations: [{ operator: 'Exists', value: 'x' }, { operator: 'Near' }] })),
      want: invalid(
        'Pod "one"',
        'FieldValueInvalid spec.tolerations[0].operator: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
        'FieldValueInvalid spec.tolerations[1].operator: Invalid value: "Near": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        'FieldValueNotSupported spec.tolerations[1].operator: Unsupported value: "Near": supported values: "Equal", "Exists"',
      ),
    },
    {
      name: 'a host name that is none',
      send: create(podWith({ hostname: 'A_B' })),
      want: invalid(
        'Pod "one"',
        "FieldValueInvalid spec.hostname: Invalid value: \"A_B\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ),
    },
    {
      name: 'a service account that is no name',
      send: create(podWith({ serviceAccountName: 'A_B' })),
      want: invalid(
        'Pod "one"',
        "FieldValueInvalid spec.serviceAccountName: Invalid value: \"A_B\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ),
    },
    {
      name: 'a priority class that is not there',
      send: create(podWith({ priorityClassName: 'none' })),
      want: failure(403, 'Forbidden', 'pods "one" is forbidden: no PriorityClass with name none was found', {
        name: 'one',
        kind: 'pods',
      }),
    },
    {
      name: 'a change of a Pod that is not allowed',
      given: [pod('one')],
      send: merge(pod('one'), { spec: { hostname: 'other' } }),
      want: invalid(
        'Pod "one"',
        'FieldValueForbidden spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -64,7 +64,7 @@\n   "SELinuxChangePolicy": null\n  },\n  "ImagePullSecrets": null,\n- "Hostname": "",\n+ "Hostname": "other",\n  "Subdomain": "",\n  "Affinity": null,\n  "SchedulerName": "default-scheduler",\n',
      ),
    },
    {
      name: 'a container added to a Pod',
      given: [pod('one')],
      send: merge(pod('one'), {
        spec: {
          containers: [
            { name: 'main', image: 'a' },
            { name: 'side', image: 'b' },
          ],
        },
      }),
      want: invalid(
        'Pod "one"',
        'FieldValueForbidden spec.containers: Forbidden: pod updates may not add or remove containers',
      ),
    },
    {
      name: 'a Service without ports',
      send: create({ ...service('web'), spec: { selector: { a: 'b' } } }),
      want: invalid('Service "web"', 'FieldValueRequired spec.ports: Required value'),
    },
    {
      name: 'a Service whose port is none',
      send: create(withSpec(service('web'), { ports: [{ port: 0 }] })),
      want: invalid(
        'Service "web"',
        'FieldValueInvalid spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'FieldValueInvalid spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ),
    },
    {
      name: 'a Service with a bad target port',
      send: create(withSpec(service('web'), { ports: [{ port: 80, targetPort: 'A_B' }] })),
      want: invalid(
        'Service "web"',
        'FieldValueInvalid spec.ports[0].targetPort: Invalid value: "A_B": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'FieldValueInvalid spec.ports[0].targetPort: Invalid value: "A_B": must contain at least one letter (a-z)',
      ),
    },
    {
      name: 'a Service with several ports without names',
      send: create(withSpec(service('web'), { ports: [{ port: 80 }, { port: 81 }] })),
      want: invalid(
        'Service "web"',
        'FieldValueRequired spec.ports[0].name: Required value',
        'FieldValueRequired spec.ports[1].name: Required value',
      ),
    },
    {
      name: 'a Service with the same port twice',
      send: create(
        withSpec(service('web'), {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        }),
      ),
      want: invalid(
        'Service "web"',
        'FieldValueDuplicate spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ),
    },
    {
      name: 'a Service with two ports of one name',
      send: create(
        withSpec(service('web'), {
          ports: [
            { name: 'a', port: 80 },
            { name: 'a', port: 81 },
          ],
        }),
      ),
      want: invalid('Service "web"', 'FieldValueDuplicate spec.ports[1].name: Duplicate value: "a"'),
    },
    {
      name: 'a Service of a type that does not exist',
      send: create(withSpec(service('web'), { type: 'Near' })),
      want: invalid(
        'Service "web"',
        'FieldValueNotSupported spec.type: Unsupported value: "Near": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ),
    },
    {
      name: 'a Service with an affinity that does not exist',
      send: create(withSpec(service('web'), { sessionAffinity: 'Some' })),
      want: invalid(
        'Service "web"',
        'FieldValueNotSupported spec.sessionAffinity: Unsupported value: "Some": supported values: "ClientIP", "None"',
      ),
    },
    {
      name: 'a Service with a protocol that does not exist',
      send: create(withSpec(service('web'), { ports: [{ port: 80, protocol: 'HTTP' }] })),
      want: invalid(
        'Service "web"',
        'FieldValueNotSupported spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      ),
    },
    {
      name: 'a Service with an address outside the range',
      send: create(withSpec(service('web'), { clusterIP: '192.0.2.1' })),
      want: invalid(
        'Service "web"',
        'FieldValueInvalid spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided network does not match the current range',
      ),
    },
    {
      name: 'a Service with an address that is none',
      send: create(withSpec(service('web'), { clusterIP: 'here' })),
      want: invalid(
        'Service "web"',
        'FieldValueInvalid spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ),
    },
    {
      name: 'a Service with a bad selector',
      send: create(withSpec(service('web'), { selector: { 'a b': 'c' } })),
      want: invalid(
        'Service "web"',
        "FieldValueInvalid spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'an external Service without a name',
      send: create({ ...service('web'), spec: { type: 'ExternalName' } }),
      want: invalid('Service "web"', 'FieldValueRequired spec.externalName: Required value'),
    },
    {
      name: 'a Service that changes its address',
      given: [withSpec(service('web'), {})],
      send: merge(service('web'), { spec: { clusterIP: '10.0.255.254', clusterIPs: ['10.0.255.254'] } }),
      want: invalid(
        'Service "web"',
        'FieldValueInvalid spec.clusterIPs[0]: Invalid value: ["10.0.255.254"]: may not change once set',
      ),
    },
    {
      name: 'a claim without modes and size',
      send: create({ ...claim({}), spec: {} }),
      want: invalid(
        'PersistentVolumeClaim "disk"',
        'FieldValueRequired spec.accessModes: Required value: at least 1 access mode is required',
        'FieldValueRequired spec.resources[storage]: Required value',
      ),
    },
    {
      name: 'a claim with a mode that does not exist',
      send: create(claim({ accessModes: ['Sometimes'] })),
      want: invalid(
        'PersistentVolumeClaim "disk"',
        'FieldValueNotSupported spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ),
    },
    {
      name: 'a claim that changes its modes',
      given: [claim({})],
      send: merge(claim({}), { spec: { accessModes: ['ReadOnlyMany'] } }),
      want: invalid(
        'PersistentVolumeClaim "disk"',
        'FieldValueForbidden spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadOnlyMany"\n  ],\n  "Selector": null,\n  "Resources": {\n',
      ),
    },
    {
      name: 'endpoints whose address is none',
      send: create({
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'web' },
        subsets: [{ addresses: [{ ip: 'here' }], ports: [{ port: 0 }] }],
      }),
      want: invalid(
        'Endpoints "web"',
        'FieldValueInvalid subsets[0].addresses[0].ip: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'FieldValueInvalid subsets[0].addresses[0].ip: Invalid value: "here": must be a valid IP address',
        'FieldValueInvalid subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      ),
    },
    {
      name: 'a limit range with a default above the maximum',
      send: create({
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'l' },
        spec: { limits: [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '2' } }] },
      }),
      want: invalid(
        'LimitRange "l"',
        'FieldValueInvalid spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
        'FieldValueInvalid spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
      ),
    },
    {
      name: 'a quota that is no quantity of things',
      send: create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q' },
        spec: { hard: { pods: '-1' } },
      }),
      want: invalid(
        'ResourceQuota "q"',
        'FieldValueInvalid spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
      ),
    },
    {
      name: 'an event about an object elsewhere',
      send: create({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'e' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'x' },
      }),
      want: invalid(
        'Event "e"',
        'FieldValueInvalid involvedObject.namespace: Invalid value: "default": does not match event.namespace',
      ),
    },
    {
      name: 'a new event without its time and reporter',
      send: create({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'e' },
        regarding: { kind: 'Pod', namespace: 'ns-case', name: 'x' },
      }),
      want: invalid(
        'Event "e"',
        'FieldValueRequired eventTime: Required value',
        'FieldValueInvalid type: Invalid value: "": has invalid value: ',
      ),
    },
    {
      name: 'a Namespace whose finalizer is none',
      send: create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'ns-case-f' },
        spec: { finalizers: ['a b'] },
      }),
      want: invalid(
        'Namespace "ns-case-f"',
        "FieldValueInvalid spec.finalizers: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'FieldValueInvalid spec.finalizers: Invalid value: "a b": name is neither a standard finalizer name nor is it fully qualified',
      ),
    },
  ],
}

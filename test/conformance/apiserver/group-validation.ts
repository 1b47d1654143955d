/** Objects of the other groups that break a rule of their kind, with every cause that the server names. */
import type { Json, JsonObject } from '../../../src/apimachinery/meta.ts'
import { failure, invalid, type Topic } from '../case.ts'
import { deployment } from '../objects.ts'
import { create, merge, withMetadata, withSpec } from '../requests.ts'

const template = (labels: JsonObject, spec: JsonObject = {}): Json => ({
  metadata: { labels },
  spec: { containers: [{ name: 'main', image: 'example.com/web:1' }], ...spec },
})

const web = deployment('web')
const job = (spec: JsonObject): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'once' },
  spec: { template: template({}, { restartPolicy: 'Never' }), ...spec },
})
const cronJob = (spec: JsonObject): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly' },
  spec: { schedule: '0 3 * * *', jobTemplate: { spec: job({})['spec'] as JsonObject }, ...spec },
})
const hpa = (spec: JsonObject): JsonObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3, ...spec },
})
const ingress = (spec: JsonObject): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'front' },
  spec,
})
const statefulSet = (spec: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: { serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template({ app: 'db' }), ...spec },
})
const slice = (more: JsonObject): JsonObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1' },
  addressType: 'IPv4',
  endpoints: [],
  ...more,
})
const rbac = 'rbac.authorization.k8s.io'

export const groupValidation: Topic = {
  title: 'objects of the other groups that are refused',
  cases: [
    {
      name: 'a Deployment without anything',
      send: create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: {} }),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueRequired spec.selector: Required value',
        'FieldValueInvalid spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
        'FieldValueRequired spec.template.spec.containers: Required value',
      ),
    },
    {
      name: 'a Deployment without a spec',
      send: create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueRequired spec.selector: Required value',
        'FieldValueInvalid spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
        'FieldValueRequired spec.template.spec.containers: Required value',
      ),
    },
    {
      name: 'a Deployment whose selector misses its template',
      send: create(withSpec(web, { selector: { matchLabels: { app: 'other' } } })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ),
    },
    {
      name: 'a Deployment with an empty selector',
      send: create(withSpec(web, { selector: {} })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.selector: Invalid value: {}: empty selector is invalid for deployment',
      ),
    },
    {
      name: 'a Deployment with a bad selector',
      send: create(withSpec(web, { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
        'FieldValueInvalid spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Near"}]}: invalid label selector',
      ),
    },
    {
      name: 'a Deployment with replicas below zero',
      send: create(withSpec(web, { replicas: -1 })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'a Deployment whose deadline is too short',
      send: create(withSpec(web, { minReadySeconds: 10, progressDeadlineSeconds: 5 })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
      ),
    },
    {
      name: 'a Deployment with numbers below zero',
      send: create(withSpec(web, { minReadySeconds: -1, revisionHistoryLimit: -1 })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'FieldValueInvalid spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'a Deployment whose rolling update never moves',
      send: create(withSpec(web, { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
      ),
    },
    {
      name: 'a Deployment with a bad percentage',
      send: create(withSpec(web, { strategy: { rollingUpdate: { maxSurge: 'many', maxUnavailable: '101%' } } })),
      want: invalid(
        'Deployment.apps "web"',
        "FieldValueInvalid spec.strategy.rollingUpdate.maxSurge: Invalid value: \"many\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        'FieldValueInvalid spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      ),
    },
    {
      name: 'a Deployment with a rolling update for another strategy',
      send: create(withSpec(web, { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } })),
      want: invalid(
        'Deployment.apps "web"',
        "FieldValueForbidden spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ),
    },
    {
      name: 'a Deployment of a strategy that does not exist',
      send: create(withSpec(web, { strategy: { type: 'Slow' } })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueNotSupported spec.strategy: Unsupported value: {"Type":"Slow","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ),
    },
    {
      name: 'a Deployment whose pods end',
      send: create(withSpec(web, { template: template({ app: 'web' }, { restartPolicy: 'Never' }) })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueNotSupported spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      ),
    },
    {
      name: 'a Deployment whose containers are wrong',
      send: create(withSpec(web, { template: template({ app: 'web' }, { containers: [{ name: 'A', image: '' }] }) })),
      want: invalid(
        'Deployment.apps "web"',
        "FieldValueInvalid spec.template.spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        'FieldValueRequired spec.template.spec.containers[0].image: Required value',
      ),
    },
    {
      name: 'a Deployment that changes its selector',
      given: [web],
      send: merge(web, {
        spec: {
          selector: { matchLabels: { app: 'web', tier: 'x' } },
          template: { metadata: { labels: { tier: 'x' } } },
        },
      }),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
      ),
    },
    {
      name: 'a scale below zero',
      given: [web],
      send: merge(web, { spec: { replicas: -1 } }, 'scale'),
      want: invalid(
        'Scale.autoscaling "web"',
        'FieldValueInvalid spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'a status with numbers that cannot be',
      given: [web],
      send: merge(web, { status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } }, 'status'),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'FieldValueInvalid status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
        'FieldValueInvalid status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      ),
    },
    {
      name: 'a ReplicaSet whose selector misses its template',
      send: create(withSpec({ ...web, kind: 'ReplicaSet' }, { selector: { matchLabels: { app: 'x' } } })),
      want: invalid(
        'ReplicaSet.apps "web"',
        'FieldValueInvalid spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ),
    },
    {
      name: 'a DaemonSet that never moves',
      send: create({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'each' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: template({ a: 'b' }),
          updateStrategy: { rollingUpdate: { maxUnavailable: 0 } },
        },
      }),
      want: invalid(
        'DaemonSet.apps "each"',
        'FieldValueRequired spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
      ),
    },
    {
      name: 'a StatefulSet of policies that do not exist',
      send: create(statefulSet({ podManagementPolicy: 'Some', updateStrategy: { type: 'Slow' } })),
      want: invalid(
        'StatefulSet.apps "db"',
        "FieldValueInvalid spec.podManagementPolicy: Invalid value: \"Some\": must be 'OrderedReady' or 'Parallel'",
        'FieldValueInvalid spec.updateStrategy: Invalid value: {"Type":"Slow","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
      ),
    },
    {
      name: 'a StatefulSet that changes what is fixed',
      given: [statefulSet({})],
      send: merge(statefulSet({}), { spec: { serviceName: 'other' } }),
      want: invalid(
        'StatefulSet.apps "db"',
        'FieldValueInvalid spec.serviceName: Invalid value: "other": field is immutable',
      ),
    },
    {
      name: 'a Job whose pods start again for ever',
      send: create(job({ template: template({}) })),
      want: invalid(
        'Job.batch "once"',
        'FieldValueRequired spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ),
    },
    {
      name: 'a Job with numbers below zero',
      send: create(job({ parallelism: -1, completions: -1, backoffLimit: -1, activeDeadlineSeconds: -1 })),
      want: invalid(
        'Job.batch "once"',
        'FieldValueInvalid spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'FieldValueInvalid spec.completions: Invalid value: -1: must be greater than or equal to 0',
        'FieldValueInvalid spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
        'FieldValueInvalid spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'a Job with a selector of its own',
      send: create(job({ selector: { matchLabels: { a: 'b' } } })),
      want: invalid(
        'Job.batch "once"',
        'FieldValueInvalid spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"<uid>"}}: `selector` not auto-generated',
        'FieldValueInvalid spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"<uid>","batch.kubernetes.io/job-name":"once","controller-uid":"<uid>","job-name":"once"}: `selector` does not match template `labels`',
      ),
    },
    {
      name: 'a Job that changes its template',
      given: [job({})],
      send: merge(job({}), { spec: { completions: 3, template: { spec: { restartPolicy: 'OnFailure' } } } }),
      want: invalid(
        'Job.batch "once"',
        'FieldValueInvalid spec.completions: Invalid value: 3: field is immutable',
        'FieldValueInvalid spec.template: Invalid value: {"labels":{"batch.kubernetes.io/controller-uid":"<uid>","batch.kubernetes.io/job-name":"once","controller-uid":"<uid>","job-name":"once"},"Spec":{"Volumes":null,"InitContainers":null,"Containers":[{"Name":"main","Image":"example.com/web:1","Command":null,"Args":null,"WorkingDir":"","Ports":null,"EnvFrom":null,"Env":null,"Resources":{"Limits":null,"Requests":null,"Claims":null},"ResizePolicy":null,"RestartPolicy":null,"RestartPolicyRules":null,"VolumeMounts":null,"VolumeDevices":null,"LivenessProbe":null,"ReadinessProbe":null,"StartupProbe":null,"Lifecycle":null,"TerminationMessagePath":"/dev/termination-log","TerminationMessagePolicy":"File","ImagePullPolicy":"IfNotPresent","SecurityContext":null,"Stdin":false,"StdinOnce":false,"TTY":false}],"EphemeralContainers":null,"RestartPolicy":"OnFailure","TerminationGracePeriodSeconds":30,"ActiveDeadlineSeconds":null,"DNSPolicy":"ClusterFirst","NodeSelector":null,"ServiceAccountName":"","DeprecatedServiceAccount":"","AutomountServiceAccountToken":null,"NodeName":"","HostNetwork":false,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"SecurityContext":{"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"SupplementalGroups":null,"SupplementalGroupsPolicy":null,"FSGroup":null,"Sysctls":null,"FSGroupChangePolicy":null,"SeccompProfile":null,"AppArmorProfile":null,"SELinuxChangePolicy":null},"ImagePullSecrets":null,"Hostname":"","Subdomain":"","Affinity":null,"SchedulerName":"default-scheduler","Tolerations":null,"HostAliases":null,"PriorityClassName":"","Priority":null,"DNSConfig":null,"ReadinessGates":null,"RuntimeClassName":null,"EnableServiceLinks":null,"PreemptionPolicy":null,"Overhead":null,"TopologySpreadConstraints":null,"SetHostnameAsFQDN":null,"OS":null,"HostUsers":null,"SchedulingGates":null,"ResourceClaims":null,"Resources":null,"HostnameOverride":null,"SchedulingGroup":null,"EvictionResponders":null}}: field is immutable',
      ),
    },
    {
      name: 'a CronJob whose schedule is none',
      send: create(cronJob({ schedule: 'every day' })),
      want: invalid(
        'CronJob.batch "nightly"',
        'FieldValueInvalid spec.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: [every day]',
      ),
    },
    {
      name: 'a CronJob without a schedule',
      send: create(cronJob({ schedule: '' })),
      want: invalid('CronJob.batch "nightly"', 'FieldValueRequired spec.schedule: Required value'),
    },
    {
      name: 'a CronJob with a zone that is none',
      send: create(cronJob({ timeZone: 'Moon/Sea' })),
      want: invalid(
        'CronJob.batch "nightly"',
        'FieldValueInvalid spec.timeZone: Invalid value: "Moon/Sea": unknown time zone Moon/Sea',
      ),
    },
    {
      name: 'a CronJob of a policy that does not exist',
      send: create(cronJob({ concurrencyPolicy: 'Some' })),
      want: invalid(
        'CronJob.batch "nightly"',
        'FieldValueNotSupported spec.concurrencyPolicy: Unsupported value: "Some": supported values: "Allow", "Forbid", "Replace"',
      ),
    },
    {
      name: 'a CronJob whose name is too long',
      send: create(withMetadata(cronJob({}), { name: 'n'.repeat(53) })),
      want: invalid(
        'CronJob.batch "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"',
        'FieldValueInvalid metadata.name: Invalid value: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn": must be no more than 52 characters',
      ),
    },
    {
      name: 'an autoscaler whose minimum is above its maximum',
      send: create(hpa({ minReplicas: 5 })),
      want: invalid(
        'HorizontalPodAutoscaler.autoscaling "web"',
        'FieldValueInvalid spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
      ),
    },
    {
      name: 'an autoscaler without a target',
      send: create({ ...hpa({}), spec: { maxReplicas: 0, scaleTargetRef: {} } }),
      want: invalid(
        'HorizontalPodAutoscaler.autoscaling "web"',
        'FieldValueInvalid spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
        'FieldValueRequired spec.scaleTargetRef.kind: Required value',
        'FieldValueRequired spec.scaleTargetRef.name: Required value',
        'FieldValueInvalid spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
        'FieldValueRequired spec.maxReplicas: Required value',
      ),
    },
    {
      name: 'an autoscaler with a metric that is none',
      send: create(hpa({ metrics: [{ type: 'Luck' }, { type: 'Resource' }] })),
      want: invalid(
        'HorizontalPodAutoscaler.autoscaling "web"',
        'FieldValueNotSupported spec.metrics[0].type: Unsupported value: "Luck": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
        'FieldValueRequired spec.metrics[1].resource: Required value: must populate information for the given metric source',
      ),
    },
    {
      name: 'an autoscaler whose metric has no target',
      send: create(
        hpa({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] }),
      ),
      want: invalid(
        'HorizontalPodAutoscaler.autoscaling "web"',
        'FieldValueRequired spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ),
    },
    {
      name: 'an autoscaler with bad behavior',
      send: create(
        hpa({
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: 5000,
              selectPolicy: 'Any',
              policies: [{ type: 'Pods', value: 0, periodSeconds: 0 }],
            },
          },
        }),
      ),
      want: invalid(
        'HorizontalPodAutoscaler.autoscaling "web"',
        'FieldValueInvalid spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 5000: must be less than or equal to 3600',
        'FieldValueNotSupported spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
        'FieldValueInvalid spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'FieldValueInvalid spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero',
      ),
    },
    {
      name: 'an Ingress without rules',
      send: create(ingress({})),
      want: invalid(
        'Ingress.networking.k8s.io "front"',
        'FieldValueInvalid spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
      ),
    },
    {
      name: 'an Ingress with a bad host and path',
      send: create(
        ingress({
          rules: [
            {
              host: 'A_B',
              http: {
                paths: [{ path: 'x', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
              },
            },
          ],
        }),
      ),
      want: invalid(
        'Ingress.networking.k8s.io "front"',
        "FieldValueInvalid spec.rules[0].host: Invalid value: \"A_B\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'FieldValueInvalid spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
      ),
    },
    {
      name: 'an Ingress whose backend has no port',
      send: create(ingress({ defaultBackend: { service: { name: 'web' } } })),
      want: invalid(
        'Ingress.networking.k8s.io "front"',
        'FieldValueRequired spec.defaultBackend: Required value: port name or number is required',
      ),
    },
    {
      name: 'an Ingress whose path has no type',
      send: create(
        ingress({
          rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
        }),
      ),
      want: invalid(
        'Ingress.networking.k8s.io "front"',
        'FieldValueRequired spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
      ),
    },
    {
      name: 'a NetworkPolicy with bad peers',
      send: create({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'n' },
        spec: {
          podSelector: {},
          policyTypes: ['Sideways'],
          ingress: [{ from: [{ ipBlock: { cidr: 'x' } }], ports: [{ port: 70000 }] }],
        },
      }),
      want: invalid(
        'NetworkPolicy.networking.k8s.io "n"',
        'FieldValueInvalid spec.ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'FieldValueInvalid spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        'FieldValueNotSupported spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
      ),
    },
    {
      name: 'a disruption budget with both bounds',
      send: create({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'p' },
        spec: { minAvailable: 1, maxUnavailable: 1, selector: {} },
      }),
      want: invalid(
        'PodDisruptionBudget.policy "p"',
        'FieldValueInvalid spec: Invalid value: {"MinAvailable":1,"Selector":{},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ),
    },
    {
      name: 'a Lease with bad numbers',
      send: create({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'l' },
        spec: { leaseDurationSeconds: 0, leaseTransitions: -1 },
      }),
      want: invalid(
        'Lease.coordination.k8s.io "l"',
        'FieldValueInvalid spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
        'FieldValueInvalid spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'an EndpointSlice without an address type',
      send: create(slice({ addressType: '' })),
      want: invalid('EndpointSlice.discovery.k8s.io "web-1"', 'FieldValueRequired addressType: Required value'),
    },
    {
      name: 'an EndpointSlice whose addresses are none',
      send: create(slice({ endpoints: [{ addresses: ['here'] }, { addresses: [] }] })),
      want: invalid(
        'EndpointSlice.discovery.k8s.io "web-1"',
        'FieldValueInvalid endpoints[0].addresses[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'FieldValueRequired endpoints[1].addresses: Required value',
      ),
    },
    {
      name: 'an EndpointSlice with bad ports',
      send: create(slice({ ports: [{ name: 'A_B', port: 0, protocol: 'HTTP' }] })),
      want: invalid(
        'EndpointSlice.discovery.k8s.io "web-1"',
        "FieldValueInvalid ports[0].name: Invalid value: \"A_B\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        'FieldValueNotSupported ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      ),
    },
    {
      name: 'an EndpointSlice that changes its address type',
      given: [slice({})],
      send: merge(slice({}), { addressType: 'IPv6' }),
      want: invalid(
        'EndpointSlice.discovery.k8s.io "web-1"',
        'FieldValueInvalid addressType: Invalid value: null: field is immutable',
      ),
    },
    {
      name: 'a Role with a rule without verbs',
      send: create({
        apiVersion: `${rbac}/v1`,
        kind: 'Role',
        metadata: { name: 'r' },
        rules: [
          { apiGroups: [''], resources: ['pods'] },
          { verbs: ['get'], nonResourceURLs: ['/x'] },
        ],
      }),
      want: invalid(
        'Role.rbac.authorization.k8s.io "r"',
        'FieldValueInvalid rules[1].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
        'FieldValueRequired rules[0].verbs: Required value',
      ),
    },
    {
      name: 'a RoleBinding to nothing',
      send: create({
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'r' },
        roleRef: { apiGroup: 'x', kind: 'Rule', name: '' },
        subjects: [{ kind: 'Robot', name: '' }],
      }),
      want: invalid(
        'RoleBinding.rbac.authorization.k8s.io "r"',
        'FieldValueNotSupported roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
        'FieldValueNotSupported roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"',
        'FieldValueNotSupported subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
        'FieldValueRequired subjects[0].name: Required value',
        'FieldValueRequired roleRef.name: Required value',
      ),
    },
    {
      name: 'a RoleBinding that changes its role',
      given: [
        {
          apiVersion: `${rbac}/v1`,
          kind: 'RoleBinding',
          metadata: { name: 'r' },
          roleRef: { apiGroup: rbac, kind: 'Role', name: 'a' },
        },
      ],
      send: merge(
        { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'r' } },
        { roleRef: { name: 'b' } },
      ),
      want: invalid(
        'RoleBinding.rbac.authorization.k8s.io "r"',
        'FieldValueInvalid roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: field is immutable',
      ),
    },
    {
      name: 'a PriorityClass whose value is kept for the system',
      send: create({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'ns-case-p' },
        value: 2_000_000_000,
      }),
      want: invalid(
        'PriorityClass.scheduling.k8s.io "ns-case-p"',
        'FieldValueForbidden value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
      ),
    },
    {
      name: 'a review of nothing',
      send: {
        line: 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {} },
      },
      want: failure(
        422,
        'Invalid',
        '.authorization.k8s.io "" is invalid: spec: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
        {
          group: 'authorization.k8s.io',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message:
                'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
              field: 'spec',
            },
          ],
        },
      ),
    },
    {
      name: 'a custom kind whose definition is empty',
      send: {
        line: 'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        body: {
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: 'x' },
          spec: {},
        },
      },
      want: invalid(
        'CustomResourceDefinition.apiextensions.k8s.io "x"',
        'FieldValueInvalid metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
        'FieldValueRequired spec.group: Required value',
        'FieldValueRequired spec.scope: Required value',
        'FieldValueInvalid spec.versions: Invalid value: null: must have exactly one version marked as storage version',
        'FieldValueRequired spec.names.plural: Required value',
        'FieldValueRequired spec.names.singular: Required value',
        'FieldValueRequired spec.names.kind: Required value',
        'FieldValueRequired spec.names.listKind: Required value',
        'FieldValueInvalid status.storedVersions: Invalid value: null: must have at least one stored version',
      ),
    },
  ],
}

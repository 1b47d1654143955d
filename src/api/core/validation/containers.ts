/** Containers of pods. */
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  notSupportedInOrder,
  required,
} from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { portNameProblems } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { checkChoice, checkLabelName, checkPortNumber, type Problems } from './checks.ts'
import { checkEnv, checkEnvFrom } from './env.ts'
import { checkDevices, checkMounts, type Volumes } from './mounts.ts'
import { checkLifecycle, checkProbes } from './probes.ts'
import { checkContainerResources } from './resources.ts'
import { checkSecurityContext } from './security-context.ts'

/** What containers are checked against: the pod around them. */
export interface PodContext {
  readonly spec: JsonObject
  readonly volumes: Volumes
}

/** The list of a pod's containers, of which there has to be one. */
export function checkContainers(path: string, pod: PodContext): Problems {
  const containers = objectsAt(pod.spec, 'containers')
  if (containers.length === 0) return [required(path)]
  const names = new Set<string>()
  const problems = containers.flatMap((container, i) => {
    const at = `${path}[${i}]`
    return [
      ...checkCommon(at, container, pod),
      ...checkName(at, container, names),
      ...checkHooksAndProbes(at, container, pod),
      ...checkRestartPolicy(at, container),
    ]
  })
  return [...problems, ...checkHostPorts(path, containers)]
}

/** The list of a pod's init containers. Their names may not be those of containers either. */
export function checkInitContainers(path: string, pod: PodContext): Problems {
  const names = new Set(objectsAt(pod.spec, 'containers').map(container => stringAt(container, 'name')))
  return objectsAt(pod.spec, 'initContainers').flatMap((container, i) => {
    const at = `${path}[${i}]`
    const isSidecar = stringAt(container, 'restartPolicy') === 'Always'
    return [
      ...checkCommon(at, container, pod),
      ...checkRestartPolicy(at, container),
      ...checkName(at, container, names),
      ...checkHostPorts(path, [container]),
      ...(isSidecar ? checkHooksAndProbes(at, container, pod) : refuseHooksAndProbes(at, container)),
    ]
  })
}

/** The list of a pod's ephemeral containers; only what can be wrong in one that kubectl makes. */
export function checkEphemeralContainers(path: string, pod: PodContext): Problems {
  const others = [...objectsAt(pod.spec, 'containers'), ...objectsAt(pod.spec, 'initContainers')]
  const names = new Set(others.map(container => stringAt(container, 'name')))
  return objectsAt(pod.spec, 'ephemeralContainers').flatMap((container, i) => [
    ...checkCommon(`${path}[${i}]`, container, pod),
    ...checkName(`${path}[${i}]`, container, names),
  ])
}

function checkName(path: string, container: JsonObject, names: Set<string>): Problems {
  const name = stringAt(container, 'name')
  if (names.has(name)) return [duplicate(`${path}.name`, name)]
  names.add(name)
  return []
}

function checkCommon(path: string, container: JsonObject, pod: PodContext): Problems {
  const name = stringAt(container, 'name')
  return [
    ...(name === '' ? [required(`${path}.name`)] : checkLabelName(`${path}.name`, name)),
    ...(stringAt(container, 'image') === '' ? [required(`${path}.image`)] : []),
    ...checkChoice(`${path}.terminationMessagePolicy`, stringAt(container, 'terminationMessagePolicy'), [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...checkPorts(`${path}.ports`, container),
    ...checkEnv(path, container),
    ...checkEnvFrom(path, container),
    ...checkMounts(path, container, pod.volumes),
    ...checkDevices(path, container, pod.volumes),
    ...checkChoice(`${path}.imagePullPolicy`, stringAt(container, 'imagePullPolicy'), [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    ...checkContainerResources(`${path}.resources`, objectAt(container, 'resources')),
    ...checkResizePolicy(`${path}.resizePolicy`, container, stringAt(pod.spec, 'restartPolicy')),
    ...(has(container, 'securityContext')
      ? checkSecurityContext(`${path}.securityContext`, objectAt(container, 'securityContext'), pod.spec)
      : []),
  ]
}

const protocols = ['SCTP', 'TCP', 'UDP']

function checkPorts(path: string, container: JsonObject): Problems {
  const names = new Set<string>()
  return objectsAt(container, 'ports').flatMap((port, i) => {
    const at = `${path}[${i}]`
    const number = numberAt(port, 'containerPort') ?? 0
    const hostPort = numberAt(port, 'hostPort') ?? 0
    return [
      ...checkPortName(`${at}.name`, stringAt(port, 'name'), names),
      ...(number === 0 ? [required(`${at}.containerPort`)] : checkPortNumber(`${at}.containerPort`, number)),
      ...(hostPort === 0 ? [] : checkPortNumber(`${at}.hostPort`, hostPort)),
      ...checkChoice(`${at}.protocol`, stringAt(port, 'protocol'), protocols),
    ]
  })
}

function checkPortName(path: string, name: string, names: Set<string>): Problems {
  if (name === '') return []
  const problems = portNameProblems(name)
  if (problems.length > 0) return problems.map(problem => invalid(path, name, problem))
  if (names.has(name)) return [duplicate(path, name)]
  names.add(name)
  return []
}

function checkHostPorts(path: string, containers: readonly JsonObject[]): Problems {
  const seen = new Set<string>()
  return containers.flatMap((container, i) =>
    objectsAt(container, 'ports').flatMap((port, j) => {
      const number = numberAt(port, 'hostPort') ?? 0
      if (number === 0) return []
      const text = `${stringAt(port, 'protocol')}/${stringAt(port, 'hostIP')}/${number}`
      if (seen.has(text)) return [duplicate(`${path}[${i}].ports[${j}].hostPort`, text)]
      seen.add(text)
      return []
    }),
  )
}

function checkHooksAndProbes(path: string, container: JsonObject, { spec }: PodContext): Problems {
  const graceSeconds = numberAt(spec, 'terminationGracePeriodSeconds') ?? 0
  return [
    ...checkLifecycle(`${path}.lifecycle`, objectAt(container, 'lifecycle'), graceSeconds),
    ...checkProbes(path, container, graceSeconds),
  ]
}

function refuseHooksAndProbes(path: string, container: JsonObject): Problems {
  return ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']
    .filter(name => has(container, name))
    .map(name => forbidden(`${path}.${name}`, 'may not be set for init containers without restartPolicy=Always'))
}

function checkRestartPolicy(path: string, container: JsonObject): Problems {
  const rules = objectsAt(container, 'restartPolicyRules')
  const supported = ['Always', 'Never', 'OnFailure']
  if (!has(container, 'restartPolicy')) {
    if (rules.length === 0) return []
    return [required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')]
  }
  const policy = stringAt(container, 'restartPolicy')
  return supported.includes(policy) ? [] : [notSupportedInOrder(`${path}.restartPolicy`, policy, supported)]
}

function checkResizePolicy(path: string, container: JsonObject, podRestartPolicy: string): Problems {
  const seen = new Set<string>()
  return objectsAt(container, 'resizePolicy').flatMap((policy, i) => {
    const resource = stringAt(policy, 'resourceName')
    const restart = stringAt(policy, 'restartPolicy')
    const problems: Problems = []
    if (seen.has(resource)) problems.push(duplicate(`${path}[${i}]`, resource))
    seen.add(resource)
    // The API names the list, not its item, in these.
    if (resource === '') problems.push(required(path))
    else if (!['cpu', 'memory'].includes(resource)) problems.push(notSupported(path, resource, ['cpu', 'memory']))
    if (restart === '') problems.push(required(path))
    else if (!['NotRequired', 'RestartContainer'].includes(restart)) {
      problems.push(notSupported(path, restart, ['NotRequired', 'RestartContainer']))
    }
    if (podRestartPolicy === 'Never' && restart !== 'NotRequired') {
      problems.push(invalid(path, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"))
    }
    return problems
  })
}

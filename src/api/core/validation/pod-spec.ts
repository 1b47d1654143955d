/** The spec of pods, in pods and in templates. */
import { invalid, notSupported, notSupportedInOrder, required } from '../../../apimachinery/field-error.ts'
import { isJsonObject } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { regexProblem } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { isIpAddress, notAnAddress } from './addresses.ts'
import {
  checkChoice,
  checkLabelName,
  checkQualifiedName,
  checkRange,
  checkSubdomain,
  checkUnique,
  type Problems,
  textProblems,
} from './checks.ts'
import { checkContainers, checkEphemeralContainers, checkInitContainers } from './containers.ts'
import { checkLabels } from './labels.ts'
import { checkAffinity, checkTolerations, checkTopologySpread } from './scheduling.ts'
import { checkPodSecurityContext } from './security-context.ts'
import { checkVolumes } from './volumes.ts'

/** Whether the spec is a pod's own; a template may leave host ports open. */
export interface PodSpecOptions {
  readonly isPod: boolean
}

/** Checks a completed spec. */
export function checkPodSpec(path: string, spec: JsonObject, options: PodSpecOptions): Problems {
  const { volumes, problems } = checkVolumes(`${path}.volumes`, spec)
  const pod = { spec, volumes }
  return [
    ...(has(spec, 'terminationGracePeriodSeconds') ? [] : [required(`${path}.terminationGracePeriodSeconds`)]),
    ...problems,
    ...checkContainers(`${path}.containers`, pod),
    ...checkInitContainers(`${path}.initContainers`, pod),
    ...checkEphemeralContainers(`${path}.ephemeralContainers`, pod),
    ...checkHostNetworkPorts(path, spec, options),
    ...checkChoice(`${path}.restartPolicy`, stringAt(spec, 'restartPolicy'), ['Always', 'OnFailure', 'Never']),
    ...checkChoice(`${path}.dnsPolicy`, stringAt(spec, 'dnsPolicy'), [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...checkLabels(`${path}.nodeSelector`, stringMapAt(spec, 'nodeSelector')),
    ...checkPodSecurityContext(`${path}.securityContext`, objectAt(spec, 'securityContext')),
    ...checkShareProcessNamespace(path, spec),
    ...checkAffinity(`${path}.affinity`, objectAt(spec, 'affinity')),
    ...checkDns(`${path}.dnsConfig`, spec),
    ...objectsAt(spec, 'readinessGates').flatMap((gate, i) =>
      checkQualifiedName(`${path}.readinessGates[${i}].conditionType`, stringAt(gate, 'conditionType')),
    ),
    ...checkSchedulingGates(`${path}.schedulingGates`, spec),
    ...checkTopologySpread(`${path}.topologySpreadConstraints`, objectsAt(spec, 'topologySpreadConstraints')),
    ...checkNames(path, spec),
    ...checkTolerations(`${path}.tolerations`, objectsAt(spec, 'tolerations')),
    ...checkHostAliases(`${path}.hostAliases`, spec),
    ...checkPriority(path, spec),
    ...checkOs(`${path}.os`, spec),
  ]
}

function checkHostNetworkPorts(path: string, spec: JsonObject, { isPod }: PodSpecOptions): Problems {
  if (spec['hostNetwork'] !== true) return []
  return objectsAt(spec, 'containers').flatMap((container, i) =>
    objectsAt(container, 'ports').flatMap((port, j) => {
      const hostPort = numberAt(port, 'hostPort') ?? 0
      if ((hostPort === 0 && !isPod) || hostPort === numberAt(port, 'containerPort')) return []
      const sentence = 'must match `containerPort` when `hostNetwork` is true'
      return [invalid(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, sentence)]
    }),
  )
}

function checkShareProcessNamespace(path: string, spec: JsonObject): Problems {
  if (spec['shareProcessNamespace'] !== true || spec['hostPID'] !== true) return []
  const sentence = 'ShareProcessNamespace and HostPID cannot both be enabled'
  return [invalid(`${path}.shareProcessNamespace`, true, sentence)]
}

// k8s.io/kubernetes/pkg/apis/core/validation: MaxDNSNameservers, MaxDNSSearchPaths, MaxDNSSearchListChars
const maxNameservers = 3
const maxSearches = 32
const maxSearchChars = 2048
const underscoreLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const underscoreSubdomain = `${underscoreLabel}(\\.${underscoreLabel})*`

function checkDns(path: string, spec: JsonObject): Problems {
  const config = spec['dnsConfig']
  const servers = isJsonObject(config) ? stringsAt(config, 'nameservers') : []
  if (stringAt(spec, 'dnsPolicy') === 'None') {
    if (!isJsonObject(config)) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (servers.length === 0) {
      const sentence = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [required(`${path}.nameservers`, sentence)]
    }
  }
  if (!isJsonObject(config)) return []
  const searches = stringsAt(config, 'searches')
  const problems: Problems = []
  if (servers.length > maxNameservers) {
    problems.push(invalid(`${path}.nameservers`, servers, `must not have more than ${maxNameservers} nameservers`))
  }
  problems.push(...servers.flatMap((server, i) => checkAddress(`${path}.nameservers[${i}]`, server)))
  if (searches.length > maxSearches) {
    problems.push(invalid(`${path}.searches`, searches, `must not have more than ${maxSearches} search paths`))
  }
  if (searches.join(' ').length > maxSearchChars) {
    const sentence = `must not have more than ${maxSearchChars} characters (including spaces) in the search list`
    problems.push(invalid(`${path}.searches`, searches, sentence))
  }
  problems.push(...searches.flatMap((search, i) => checkSearch(`${path}.searches[${i}]`, search)))
  for (const [i, option] of objectsAt(config, 'options').entries()) {
    if (stringAt(option, 'name') === '') problems.push(required(`${path}.options[${i}]`, 'must not be empty'))
  }
  return problems
}

function checkSearch(path: string, search: string): Problems {
  if (search === '.') return []
  const name = search.replace(/\.$/, '')
  if (new RegExp(`^${underscoreSubdomain}$`).test(name)) return []
  const sentence =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character"
  return [invalid(path, name, regexProblem(sentence, underscoreSubdomain, 'example.com'))]
}

function checkAddress(path: string, address: string): Problems {
  return isIpAddress(address) ? [] : [invalid(path, address, notAnAddress)]
}

function checkSchedulingGates(path: string, spec: JsonObject): Problems {
  const seen = new Set<string>()
  return objectsAt(spec, 'schedulingGates').flatMap((gate, i) => {
    const name = stringAt(gate, 'name')
    return [...checkQualifiedName(`${path}[${i}]`, name), ...checkUnique(`${path}[${i}]`, name, seen)]
  })
}

const maxDeadline = 2 ** 31 - 1

function checkNames(path: string, spec: JsonObject): Problems {
  const named = (key: string, check: (path: string, value: string) => Problems) => {
    const value = stringAt(spec, key)
    return value === '' ? [] : check(`${path}.${key}`, value)
  }
  return [
    ...named('serviceAccountName', checkSubdomain),
    ...named('nodeName', checkSubdomain),
    ...checkRange(`${path}.activeDeadlineSeconds`, numberAt(spec, 'activeDeadlineSeconds'), 1, maxDeadline),
    ...named('hostname', checkLabelName),
    ...named('subdomain', checkLabelName),
  ]
}

function checkHostAliases(path: string, spec: JsonObject): Problems {
  return objectsAt(spec, 'hostAliases').flatMap((alias, i) => [
    ...checkAddress(`${path}[${i}].ip`, stringAt(alias, 'ip')),
    ...stringsAt(alias, 'hostnames').flatMap((name, j) => checkSubdomain(`${path}[${i}].hostnames[${j}]`, name)),
  ])
}

function checkPriority(path: string, spec: JsonObject): Problems {
  const policy = stringAt(spec, 'preemptionPolicy')
  const policies = ['PreemptLowerPriority', 'Never']
  const problems = ['priorityClassName', 'runtimeClassName'].flatMap(key => {
    const name = stringAt(spec, key)
    return name === '' ? [] : checkSubdomain(`${path}.${key}`, name)
  })
  if (policy === '' || policies.includes(policy)) return problems
  return [...problems, notSupportedInOrder(`${path}.preemptionPolicy`, policy, policies)]
}

function checkOs(path: string, spec: JsonObject): Problems {
  if (!has(spec, 'os')) return []
  const name = stringAt(objectAt(spec, 'os'), 'name')
  if (name === '') return [required(`${path}.name`)]
  return ['linux', 'windows'].includes(name) ? [] : [notSupported(path, name, ['linux', 'windows'])]
}

/** The path of an annotation in an error. */
export function annotationPath(path: string, key: string): string {
  return `${path}[${key}]`
}

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'

/** Annotations that mean something for pods. */
export function checkPodAnnotations(path: string, annotations: Readonly<Record<string, string>>): Problems {
  const cost = annotations[deletionCost]
  if (cost === undefined || isInt32(cost)) return []
  return textProblems(annotationPath(path, deletionCost), cost, () => ['must be a 32bit integer'])
}

// Go's ParseInt takes a minus but no plus here, and no leading zeros (pkg/apis/core/helper.GetDeletionCostFromPodAnnotations).
function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]{0,9})$/.test(text) && Math.abs(Number(text)) <= 2 ** 31 - 1
}

/** What the server warns of when it takes an object: the `Warning` headers that kubectl prints. */
import { goQuote } from '../../../apimachinery/go-text.ts'
import type { GroupVersionKind, JsonObject } from '../../../apimachinery/meta.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { podSpecWarnings } from './pod-warnings.ts'
import { isHeadless } from './services.ts'

/** What every request for a kind is warned of; undefined for kinds that are not deprecated. */
export function deprecationOf({ group, version, kind }: GroupVersionKind): string | undefined {
  const deprecated: Readonly<Record<string, string>> = {
    '/v1/ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
    '/v1/Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }
  return deprecated[`${group}/${version}/${kind}`]
}

/** What the user is warned of when an object of a built-in kind is created or, with `previous`, updated. */
export function builtinWarnings(gvk: GroupVersionKind, object: JsonObject, previous?: JsonObject): string[] {
  const template = templates[`${gvk.group}/${gvk.kind}`]
  if (template) {
    const changed = !previous || generationOf(object) !== generationOf(previous)
    const path = template.join('.')
    const warnings = changed ? podSpecWarnings(path, template.reduce(objectAt, object)) : []
    return previous ? warnings : [...nameWarnings(object, 'Pod names and hostnames'), ...warnings]
  }
  switch (`${gvk.group}/${gvk.kind}`) {
    case '/Pod':
      return previous ? [] : [...nameWarnings(object, "the Pod's hostname"), ...podSpecWarnings('', object)]
    case '/Service':
      return serviceWarnings(objectAt(object, 'spec'))
    case 'networking.k8s.io/Ingress':
      return previous ? [] : ingressWarnings(object)
    default:
      return []
  }
}

const templates: Readonly<Record<string, readonly string[]>> = {
  'apps/DaemonSet': ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'batch/Job': ['spec', 'template'],
}

function generationOf(object: JsonObject): number | undefined {
  return numberAt(objectAt(object, 'metadata'), 'generation')
}

function nameWarnings(object: JsonObject, use: string): string[] {
  const problems = dns1123LabelProblems(stringAt(objectAt(object, 'metadata'), 'name'))
  if (problems.length === 0) return []
  const why = `this is used in ${use}, which can result in surprising behavior; a DNS label is recommended`
  return [`metadata.name: ${why}: [${problems.join(' ')}]`]
}

function serviceWarnings(spec: JsonObject): string[] {
  const external = stringsAt(spec, 'externalIPs').length > 0
  const isExternalName = stringAt(spec, 'type') === 'ExternalName'
  const headless = stringAt(spec, 'type') === 'ClusterIP' && isHeadless(spec)
  const warnings: string[] = []
  if (headless) {
    if (has(spec, 'loadBalancerIP')) warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (external) warnings.push('spec.externalIPs is ignored for headless services')
    if (stringAt(spec, 'sessionAffinity') !== 'None') {
      warnings.push('spec.SessionAffinity is ignored for headless services')
    }
  }
  if (external && !headless && !isExternalName) {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  }
  if (external && isExternalName) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (!isExternalName && stringAt(spec, 'externalName') !== '') {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  }
  if (stringAt(spec, 'trafficDistribution') === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  }
  return warnings
}

function ingressWarnings(ingress: JsonObject): string[] {
  const key = 'kubernetes.io/ingress.class'
  const annotations = stringMapAt(objectAt(ingress, 'metadata'), 'annotations')
  if (annotations[key] === undefined || has(objectAt(ingress, 'spec'), 'ingressClassName')) return []
  return [`annotation ${goQuote(key)} is deprecated, please use 'spec.ingressClassName' instead`]
}

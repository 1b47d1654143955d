/** Resource requests and limits. */
import { type FieldError, forbidden, invalid, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { compareQuantities, parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts'
import { stringMapAt } from '../draft.ts'
import { checkQualifiedName, notNegativeMessage, type Problems } from './checks.ts'

const containerResources = ['cpu', 'memory', 'ephemeral-storage', 'storage']
const quotaResources = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]
const countedResources = quotaResources.slice(0, 9)
const zero: Quantity = { nanos: 0n, format: 'decimal' }

/** `resources` of a container. */
export function checkContainerResources(path: string, resources: JsonObject): Problems {
  const limits = stringMapAt(resources, 'limits')
  const requests = stringMapAt(resources, 'requests')
  const problems: Problems = []
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${path}.limits[${name}]`
    problems.push(...checkContainerResourceName(at, name), ...checkAmount(at, name, amount))
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${path}.requests[${name}]`
    problems.push(...checkContainerResourceName(at, name), ...checkAmount(at, name, amount))
    problems.push(...checkAgainstLimit(path, name, amount, limits[name]))
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    problems.push(forbidden(path, 'HugePages require cpu or memory'))
  }
  return problems
}

function checkAgainstLimit(path: string, name: string, amount: string, limit: string | undefined): Problems {
  const overcommits = !isHugePages(name) && isNative(name)
  if (limit === undefined) {
    return overcommits ? [] : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const difference = compareQuantities(parseQuantity(amount) ?? zero, parseQuantity(limit) ?? zero)
  const wrong = overcommits ? difference > 0 : difference !== 0
  const bound = overcommits ? 'less than or equal' : 'equal'
  return wrong ? [invalid(`${path}.requests`, amount, `must be ${bound} to ${name} limit of ${limit}`)] : []
}

/** The name of a resource that a container can have. */
export function checkContainerResourceName(path: string, name: string): Problems {
  const problems = checkResourceName(path, name)
  if (!name.includes('/')) {
    const known = containerResources.includes(name) || isHugePages(name)
    return known ? problems : [...problems, invalid(path, name, 'must be a standard resource for containers')]
  }
  return isNative(name) || isExtended(name)
    ? problems
    : [...problems, invalid(path, name, "doesn't follow extended resource name standard")]
}

/** The name of a resource of any sort: a known one, or one with a domain. */
export function checkResourceName(path: string, name: string): Problems {
  const problems = checkQualifiedName(path, name)
  if (problems.length > 0 || name.includes('/')) return problems
  const known =
    containerResources.includes(name) || quotaResources.includes(name) || /^(requests\.)?hugepages-/.test(name)
  return known ? [] : [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

/** The name of a resource that a quota can limit. */
export function checkQuotaResourceName(path: string, name: string): Problems {
  const problems = checkResourceName(path, name)
  const known = name !== 'storage' && (containerResources.includes(name) || quotaResources.includes(name))
  if (name.includes('/') || known || /^(requests\.)?hugepages-/.test(name)) return problems
  return [...problems, invalid(path, name, 'must be a standard resource for quota')]
}

/** An amount of a resource. */
export function checkAmount(path: string, name: string, amount: string): Problems {
  const quantity = parseQuantity(amount) ?? zero
  const problems: FieldError[] = []
  if (quantity.nanos < 0n) problems.push(invalid(path, amount, notNegativeMessage))
  const whole = countedResources.includes(name) || (name.includes('/') && isExtended(name))
  if (whole && quantity.nanos % 1_000_000_000n !== 0n) problems.push(invalid(path, amount, 'must be an integer'))
  return problems
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-')
}

function isNative(name: string): boolean {
  return !name.includes('/') || /^([^/]*\.)?kubernetes\.io\//.test(name)
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0
}

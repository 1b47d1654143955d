/** What the server warns of in pods and templates of pods. */
import { goQuote } from '../../../apimachinery/go-text.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { parseQuantity } from '../../../apimachinery/quantity.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'

interface Placed {
  readonly path: string
  readonly container: JsonObject
}

/** The warnings for a pod, or for a template at `path`. */
export function podSpecWarnings(path: string, pod: JsonObject): string[] {
  const spec = objectAt(pod, 'spec')
  const at = path === '' ? 'spec' : `${path}.spec`
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap(list =>
    objectsAt(spec, list).map((container, i): Placed => ({ path: `${at}.${list}[${i}]`, container })),
  )
  const grace = numberAt(spec, 'terminationGracePeriodSeconds') ?? 0
  return [
    ...objectsAt(spec, 'topologySpreadConstraints').flatMap((constraint, i) =>
      nullSelector(constraint, `${at}.topologySpreadConstraints[${i}]`),
    ),
    ...repeated(objectsAt(spec, 'hostAliases'), 'ip', `${at}.hostAliases`, 'duplicate ip'),
    ...repeated(objectsAt(spec, 'imagePullSecrets'), 'name', `${at}.imagePullSecrets`, 'duplicate name'),
    ...objectsAt(spec, 'imagePullSecrets').flatMap((secret, i) =>
      stringAt(secret, 'name') === '' ? [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`] : [],
    ),
    ...containers.flatMap(placed => [...fractions(placed), ...hiddenVariables(placed)]),
    ...samePorts(containers),
    ...samePortNames(containers),
    ...(grace < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(`${at}.affinity`, objectAt(spec, 'affinity')),
  ]
}

function nullSelector(owner: JsonObject, path: string): string[] {
  if (has(owner, 'labelSelector')) return []
  return [`${path}.labelSelector: a null labelSelector results in matching no pod`]
}

function affinityWarnings(path: string, affinity: JsonObject): string[] {
  const [hard, soft] = ['required', 'preferred'].map(how => `${how}DuringSchedulingIgnoredDuringExecution`)
  return ['podAffinity', 'podAntiAffinity'].flatMap(name => [
    ...objectsAt(objectAt(affinity, name), hard ?? '').flatMap((term, i) =>
      nullSelector(term, `${path}.${name}.${hard}[${i}]`),
    ),
    ...objectsAt(objectAt(affinity, name), soft ?? '').flatMap((term, i) =>
      nullSelector(objectAt(term, 'podAffinityTerm'), `${path}.${name}.${soft}[${i}].podAffinityTerm`),
    ),
  ])
}

function repeated(items: readonly JsonObject[], key: string, path: string, what: string): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const value = stringAt(item, key)
    if (seen.has(value)) return [`${path}[${i}].${key}: ${what} ${goQuote(value)}`]
    seen.add(value)
    return []
  })
}

function fractions({ path, container }: Placed): string[] {
  const resources = objectAt(container, 'resources')
  return ['memory', 'ephemeral-storage'].flatMap(name =>
    ['limits', 'requests'].flatMap(list => {
      const amount = stringMapAt(resources, list)[name]
      const quantity = amount === undefined ? undefined : parseQuantity(amount)
      if (!quantity || quantity.nanos % 1_000_000_000n === 0n) return []
      const at = `${path}.resources.${list}[${name}]`
      return [`${at}: fractional byte value ${goQuote(amount ?? '')} is invalid, must be an integer`]
    }),
  )
}

function hiddenVariables({ path, container }: Placed): string[] {
  const seen = new Set<string>()
  return objectsAt(container, 'env').flatMap((variable, i) => {
    const name = stringAt(variable, 'name')
    const value = stringAt(variable, 'value')
    const reference = `$(${name})`
    // A value that builds on the earlier one does not hide it.
    const extends_ = !has(variable, 'valueFrom') && value.includes(reference) && value !== reference
    const hides = seen.has(name) && !extends_
    seen.add(name)
    const what = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`
    return hides ? [`${path}.env[${i}]: ${what}`] : []
  })
}

function samePorts(containers: readonly Placed[]): string[] {
  const seen = new Map<string, { readonly path: string; readonly port: JsonObject }[]>()
  return containers.flatMap(({ path, container }) =>
    objectsAt(container, 'ports').flatMap((port, i) => {
      const at = `${path}.ports[${i}]`
      const key = `${numberAt(port, 'containerPort') ?? 0}/${stringAt(port, 'protocol')}`
      const others = seen.get(key) ?? []
      const warnings = others.flatMap(other => {
        const how = conflictOf(port, other.port)
        return how ? [`${at}: ${how} port definition with ${other.path}`] : []
      })
      seen.set(key, [...others, { path: at, port }])
      return warnings
    }),
  )
}

function conflictOf(a: JsonObject, b: JsonObject): string | undefined {
  const [ipA, ipB] = [stringAt(a, 'hostIP'), stringAt(b, 'hostIP')]
  const [portA, portB] = [numberAt(a, 'hostPort') ?? 0, numberAt(b, 'hostPort') ?? 0]
  if (ipA === ipB && portA === portB) return 'duplicate'
  if (portA === 0 || portB === 0) return 'overlapping'
  return portA === portB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined
}

function samePortNames(containers: readonly Placed[]): string[] {
  const seen = new Map<string, string>()
  return containers.flatMap(({ path, container }) =>
    objectsAt(container, 'ports').flatMap((port, i) => {
      const name = stringAt(port, 'name')
      const other = seen.get(name)
      const at = `${path}.ports[${i}]`
      if (name === '') return []
      if (other === undefined) {
        seen.set(name, at)
        return []
      }
      const effect = `services and probes that select ports by name will use ${other}`
      return [`${at}: duplicate port name ${goQuote(name)} with ${other}, ${effect}`]
    }),
  )
}

/** The environment of a container, from the pod's spec and what it refers to. Pure. */
import type { ConfigMap, Container, Pod, Secret } from '../../api/core/core-v1.ts'
import { StartError } from './container.ts'
import { resourceValue } from './resource-field.ts'

/** Finds what the environment refers to, in the pod's namespace. */
export interface ConfigLookup {
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
}

/** Facts of the node that `fieldRef` may ask for. */
export interface NodeFacts {
  readonly podIP: string
  readonly hostIP: string
}

type EnvVar = NonNullable<Container['env']>[number]

/**
 * The variables of a container: `envFrom` first, then `env` in order, with `$(NAME)` replaced by what came before.
 * Throws StartError (CreateContainerConfigError) for a reference to nothing that is not optional.
 */
export function environmentOf(
  pod: Pod,
  container: Container,
  lookup: ConfigLookup,
  facts: NodeFacts,
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef
      ? required(lookup.configMap(configMapRef.name ?? ''), 'configmap', configMapRef)?.data
      : decoded(required(lookup.secret(secretRef?.name ?? ''), 'secret', secretRef ?? {}))
    for (const [name, value] of Object.entries(values ?? {})) env[prefix + name] = value
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? valueFrom(pod, container, variable, lookup, facts) : (variable.value ?? '')
    if (value !== undefined) env[variable.name] = variable.valueFrom ? value : expand(value, env)
  }
  return env
}

/** Replaces `$(NAME)` by the variable's value; `$$(NAME)` stands for itself, unknown names stay as they are. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^()]+)\))/g, (whole, inner: string, name?: string) =>
    inner === '$' ? '$' : (env[name ?? ''] ?? whole),
  )
}

function valueFrom(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  lookup: ConfigLookup,
  facts: NodeFacts,
): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = variable.valueFrom ?? {}
  if (configMapKeyRef) {
    const map = required(lookup.configMap(configMapKeyRef.name ?? ''), 'configmap', configMapKeyRef)
    return keyed(map?.data?.[configMapKeyRef.key], 'configmap', configMapKeyRef)
  }
  if (secretKeyRef) {
    const secret = required(lookup.secret(secretKeyRef.name ?? ''), 'secret', secretKeyRef)
    return keyed(decoded(secret)?.[secretKeyRef.key], 'secret', secretKeyRef)
  }
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, facts)
  if (resourceFieldRef) return resourceValue(pod, container, resourceFieldRef)
  return ''
}

/** The value of a downward-API field path. */
export function fieldValue(pod: Pod, path: string, facts: NodeFacts): string {
  const { metadata, spec } = pod
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
  if (map && key !== undefined) return metadata?.[map as 'labels' | 'annotations']?.[key] ?? '' // one of the two, by the pattern
  const values: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata?.name,
    'metadata.namespace': metadata?.namespace,
    'metadata.uid': metadata?.uid,
    'metadata.labels': keyValues(metadata?.labels),
    'metadata.annotations': keyValues(metadata?.annotations),
    'spec.nodeName': spec?.nodeName,
    'spec.serviceAccountName': spec?.serviceAccountName,
    'status.podIP': facts.podIP,
    'status.podIPs': facts.podIP,
    'status.hostIP': facts.hostIP,
    'status.hostIPs': facts.hostIP,
  }
  return values[path] ?? ''
}

/** A Secret's values, decoded. */
export function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  return (
    secret &&
    Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    )
  )
}

interface Reference {
  readonly name?: string
  readonly key?: string
  readonly optional?: boolean
}

function required<T>(found: T | undefined, kind: string, reference: Reference): T | undefined {
  if (found !== undefined || reference.optional) return found
  throw new StartError('CreateContainerConfigError', `${kind} "${reference.name}" not found`)
}

function keyed(value: string | undefined, kind: string, reference: Reference): string | undefined {
  if (value !== undefined || reference.optional) return value
  throw new StartError('CreateContainerConfigError', `couldn't find key ${reference.key} in ${kind} ${reference.name}`)
}

function keyValues(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}

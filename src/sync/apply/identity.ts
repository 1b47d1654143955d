/** Naming objects: in inventories, in messages, in the order in which they are applied. */
import { isJsonObject } from '../../apimachinery/json.ts'
import { type JsonObject, type KubernetesObject, type ObjectMeta, parseApiVersion } from '../../apimachinery/meta.ts'

/** A manifest: a JSON object that has at least what names it. */
export type Manifest = JsonObject & KubernetesObject & { readonly metadata: ObjectMeta }

/** What identifies an object over versions of its API. */
export interface ObjectIdentity {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
  readonly group: string
  readonly kind: string
}

/** `status.inventory.entries[]`: the identity and the version of the API by which it was applied. */
export interface InventoryEntry {
  readonly id: string
  readonly v: string
}

const rbacKinds: readonly string[] = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']
const namePattern = /^[a-z0-9]([a-z0-9.:_-]*[a-z0-9])?$/i
const kindPattern = /^[A-Za-z][A-Za-z0-9]*$/
const apiVersionPattern = /^([a-z0-9.-]+\/)?v[a-z0-9]+$/

/** The manifest, or why the value is none. Names that could mean something else in a path are refused here. */
export function asManifest(value: JsonObject): Manifest | string {
  const { apiVersion, kind, metadata } = value
  const name = isJsonObject(metadata) ? metadata['name'] : undefined
  const namespace = isJsonObject(metadata) ? metadata['namespace'] : undefined
  const isNamed =
    typeof apiVersion === 'string' &&
    apiVersionPattern.test(apiVersion) &&
    typeof kind === 'string' &&
    kindPattern.test(kind) &&
    typeof name === 'string' &&
    namePattern.test(name) &&
    (namespace === undefined || (typeof namespace === 'string' && namePattern.test(namespace)))
  if (isNamed) return value as Manifest // What the type asks for has just been looked at.
  return `failed to decode Kubernetes apiVersion, kind and name from: ${String(apiVersion)}/${String(kind)}/${String(name)}`
}

/** The identity of a manifest. */
export function identityOfManifest(manifest: KubernetesObject): ObjectIdentity {
  const { metadata = {}, kind = '' } = manifest
  const { group } = parseApiVersion(manifest.apiVersion ?? '')
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '', group, kind }
}

/** `Kind/namespace/name`, or `Kind/name` for cluster-scoped objects. */
export function describe(identity: ObjectIdentity): string {
  const { kind, namespace, name } = identity
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
}

/** The entry of an object: `<namespace>_<name>_<group>_<Kind>`; names of RBAC have `__` for a colon. */
export function inventoryEntry(manifest: KubernetesObject): InventoryEntry {
  const identity = identityOfManifest(manifest)
  return { id: inventoryId(identity), v: parseApiVersion(manifest.apiVersion ?? '').version }
}

function inventoryId({ namespace, name, group, kind }: ObjectIdentity): string {
  const written = rbacKinds.includes(kind) ? name.replaceAll(':', '__') : name
  return `${namespace}_${written}_${group}_${kind}`
}

/** The identity of an entry; undefined where it is malformed. Names may have the divider in them. */
export function parseInventoryId(id: string): ObjectIdentity | undefined {
  const parts = id.split('_')
  if (parts.length < 4) return undefined
  const [namespace = '', ...rest] = parts
  const kind = rest.pop() ?? ''
  const group = rest.pop() ?? ''
  const name = rest.join('_').replaceAll('__', ':')
  return name === '' || kind === '' ? undefined : { namespace, name, group, kind }
}

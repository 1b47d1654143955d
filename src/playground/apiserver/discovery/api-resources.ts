/** The documents by which clients learn what a server serves: meta/v1 and the aggregated form. */
import { createHash } from 'node:crypto'
import type { GroupVersionKind } from '../../../apimachinery/meta.ts'
import type { ResourceMap } from '../resources/resource-map.ts'
import type { ServedResource } from '../resources/served-resource.ts'

/** A group with its versions, the preferred one first. */
interface Group {
  readonly name: string
  readonly versions: Map<string, ServedResource[]>
}

function groupsOf(resources: ResourceMap): Group[] {
  const groups = new Map<string, Group>()
  for (const resource of resources.all()) {
    const group = groups.get(resource.group) ?? { name: resource.group, versions: new Map() }
    groups.set(resource.group, group)
    const version = group.versions.get(resource.version) ?? []
    version.push(resource)
    group.versions.set(resource.version, version)
  }
  return [...groups.values()]
}

/** GET /api. `address` is HOST:PORT. */
export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  }
}

/** GET /apis. */
export function apiGroupList(resources: ResourceMap): object {
  const groups = groupsOf(resources).filter(({ name }) => name !== '')
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupBody) }
}

/** GET /apis/GROUP; undefined for a group that is not served. */
export function apiGroup(resources: ResourceMap, name: string): object | undefined {
  const group = groupsOf(resources).find(group => group.name === name)
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) }
}

function groupBody(group: Group): { name: string; versions: object[]; preferredVersion: object } {
  const versions = [...group.versions.keys()].map(version => ({
    groupVersion: `${group.name}/${version}`,
    version,
  }))
  return { name: group.name, versions, preferredVersion: versions[0] ?? {} }
}

/** GET /api/v1 and /apis/GROUP/VERSION; undefined for one that is not served. */
export function apiResourceList(resources: ResourceMap, group: string, version: string): object | undefined {
  const found = [...resources.all()].filter(resource => resource.group === group && resource.version === version)
  if (found.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: found.flatMap(apiResources),
  }
}

function apiResources(resource: ServedResource): object[] {
  const { shortNames, categories, namespaced, group, version } = resource
  const main = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(resource.verbs.includes('list') ? { storageVersionHash: storageVersionHash(resource) } : {}),
  }
  const parts = resource.subresources.map(({ name, kind, verbs }) => ({
    name: `${resource.plural}/${name}`,
    singularName: '',
    namespaced,
    ...(kind.group === group && kind.version === version ? {} : { group: kind.group, version: kind.version }),
    kind: kind.kind,
    verbs,
  }))
  return [main, ...parts]
}

/** Changes when the version in which objects are stored does (StorageVersionHash of k8s.io/apiserver). */
function storageVersionHash({ group, version, kind }: ServedResource): string {
  const stored = createHash('sha256').update(`${group}/${version}/${kind}`).digest()
  return stored.subarray(0, 8).toString('base64')
}

/** GET /api or /apis in the aggregated form (apidiscovery.k8s.io). `core` picks the core group or all others. */
export function aggregatedDiscovery(resources: ResourceMap, core: boolean, version: string): object {
  const groups = groupsOf(resources).filter(({ name }) => (name === '') === core)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(group => ({
      metadata: { ...(group.name === '' ? {} : { name: group.name }), creationTimestamp: null },
      versions: [...group.versions].map(([version, found]) => ({
        version,
        resources: found.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  }
}

function aggregatedResource(resource: ServedResource): object {
  const { shortNames, categories } = resource
  return {
    resource: resource.plural,
    responseKind: responseKind(resource),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(resource.subresources.length > 0
      ? {
          subresources: resource.subresources.map(({ name, kind, verbs }) => ({
            subresource: name,
            responseKind: responseKind(kind),
            verbs,
          })),
        }
      : {}),
  }
}

function responseKind({ group, version, kind }: GroupVersionKind): object {
  return { group, version, kind }
}

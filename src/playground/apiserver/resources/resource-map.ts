/** Which resources the server serves: the built-in ones and those of CRDs, which come and go. */
import type { ServedResource } from './served-resource.ts'

/** All versions of one custom resource, in order of priority. */
export interface CustomResources {
  /** The CRD's name. */
  readonly name: string
  readonly resources: readonly ServedResource[]
}

/** Resources by group, version and plural. */
export class ResourceMap {
  readonly #builtIn: readonly ServedResource[]
  readonly #builtInGroupVersions: ReadonlySet<string>
  readonly #custom = new Map<string, CustomResources>()
  #byPath = new Map<string, ServedResource>()
  #byTable = new Map<string, ServedResource>()
  #version = 0

  constructor(builtIn: readonly ServedResource[]) {
    this.#builtIn = builtIn
    this.#builtInGroupVersions = new Set(builtIn.map(({ group, version }) => `${group}/${version}`))
    this.#index()
  }

  /** Counts the changes; what is derived from the map is good as long as this stays the same. */
  get version(): number {
    return this.#version
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  /** The resource of a kind, in the given version. */
  findKind(group: string, version: string, kind: string): ServedResource | undefined {
    for (const resource of this.all()) {
      if (resource.kind === kind && resource.version === version && resource.group === group) return resource
    }
    return undefined
  }

  isBuiltInGroupVersion(group: string, version: string): boolean {
    return this.#builtInGroupVersions.has(`${group}/${version}`)
  }

  /** Every resource in every served version, built-in ones first. */
  all(): Iterable<ServedResource> {
    return this.#byPath.values()
  }

  /** The first served version of the resource whose objects a table holds. */
  ofTable(table: string): ServedResource | undefined {
    return this.#byTable.get(table)
  }

  /** One entry a table: the first served version of each resource. */
  oneByTable(): ServedResource[] {
    return [...this.#byTable.values()]
  }

  /** Adds or replaces what one CRD serves; undefined takes it away. */
  setCustom(crdName: string, resources: readonly ServedResource[] | undefined): void {
    if (resources && resources.length > 0) this.#custom.set(crdName, { name: crdName, resources })
    else if (!this.#custom.delete(crdName)) return
    this.#index()
  }

  #index(): void {
    const byPath = new Map<string, ServedResource>()
    const custom = [...this.#custom.values()].flatMap(({ resources }) => resources)
    for (const resource of [...this.#builtIn, ...custom]) {
      byPath.set(`${resource.group}/${resource.version}/${resource.plural}`, resource)
    }
    this.#byPath = byPath
    this.#byTable = new Map()
    for (const resource of byPath.values()) {
      if (!this.#byTable.has(resource.table)) this.#byTable.set(resource.table, resource)
    }
    this.#version += 1
  }
}

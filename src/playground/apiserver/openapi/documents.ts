/** What is served below /openapi: built when it is first asked for, and kept. */
import { createHash } from 'node:crypto'
import type { Definitions } from '../../../api/core/definitions.ts'
import { builtInResources } from '../../../api/core/resources.ts'
import { apiVersionOf } from '../../../apimachinery/meta.ts'
import { type CustomResource, customDefinitions, describeCustom } from './custom-kinds.ts'
import { type DescribedResource, describeBuiltIns } from './described-resource.ts'
import { v2Definitions, v2Document } from './v2.ts'
import { v2Protobuf } from './v2-protobuf.ts'
import { type AllDefinitions, v3Document } from './v3.ts'

/** A document and the hash that names its content: in upper case, without quotes. */
export interface OpenApiDocument {
  readonly contentType: string
  readonly hash: string
  readonly body: Buffer
}

/** The media type of the protobuf form of version 2 in requests; answers carry {@link protobufContentType}. */
export const protobufMediaType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const protobufContentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Goes into every hash: a change of how documents are written must not meet copies that clients keep by hash. */
const formatRevision = 1

/** The documents for one set of custom kinds. Take {@link withCustomResources} when the set changes. */
export class OpenApiDocuments {
  readonly #definitions: Definitions
  readonly #builtIn: ReadonlyMap<string, readonly DescribedResource[]>
  readonly #custom: ReadonlyMap<string, readonly CustomResource[]>
  /** Documents of built-in group versions, shared between all sets. */
  readonly #shared: Map<string, OpenApiDocument>
  readonly #own = new Map<string, OpenApiDocument>()

  constructor(
    definitions: Definitions,
    custom: readonly CustomResource[] = [],
    shared: Map<string, OpenApiDocument> = new Map(),
  ) {
    this.#definitions = definitions
    this.#builtIn = describeBuiltIns(definitions)
    this.#custom = Map.groupBy(custom, apiVersionOf)
    this.#shared = shared
  }

  /** The documents for another set of custom kinds. What is built of the built-in ones is not built again. */
  withCustomResources(custom: readonly CustomResource[]): OpenApiDocuments {
    return new OpenApiDocuments(this.#definitions, custom, this.#shared)
  }

  /** GET /openapi/v3: where the document of each group version is. */
  index(): OpenApiDocument {
    return keep(this.#own, 'index', () => {
      const paths = [...this.#builtIn.keys(), ...this.#custom.keys()].map(groupVersion => {
        const path = pathOf(groupVersion)
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#hashOf(groupVersion)}` }] as const
      })
      const body = JSON.stringify({ paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))) })
      return { contentType: 'application/json', hash: sha512(body), body: Buffer.from(body) }
    })
  }

  /** GET /openapi/v3/{path}, the path being `api/v1` or `apis/apps/v1`. Undefined for one that is not served. */
  groupVersion(path: string): OpenApiDocument | undefined {
    const groupVersion = path.replace(/^apis?\//, '')
    if (pathOf(groupVersion) !== path) return undefined
    const builtIn = this.#builtIn.get(groupVersion)
    if (builtIn) return keep(this.#shared, path, () => this.#v3(groupVersion, builtIn, this.#definitions.all))
    const custom = this.#custom.get(groupVersion)
    if (!custom) return undefined
    const all = { ...this.#definitions.all, ...definitionsOf(custom) }
    return keep(this.#own, path, () => this.#v3(groupVersion, custom.map(describeCustom), all))
  }

  /** GET /openapi/v2 as JSON. */
  v2Json(): OpenApiDocument {
    return keep(this.#own, 'v2', () => {
      const custom = [...this.#custom.values()].flat()
      const resources = [...[...this.#builtIn.values()].flat(), ...custom.map(describeCustom)]
      const body = JSON.stringify(v2Document(resources, this.#all()))
      return { contentType: 'application/json', hash: sha512(body), body: Buffer.from(body) }
    })
  }

  /** GET /openapi/v2 as protobuf, definitions only. */
  v2Protobuf(): OpenApiDocument {
    return keep(this.#own, 'protobuf', () => {
      const body = v2Protobuf(v2Definitions(this.#all()))
      return { contentType: protobufContentType, hash: sha512(body), body }
    })
  }

  #v3(groupVersion: string, resources: readonly DescribedResource[], all: AllDefinitions): OpenApiDocument {
    const body = Buffer.from(JSON.stringify(v3Document(resources, all)))
    return { contentType: 'application/json', hash: this.#hashOf(groupVersion), body }
  }

  #all(): AllDefinitions {
    return { ...this.#definitions.all, ...definitionsOf([...this.#custom.values()].flat()) }
  }

  /** The hash of what a document is made from, so that the index does not build them all. */
  #hashOf(groupVersion: string): string {
    const source = this.#custom.get(groupVersion) ?? this.#builtInFingerprint()
    return sha512(JSON.stringify([formatRevision, groupVersion, source]))
  }

  #builtInFingerprint(): string {
    const { hash } = keep(this.#shared, 'fingerprint', () => {
      const text = JSON.stringify([this.#definitions.all, builtInResources])
      return { contentType: '', hash: sha512(text), body: Buffer.alloc(0) }
    })
    return hash
  }
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`
}

function definitionsOf(custom: readonly CustomResource[]): AllDefinitions {
  return Object.assign({}, ...custom.map(customDefinitions))
}

function keep(cache: Map<string, OpenApiDocument>, name: string, build: () => OpenApiDocument): OpenApiDocument {
  const known = cache.get(name)
  if (known) return known
  const built = build()
  cache.set(name, built)
  return built
}

function sha512(content: string | Buffer): string {
  return createHash('sha512').update(content).digest('hex').toUpperCase()
}

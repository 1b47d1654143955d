/** GET below /openapi: the documents of what is served right now. */
import { loadDefinitions } from '../../../api/core/definitions.ts'
import type { ServerContext } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import type { CustomResource } from '../openapi/custom-kinds.ts'
import { type OpenApiDocument, OpenApiDocuments, protobufMediaType } from '../openapi/documents.ts'
import type { ServedResource } from '../resources/served-resource.ts'

/** The documents of one server, brought up to date when CRDs come and go. */
export class OpenApi {
  readonly #server: ServerContext
  #documents: OpenApiDocuments | undefined
  #version = -1

  constructor(server: ServerContext) {
    this.#server = server
  }

  /** The answer for a path below /openapi; undefined for one that leads nowhere. */
  async answer(
    pathname: string,
    headers: { readonly accept?: string; readonly etag?: string },
  ): Promise<Answer | undefined> {
    const document = documentAt(await this.#current(), pathname, headers.accept ?? '')
    if (!document) return undefined
    const common = { etag: `"${document.hash}"`, vary: 'Accept' }
    if (headers.etag === common.etag) return { code: 304, text: '', headers: common }
    return { code: 200, bytes: document.body, mediaType: document.contentType, headers: common }
  }

  async #current(): Promise<OpenApiDocuments> {
    const base = this.#documents ?? new OpenApiDocuments(await loadDefinitions())
    const { resources } = this.#server
    if (this.#documents && this.#version === resources.version) return base
    this.#version = resources.version
    const custom = [...resources.all()].filter(resource => resource.custom).map(customResource)
    this.#documents = base.withCustomResources(custom)
    return this.#documents
  }
}

function documentAt(documents: OpenApiDocuments, pathname: string, accept: string): OpenApiDocument | undefined {
  if (pathname === '/openapi/v3') return documents.index()
  if (pathname === '/openapi/v2')
    return accept.includes(protobufMediaType) ? documents.v2Protobuf() : documents.v2Json()
  return pathname.startsWith('/openapi/v3/') ? documents.groupVersion(pathname.slice('/openapi/v3/'.length)) : undefined
}

function customResource(resource: ServedResource): CustomResource {
  const { group, version, kind, plural, listKind, namespaced, schema, subresources } = resource
  return {
    group,
    version,
    kind,
    plural,
    listKind,
    namespaced,
    schema,
    hasStatus: subresources.some(({ name }) => name === 'status'),
    hasScale: subresources.some(({ name }) => name === 'scale'),
  }
}

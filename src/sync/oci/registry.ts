/** One repository of an OCI registry, over the distribution API: tags, manifests, blobs. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'undici'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { redact } from '../../runtime/redact.ts'
import { fetchProblem, type HttpAccess, readBody } from '../http-access.ts'
import type { RegistryLogin } from './credentials.ts'
import { RegistryError } from './errors.ts'
import type { OciRepositoryName } from './reference.ts'
import { challengeOf, newRegistrySession, type RegistrySession } from './session.ts'

/** A blob as a manifest names it. */
export interface OciDescriptor {
  readonly mediaType: string
  readonly digest: string
  readonly sizeBytes: number
}

/** A manifest of layers. */
export interface OciManifest {
  /** Of the manifest that the reference names; where that is an index, of the index. */
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
  readonly layers: readonly OciDescriptor[]
}

/** A repository. */
export interface OciRegistry {
  /** All tags, page by page. */
  tags(signal: AbortSignal): Promise<readonly string[]>
  /** The digest that a tag has now. */
  digestOf(tag: string, signal: AbortSignal): Promise<string>
  /** The manifest of a tag or digest. */
  manifest(reference: string, signal: AbortSignal): Promise<OciManifest>
  /** Downloads a blob into `file` and checks its digest. */
  download(blob: OciDescriptor, file: string, maxBytes: number, signal: AbortSignal): Promise<void>
}

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]
const digestPattern = /^sha256:[0-9a-f]{64}$/
// The specification asks registries to take manifests of at least this size.
const maxManifestBytes = 4 << 20
const maxTagPages = 100
const maxErrorBytes = 16 << 10

/** Opens a repository; nothing is sent before the first call. Where `insecure`, plain HTTP is tried as well. */
export function newOciRegistry(
  at: OciRepositoryName,
  access: HttpAccess,
  options: { readonly login?: RegistryLogin | undefined; readonly insecure?: boolean } = {},
): OciRegistry {
  let session: Promise<RegistrySession> | undefined

  async function call(
    path: string,
    init: { method?: string; accept?: string },
    signal: AbortSignal,
  ): Promise<Response> {
    session ??= newRegistrySession(at, access, options, signal)
    const { base, authorization } = await session.catch(error => {
      session = undefined
      throw error
    })
    const url = new URL(path, base).href
    // Where a page or a blob lies is what the registry says; the login is for the registry alone.
    const isOwn = new URL(url).origin === new URL(base).origin
    const send = (header: string | undefined) =>
      access.fetch(url, {
        method: init.method ?? 'GET',
        signal,
        headers: {
          ...(init.accept === undefined ? {} : { accept: init.accept }),
          ...(header === undefined || !isOwn ? {} : { authorization: header }),
        },
      })
    try {
      const response = await send(await authorization(signal))
      const challenge = response.status === 401 ? challengeOf(response) : undefined
      if (challenge === undefined) return response
      // A token may have run out, or the first answer did not say who may read.
      await response.body?.cancel()
      return await send(await authorization(signal, challenge))
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof RegistryError) throw error
      throw new RegistryError(`${init.method ?? 'GET'} ${url}: ${redact(fetchProblem(error))}`, { cause: error })
    }
  }

  async function get(path: string, accept: string, maxBytes: number, signal: AbortSignal) {
    const response = await call(path, { accept }, signal)
    await refuseUnlessOk(response, 'GET')
    try {
      return { body: await readBody(response, maxBytes), response }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw new RegistryError(`GET ${response.url}: ${fetchProblem(error)}`, { cause: error })
    }
  }

  async function rawManifest(reference: string, signal: AbortSignal) {
    const { body } = await get(
      `/v2/${at.repository}/manifests/${reference}`,
      manifestTypes.join(', '),
      maxManifestBytes,
      signal,
    )
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
    if (digestPattern.test(reference) && digest !== reference) {
      throw new RegistryError(
        `manifest digest: ${JSON.stringify(digest)} does not match requested digest: ${JSON.stringify(reference)}`,
      )
    }
    return { digest, manifest: parseObject(body) }
  }

  return {
    async tags(signal) {
      const tags: string[] = []
      let path: string | undefined = `/v2/${at.repository}/tags/list?n=1000`
      for (let page = 0; path !== undefined; page++) {
        if (page >= maxTagPages) throw new RegistryError(`${at.repository} has more than ${maxTagPages} pages of tags`)
        const { body, response } = await get(path, 'application/json', maxManifestBytes, signal)
        const { tags: listed } = parseObject(body)
        if (isJsonArray(listed)) tags.push(...listed.filter(tag => typeof tag === 'string'))
        path = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
      }
      return tags
    },
    async digestOf(tag, signal) {
      const path = `/v2/${at.repository}/manifests/${tag}`
      const head = await call(path, { method: 'HEAD', accept: manifestTypes.join(', ') }, signal)
      const digest = head.headers.get('docker-content-digest') ?? ''
      if (head.ok && digestPattern.test(digest)) return digest
      return (await rawManifest(tag, signal)).digest
    },
    async manifest(reference, signal) {
      const { digest, manifest } = await rawManifest(reference, signal)
      const child = isJsonArray(manifest['manifests']) ? childOf(manifest['manifests']) : undefined
      const image = child === undefined ? manifest : (await rawManifest(child, signal)).manifest
      return { digest, annotations: annotationsOf(image), layers: layersOf(image) }
    },
    async download(blob, file, maxBytes, signal) {
      if (blob.sizeBytes > maxBytes)
        throw new RegistryError(`the layer has ${blob.sizeBytes} bytes, more than ${maxBytes}`)
      const response = await call(`/v2/${at.repository}/blobs/${blob.digest}`, {}, signal)
      await refuseUnlessOk(response, 'GET')
      const hash = createHash('sha256')
      let bytes = 0
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          hash.update(chunk)
          done(bytes > maxBytes ? new RegistryError(`the layer is larger than ${maxBytes} bytes`) : null, chunk)
        },
      })
      try {
        // The body is a web stream of bytes, whose type Node and undici write differently.
        const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
        await pipeline(body, measure, createWriteStream(file, { mode: 0o600 }), { signal })
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (error instanceof RegistryError) throw error
        throw new RegistryError(`GET ${response.url}: ${redact(fetchProblem(error))}`, { cause: error })
      }
      const digest = `sha256:${hash.digest('hex')}`
      if (digest !== blob.digest) throw new RegistryError(`the layer's digest is ${digest}, not ${blob.digest}`)
    },
  }
}

/** The platform that Flux takes where an index offers several. */
function childOf(manifests: readonly Json[]): string {
  const isWanted = (entry: JsonObject) => {
    const { platform } = entry
    return !isJsonObject(platform) || (platform['os'] === 'linux' && platform['architecture'] === 'amd64')
  }
  const digest = manifests.filter(isJsonObject).find(isWanted)?.['digest']
  if (typeof digest === 'string' && digestPattern.test(digest)) return digest
  throw new RegistryError('no child with platform linux/amd64 in index')
}

function layersOf({ layers }: JsonObject): readonly OciDescriptor[] {
  return (isJsonArray(layers) ? layers.filter(isJsonObject) : []).map(({ mediaType, digest, size }) => {
    if (typeof digest !== 'string' || !digestPattern.test(digest)) {
      throw new RegistryError(
        `the manifest names a layer by ${JSON.stringify(digest ?? null)}, which is no sha256 digest`,
      )
    }
    return { mediaType: String(mediaType), digest, sizeBytes: Number(size) || 0 }
  })
}

function annotationsOf({ annotations }: JsonObject): Readonly<Record<string, string>> {
  const entries = isJsonObject(annotations) ? Object.entries(annotations) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function parseObject(body: Buffer): JsonObject {
  try {
    const value = JSON.parse(body.toString('utf8')) as Json
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw new RegistryError('the registry did not answer with JSON', { cause })
  }
  throw new RegistryError('the registry did not answer with a JSON object')
}

/** With the registry's own words: `CODE: message`. */
async function refuseUnlessOk(response: Response, method: string): Promise<void> {
  if (response.ok) return
  const text = await readBody(response, maxErrorBytes).then(
    body => body.toString('utf8'),
    () => '',
  )
  throw new RegistryError(
    `${method} ${redact(response.url)}: ${errorText(text) ?? `unexpected status code ${response.status}`}`,
  )
}

function errorText(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] } // Every part is looked at.
    const said = (errors ?? []).map(({ code, message }) =>
      [code, message].filter(part => typeof part === 'string').join(': '),
    )
    return said.length > 0 ? redact(said.join('; ')).slice(0, 1_000) : undefined
  } catch {
    return undefined
  }
}

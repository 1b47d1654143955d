/** A registry on this machine that speaks the distribution API: what is pushed in code can be pulled over HTTP. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A layer to push. */
export interface Layer {
  readonly mediaType: string
  readonly content: Buffer
}

/** A running registry. */
export interface TestRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string
  /** Lines of `METHOD path`, with the authorization where one came. */
  readonly seen: string[]
  /** Stores an artifact under a tag and gives the digest of its manifest. */
  push(
    repository: string,
    tag: string,
    layers: readonly Layer[],
    annotations?: Readonly<Record<string, string>>,
  ): string
  /** Serves other bytes for a blob than its digest promises. */
  corrupt(digest: string): void
  close(): Promise<void>
}

/** Who may pull: nobody else than this login, asked for by a header or by tokens. */
export interface RegistryGate {
  readonly kind: 'basic' | 'token'
  readonly username: string
  readonly password: string
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const pageSize = 3

/** Starts one. Tags are listed in pages of three, so that readers have to follow them. */
export async function startTestRegistry(
  options: { readonly gate?: RegistryGate; readonly tls?: { readonly cert: string; readonly key: string } } = {},
): Promise<TestRegistry> {
  const { gate, tls } = options
  const blobs = new Map<string, Buffer>()
  const tags = new Map<string, Map<string, string>>()
  const seen: string[] = []
  const issued = 'issued-by-the-registry'
  const keep = (content: Buffer) => {
    const digest = digestOf(content)
    blobs.set(digest, content)
    return digest
  }
  const basic = gate && `Basic ${Buffer.from(`${gate.username}:${gate.password}`).toString('base64')}`

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '', 'http://registry')
    seen.push([method, url.pathname, headers.authorization].filter(Boolean).join(' '))
    if (url.pathname === '/token') {
      const isKnown = headers.authorization === basic && url.searchParams.get('service') === 'test'
      return send(response, isKnown ? 200 : 401, JSON.stringify(isKnown ? { token: issued } : {}))
    }
    const wanted = gate?.kind === 'token' ? `Bearer ${issued}` : basic
    if (wanted !== undefined && headers.authorization !== wanted) {
      const base = `${tls ? 'https' : 'http'}://${headers.host}`
      const challenge = gate?.kind === 'token' ? `Bearer realm="${base}/token",service="test"` : 'Basic realm="test"'
      response.setHeader('www-authenticate', challenge)
      return send(response, 401, error('UNAUTHORIZED', 'authentication required'))
    }
    if (url.pathname === '/v2/') return send(response, 200, '{}')
    const [, repository = '', what = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url.pathname) ?? []
    if (what === 'tags') return sendTags(response, repository, url.searchParams.get('last'))
    const digest = reference.startsWith('sha256:') ? reference : (tags.get(repository)?.get(reference) ?? '')
    const content = blobs.get(digest)
    if (!content) return send(response, 404, error(what === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', 'not known'))
    response.setHeader('docker-content-digest', digest)
    response.setHeader('content-type', what === 'manifests' ? manifestType : 'application/octet-stream')
    return send(response, 200, method === 'HEAD' ? '' : content)
  }

  function sendTags(response: ServerResponse, repository: string, last: string | null): void {
    const all = [...(tags.get(repository)?.keys() ?? [])].sort()
    const rest = last === null ? all : all.filter(tag => tag > last)
    const page = rest.slice(0, pageSize)
    if (rest.length > pageSize) {
      response.setHeader('link', `</v2/${repository}/tags/list?last=${page.at(-1)}>; rel="next"`)
    }
    send(response, 200, JSON.stringify({ name: repository, tags: page }))
  }

  const server: Server = tls ? createTlsServer(tls, answer) : createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // A TCP server that listens.
  return {
    host: `127.0.0.1:${port}`,
    seen,
    push(repository, tag, layers, annotations) {
      const config = Buffer.from('{}')
      const manifest = {
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: keep(config), size: config.length },
        layers: layers.map(({ mediaType, content }) => ({ mediaType, digest: keep(content), size: content.length })),
        ...(annotations ? { annotations } : {}),
      }
      const digest = keep(Buffer.from(JSON.stringify(manifest)))
      tags.set(repository, (tags.get(repository) ?? new Map()).set(tag, digest))
      return digest
    },
    corrupt(digest) {
      blobs.set(digest, Buffer.from('something else'))
    },
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** `sha256:` and the digits. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function error(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] })
}

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status).end(body)
}

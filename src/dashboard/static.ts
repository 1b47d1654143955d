/** Serving the page's files, and what protects them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../runtime/http-server.ts'
import type { PageFiles } from './page-bundle.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** On every answer. */
export function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', policy)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
}

/** Whether the caller knows the server under this machine's name: other names may be a web page's trick on DNS. */
export function isLocal(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '')
}

/** Sends one of the files. @throws HttpError 404 */
export function sendPage(files: PageFiles, path: string, request: IncomingMessage, response: ServerResponse): void {
  const file = files.get(path)
  if (!file) throw new HttpError(404, 'not found')
  response.setHeader('etag', file.etag)
  response.setHeader('vary', 'accept-encoding')
  response.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end()
    return
  }
  const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = takesGzip ? file.gzipped : file.body
  if (takesGzip) response.setHeader('content-encoding', 'gzip')
  response.writeHead(200, { 'content-type': file.contentType, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

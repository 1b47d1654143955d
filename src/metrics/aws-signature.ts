/** Signature version 4 of AWS, in headers, for requests whose body is at hand. */
import { createHmac } from 'node:crypto'
import { sha256Hex } from '../apimachinery/canonical-json.ts'

/** An access key of AWS; one that is lent for a time has a session token. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What is signed. */
export interface AwsRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Headers to sign, by their names in small letters; `host` and those of the signature are added. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const algorithm = 'AWS4-HMAC-SHA256'

/** The headers to send: those of the request, the time, the token and the signature. */
export function signedHeaders(
  { method, url, headers = {}, body = '' }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service }: { readonly region: string; readonly service: string },
  now: Date,
): Readonly<Record<string, string>> {
  const { host, pathname, searchParams } = new URL(url)
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const date = time.slice(0, 8)
  const added = { 'x-amz-date': time, ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}) }
  const all = Object.entries({ ...headers, host, ...added }).sort(([a], [b]) => (a < b ? -1 : 1))
  const names = all.map(([name]) => name).join(';')
  const canonical = [
    method,
    pathname,
    canonicalQuery(searchParams),
    ...all.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256Hex(body),
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const signature = hmac(key, [algorithm, time, scope, sha256Hex(canonical)].join('\n')).toString('hex')
  return {
    ...headers,
    ...added,
    authorization: `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Sorted by name, then by value, both encoded. */
function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
}

/** RFC 3986, stricter than what JavaScript encodes. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

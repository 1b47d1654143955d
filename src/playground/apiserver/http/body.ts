/** Reading the body of a request within limits. */
import type { IncomingMessage } from 'node:http'
import { badRequest, entityTooLarge } from '../status-error.ts'

/** The limit of the real server: 3 MiB (k8s.io/apiserver pkg/server/config.go). */
export const maxBodyBytes = 3 * 1024 * 1024

/** The whole body as text. Throws 413 past {@link maxBodyBytes} and 400 when the connection ends early. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString('utf8')
}

/** The whole body. Throws as {@link readBody} does. */
export function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length
      // What comes after is read and dropped, so that the caller gets to read the answer.
      if (sizeBytes <= maxBodyBytes) chunks.push(chunk)
      else chunks.length = 0
    })
    request.on('end', () => {
      if (sizeBytes > maxBodyBytes) return reject(entityTooLarge(maxBodyBytes))
      const [first] = chunks
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks))
    })
    request.on('error', error => reject(badRequest(`unable to read the request: ${error.message}`)))
  })
}

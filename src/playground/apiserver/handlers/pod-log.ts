/** The log of a container. */

import { type ApiObject, asJson } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import { badRequest } from '../status-error.ts'
import type { Call } from './call.ts'
import { readBoolean, readInteger } from './options.ts'
import { currentEntry } from './read.ts'

/** GET of a pod's log; the answer is streamed, so nothing is returned. */
export async function streamPodLog(call: Call): Promise<Answer | undefined> {
  const { query, server, response, path } = call
  const pod = currentEntry(call).object
  const container = containerOf(pod, query.get('container') ?? '')
  const gone = new AbortController()
  const abort = () => gone.abort()
  response.on('close', abort)
  server.closing.addEventListener('abort', abort, { once: true })
  const tailLines = readInteger(query, 'tailLines')
  const sinceSeconds = readInteger(query, 'sinceSeconds')
  const limitBytes = readInteger(query, 'limitBytes')
  const sinceTime = query.get('sinceTime')
  try {
    const lines = server.podLogs.open({
      namespace: path.namespace,
      pod: path.name,
      podUid: pod.metadata.uid ?? '',
      container,
      follow: readBoolean(query, 'follow') === true,
      previous: readBoolean(query, 'previous') === true,
      timestamps: readBoolean(query, 'timestamps') === true,
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
      ...(sinceTime ? { sinceTime } : {}),
      signal: gone.signal,
    })
    // As on the real server: no node, no log.
    if (!lines && !isScheduled(pod)) return void response.writeHead(204).end()
    if (!lines) throw notRunning(pod, container)
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' })
    await pipe(call, lines, limitBytes)
    response.end()
    return undefined
  } finally {
    server.closing.removeEventListener('abort', abort)
  }
}

async function pipe(call: Call, lines: AsyncIterable<string>, limitBytes = Number.POSITIVE_INFINITY): Promise<void> {
  const { response } = call
  response.flushHeaders()
  let leftBytes = limitBytes
  for await (const line of lines) {
    if (response.destroyed || leftBytes <= 0) return
    const text = Buffer.from(`${line}\n`).subarray(0, leftBytes)
    leftBytes -= text.length
    // A slow reader holds the log back instead of filling memory.
    if (!response.write(text)) await new Promise(resolve => response.once('drain', resolve).once('close', resolve))
  }
}

interface Containers {
  readonly nodeName?: string
  readonly containers?: readonly { readonly name: string }[]
  readonly initContainers?: readonly { readonly name: string }[]
}

function containerOf(pod: ApiObject, wanted: string): string {
  const spec = (asJson(pod)['spec'] ?? {}) as unknown as Containers
  const names = (spec.containers ?? []).map(({ name }) => name)
  const initNames = (spec.initContainers ?? []).map(({ name }) => name)
  const { name: podName = '' } = pod.metadata
  if (wanted === '') {
    const annotated = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
    if (annotated && names.includes(annotated)) return annotated
    if (names.length === 1 && names[0] !== undefined) return names[0]
    const init = initNames.length > 0 ? ` or one of the init containers: [${initNames.join(' ')}]` : ''
    throw badRequest(
      `a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]${init}`,
    )
  }
  if (names.includes(wanted) || initNames.includes(wanted)) return wanted
  throw badRequest(`container ${wanted} is not valid for pod ${podName}`)
}

function isScheduled(pod: ApiObject): boolean {
  return Boolean(((asJson(pod)['spec'] ?? {}) as unknown as Containers).nodeName)
}

function notRunning(pod: ApiObject, container: string): Error {
  const { name = '' } = pod.metadata
  return badRequest(
    `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ContainerCreating`,
  )
}

/** What a URL's path addresses (k8s.io/apiserver pkg/endpoints/request RequestInfo). */

/** A path below /api/v1 or /apis/GROUP/VERSION. */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  /** '' for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string
  /** The resource's plural; '' for the group version itself. */
  readonly plural: string
  /** '' for the collection. */
  readonly name: string
  /** '' for the object itself. */
  readonly subresource: string
  /** What follows the subresource, as in `proxy/...`. */
  readonly rest: readonly string[]
  /** Whether the path says that this is a watch, as in `/api/v1/watch/pods`. */
  readonly isWatch: boolean
}

/** Reads a path, or returns undefined for one that addresses no group version. Names are percent-decoded. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = splitPath(path)
  if (!parts) return undefined
  const isCore = parts[0] === 'api'
  if (!isCore && parts[0] !== 'apis') return undefined
  const head = isCore ? 2 : 3
  if (parts.length < head) return undefined
  const [group, version] = isCore ? ['', parts[1] ?? ''] : [parts[1] ?? '', parts[2] ?? '']
  let tail = parts.slice(head)
  // The old form of a watch has the verb in front.
  const isWatch = tail[0] === 'watch'
  if (isWatch) tail = tail.slice(1)
  let namespace = ''
  // `namespaces/NAME` alone, and its own subresources, address the Namespace; what follows otherwise lives inside it.
  if (tail[0] === 'namespaces' && tail[1] !== undefined && tail[2] !== undefined && !isNamespacePart(isCore, tail)) {
    namespace = tail[1]
    tail = tail.slice(2)
  }
  const [plural = '', name = '', subresource = '', ...rest] = tail
  return { group, version, namespace, plural, name, subresource, rest, isWatch }
}

function isNamespacePart(isCore: boolean, tail: readonly string[]): boolean {
  return isCore && tail.length === 3 && (tail[2] === 'status' || tail[2] === 'finalize')
}

function splitPath(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter(part => part !== '')
      .map(part => (part.includes('%') ? decodeURIComponent(part) : part))
  } catch {
    return undefined
  }
}

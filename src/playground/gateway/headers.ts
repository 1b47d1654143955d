/** What happens to headers on their way through the mesh. Lists are flat: name, value, name, value. */
import type { HeaderChanges } from './config.ts'

/** Headers that concern one connection only (RFC 9110, 7.6.1); `connection` itself may name more. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** The request's headers as they go to the workload, with `host` set to `authority`. */
export function requestHeaders(raw: readonly string[], authority: string, changes: readonly HeaderChanges[]): string[] {
  const kept = endToEnd(raw, name => name !== 'host' && name !== 'content-length' && name !== 'expect')
  return applyChanges(['host', authority, ...kept], changes)
}

/** The response's headers as they go to the client. */
export function responseHeaders(raw: readonly string[], changes: readonly HeaderChanges[]): string[] {
  return applyChanges(
    endToEnd(raw, () => true),
    changes,
  )
}

/** The value of the first header of that name (lower case), if there is one. */
export function headerOf(flat: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < flat.length; at += 2) if (flat[at]?.toLowerCase() === name) return flat[at + 1]
  return undefined
}

function endToEnd(raw: readonly string[], keep: (name: string) => boolean): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    // Pseudo-headers of HTTP/2 have no place in HTTP/1.1.
    if (name.startsWith(':') || hopByHop.has(name) || named?.has(name) || !keep(name)) continue
    kept.push(raw[at] ?? '', raw[at + 1] ?? '')
  }
  return kept
}

function namedByConnection(raw: readonly string[]): ReadonlySet<string> | undefined {
  const value = headerOf(raw, 'connection')
  if (!value || /^(keep-alive|close)$/i.test(value)) return undefined
  return new Set(value.split(',').map(name => name.trim().toLowerCase()))
}

// Istio's order within one set of changes: set, add, remove.
function applyChanges(flat: string[], changes: readonly HeaderChanges[]): string[] {
  let headers = flat
  for (const { set = {}, add = {}, remove = [] } of changes) {
    for (const [name, value] of Object.entries(set)) headers = [...without(headers, [name]), name, value]
    for (const [name, value] of Object.entries(add)) headers = [...headers, name, value]
    if (remove.length > 0) headers = without(headers, remove)
  }
  return headers
}

function without(flat: readonly string[], names: readonly string[]): string[] {
  const gone = new Set(names.map(name => name.toLowerCase()))
  const kept: string[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    if (!gone.has((flat[at] ?? '').toLowerCase())) kept.push(flat[at] ?? '', flat[at + 1] ?? '')
  }
  return kept
}

/** Counts the requests of a client. */
import type { Client } from '../../src/runtime/client.ts'

/** A client that counts what it sends, watches left out, by verb and kind. */
export interface CountedClient {
  readonly client: Client
  readonly counts: Map<string, number>
  /** All requests since the last reset. */
  total(): number
  reset(): void
}

/** Counts the requests of a client; watches and the lists that begin them are not counted. */
export function counted(client: Client): CountedClient {
  const counts = new Map<string, number>()
  const verbs = new Set(['fetch', 'fetchIfExists', 'create', 'update', 'patch', 'apply', 'delete', 'request'])
  const proxied = new Proxy(client, {
    get(target, property: keyof Client) {
      const member = target[property]
      if (typeof member !== 'function' || !verbs.has(property)) return member
      return (...args: unknown[]) => {
        const kind = (args[0] as { readonly kind?: string } | undefined)?.kind ?? String(args[1])
        const options = args.at(-1) as { readonly subresource?: string; readonly dryRun?: boolean } | undefined
        const of = `${kind}${options?.subresource ? `/${options.subresource}` : ''}`
        const name = `${property} ${of}${options?.dryRun ? ' (dry run)' : ''}`
        counts.set(name, (counts.get(name) ?? 0) + 1)
        // The arguments are the member's own.
        return (member as (...all: unknown[]) => unknown).apply(target, args)
      }
    },
  })
  return {
    client: proxied,
    counts,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    reset: () => counts.clear(),
  }
}

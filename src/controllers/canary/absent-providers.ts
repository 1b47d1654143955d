/** Which alert providers were said to be missing: a Canary with alerts would say so with each of them. */

/** Remembers them by Canary and provider, both `namespace/name`. */
export interface AbsentProviders {
  /** Notes that it is not there; true where that is news. */
  isNews(canary: string, provider: string): boolean
  /** It is there; the next time that it is not is news again. */
  found(canary: string, provider: string): void
  forget(canary: string): void
}

/** Nothing was said. */
export function newAbsentProviders(): AbsentProviders {
  const said = new Map<string, Set<string>>()
  return {
    isNews(canary, provider) {
      const providers = said.get(canary) ?? new Set()
      if (providers.has(provider)) return false
      said.set(canary, providers.add(provider))
      return true
    },
    found: (canary, provider) => void said.get(canary)?.delete(provider),
    forget: canary => void said.delete(canary),
  }
}

/** A short way to this program's own modules when it runs from its sources. */
import { registerHooks } from 'node:module'

/**
 * Takes relative imports between modules below `folder` (a URL with a slash at its end) for the files that they name. Node
 * would look for each one, follow its links and read the package's description again, which for the 600 modules of a local
 * set takes 0.1 s. Call it before they are imported; the rest is resolved as ever.
 */
export function resolveOwnSources(folder: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context
      if (!specifier.startsWith('.') || !specifier.endsWith('.ts') || !parentURL?.startsWith(folder)) {
        return next(specifier, context)
      }
      return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true }
    },
  })
}

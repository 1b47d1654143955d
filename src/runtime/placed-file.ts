/** Files that a program finds by its own place, in the sources and in the bundle that a package holds. */
import path from 'node:path'

/**
 * The path of a file: `inSources` from the folder of the module `meta`, or `inBundle` from the bundle's folder, where
 * all modules are files of JavaScript beside each other.
 */
export function placedFile(
  meta: Pick<ImportMeta, 'dirname' | 'filename'>,
  inSources: string,
  inBundle: string,
): string {
  return path.join(meta.dirname, meta.filename.endsWith('.js') ? inBundle : inSources)
}

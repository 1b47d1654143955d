/** Which program stands for an image: there is no container engine, so images are names of programs on this machine. */

/** What an image means here. */
export type ImageProgram =
  /** A program of Serin itself, run in a process that it shares with others of its kind. */
  | { readonly kind: 'builtin'; readonly program: string; readonly version: string }
  /** A command of the machine, run as a process of its own, before the container's own args. */
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]]; readonly version: string }

/** One mapping; the repository is an image's name without tag or digest, `*` at its end stands for anything. */
export interface ImageMapping {
  readonly repository: string
  readonly program: { readonly builtin: string } | { readonly command: readonly [string, ...string[]] }
}

/** The images that need no mapping by the user. */
export const bundledImages: readonly ImageMapping[] = [
  { repository: 'ghcr.io/stefanprodan/podinfo', program: { builtin: 'demo-app' } },
  { repository: 'docker.io/stefanprodan/podinfo', program: { builtin: 'demo-app' } },
  { repository: 'stefanprodan/podinfo', program: { builtin: 'demo-app' } },
  { repository: 'ghcr.io/fluxcd/flagger-loadtester', program: { builtin: 'load-tester' } },
  { repository: 'weaveworks/flagger-loadtester', program: { builtin: 'load-tester' } },
  { repository: 'ghcr.io/serin/serin', program: { builtin: 'load-tester' } },
]

/** A mapping cannot be read. */
export class ImageMappingError extends Error {
  override readonly name = 'ImageMappingError'
  readonly reason = 'ImageMapping'
}

/** What `image` means under `mappings` (the first that fits wins); undefined if no mapping names it. */
export function resolveImage(image: string, mappings: readonly ImageMapping[]): ImageProgram | undefined {
  const { repository, version } = splitImage(image)
  const found = mappings.find(mapping =>
    mapping.repository.endsWith('*')
      ? repository.startsWith(mapping.repository.slice(0, -1))
      : mapping.repository === repository,
  )
  if (!found) return undefined
  return 'builtin' in found.program
    ? { kind: 'builtin', program: found.program.builtin, version }
    : { kind: 'command', argv: found.program.command, version }
}

/** Splits an image into its repository and its tag (or digest; `latest` if it has neither). */
export function splitImage(image: string): { readonly repository: string; readonly version: string } {
  const [name = '', digest] = image.split('@', 2)
  const colon = name.lastIndexOf(':')
  const tagged = colon > name.lastIndexOf('/')
  return {
    repository: tagged ? name.slice(0, colon) : name,
    version: tagged ? name.slice(colon + 1) : (digest ?? 'latest'),
  }
}

/** Reads `REPOSITORY=COMMAND`, the command split at spaces. Throws {@link ImageMappingError}. */
export function parseImageMapping(text: string): ImageMapping {
  const at = text.indexOf('=')
  const repository = text.slice(0, Math.max(at, 0)).trim()
  const [program, ...args] = text
    .slice(at + 1)
    .split(/\s+/)
    .filter(word => word !== '')
  if (repository === '' || program === undefined) {
    throw new ImageMappingError(`${JSON.stringify(text)} is no image mapping; write REPOSITORY=COMMAND`)
  }
  return { repository, program: { command: [program, ...args] } }
}

/** The files of an artifact: those of a commit, and those of included sources. */
import { GitRepository } from '../../api/source/v1.ts'
import { readArchive } from '../../sync/archive.ts'
import { type Artifact, type ArtifactStore, artifactOwner } from '../../sync/artifact-store.ts'
import type { TreeEntry } from '../../sync/git/tree.ts'
import type { SyncLimits } from '../../sync/limits.ts'
import { packTree } from '../../sync/pack-tree.ts'
import { SourceError } from './errors.ts'

/** What reading and storing takes. */
export interface ContentDeps {
  readonly artifacts: ArtifactStore
  readonly limits: SyncLimits
}

/** A part of another source, and where it goes. */
export interface Included {
  readonly artifact: Artifact
  readonly fromPath: string
  readonly toPath: string
}

/** What the repository includes. @throws SourceError where it is not there yet */
export function includedBy(
  repository: GitRepository,
  get: (key: string) => GitRepository | undefined,
): readonly Included[] {
  return (repository.spec.include ?? []).map(include => {
    const { name } = include.repository
    const other = get(`${repository.metadata?.namespace}/${name}`)
    if (!other) {
      const message = `could not get resource for include '${name}': gitrepositories.source.toolkit.fluxcd.io ${JSON.stringify(name)} not found`
      throw new SourceError('IncludeUnavailable', 'NotFound', message, { waits: true })
    }
    const { artifact } = other.status ?? {}
    if (!artifact) {
      const message = `no artifact available for include '${name}'`
      throw new SourceError('IncludeUnavailable', 'NoArtifact', message, { waits: true })
    }
    return { artifact, fromPath: inside(include.fromPath ?? ''), toPath: inside(include.toPath || name) }
  })
}

/** The path with what would lead out of the tree taken away. */
function inside(path: string): string {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.' && part !== '..')
    .join('/')
}

/** The files of what is included, at their places. */
export async function includedFiles(includes: readonly Included[], deps: ContentDeps, signal: AbortSignal) {
  const entries: TreeEntry[] = []
  for (const { artifact, fromPath, toPath } of includes) {
    const prefix = fromPath === '' ? '' : `${fromPath}/`
    for await (const file of readArchive(deps.artifacts.fileOf(artifact), deps.limits, signal)) {
      if (file.isFolder || !file.path.startsWith(prefix)) continue
      const path = `${toPath}/${file.path.slice(prefix.length)}`
      const { isExecutable, content } = file
      entries.push({ path, isExecutable, sizeBytes: content.length, source: { content } })
    }
  }
  return entries
}

/** The files in the folders that are asked for. @throws SourceError where one is not there */
export function sparse(files: readonly TreeEntry[], repository: GitRepository): readonly TreeEntry[] {
  const folders = (repository.spec.sparseCheckout ?? []).map(inside)
  if (folders.length === 0) return files
  for (const folder of folders) {
    if (files.some(file => file.path.startsWith(`${folder}/`))) continue
    const message = `failed to sparse checkout directories : sparse checkout dir '${folder}' does not exist in repository: no such file or directory`
    throw new SourceError('FetchFailed', 'GitOperationFailed', message)
  }
  return files.filter(file => folders.some(folder => file.path.startsWith(`${folder}/`)))
}

/** Packs the files and keeps them as the repository's artifact. @throws SourceError */
export async function store(
  repository: GitRepository,
  entries: readonly TreeEntry[],
  at: { readonly revision: string; readonly commit: string },
  deps: ContentDeps,
  signal: AbortSignal,
): Promise<Artifact> {
  const { ignore } = repository.spec
  return storing(() =>
    deps.artifacts.store(artifactOwner(GitRepository, repository), `${at.commit}.tar.gz`, at.revision, file =>
      packTree(file, entries, { ...(ignore === undefined ? {} : { ignore }), limits: deps.limits, signal }),
    ),
  )
}

/** What storing gives. @throws SourceError in the place of any other error */
export async function storing(store: () => Promise<Artifact>): Promise<Artifact> {
  try {
    return await store()
  } catch (cause) {
    const message = `unable to archive artifact to storage: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new SourceError('StorageOperationFailed', 'ArchiveOperationFailed', message, { cause })
  }
}

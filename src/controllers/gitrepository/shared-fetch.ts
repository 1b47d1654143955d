/** Fetching once for all repositories of a process that want the same. */
import { copyFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { GitRepository } from '../../api/source/v1.ts'
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import { parseDuration } from '../../apimachinery/duration.ts'
import type { Json } from '../../apimachinery/meta.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type LruMap, newLruMap } from '../../runtime/lru-map.ts'
import { newSharedWork, type SharedWork } from '../../runtime/shared-work.ts'
import { type Artifact, artifactOwner, digestOf } from '../../sync/artifact-store.ts'
import type { GitAccess } from '../../sync/git/access.ts'
import { currentRevision, fetchReference, filesOf } from '../../sync/git/checkout.ts'
import { referenceOf } from '../../sync/git/reference.ts'
import { type GitContext, type GitCopy, type Mirrors, newGitCopy } from '../../sync/git/repository.ts'
import { type ContentDeps, type Included, includedFiles, sparse, store, storing } from './content.ts'

/** What a run needs to fetch. */
export interface SharedFetchDeps extends ContentDeps {
  readonly clock: Clock
  readonly mirrors?: Mirrors
  readonly shared: SharedFetches
  /** Told before the work on a new revision begins. */
  readonly onNewRevision: (revision: string) => Promise<void>
}

const defaultTimeoutMs = 60_000
/** About 500 bytes each; one beyond the bound costs a fetch. */
const maxRemembered = 2_000

/** What was made of a revision, as long as its file is there. */
interface Made {
  readonly artifact: Artifact
  readonly subject: string
}

/** What repositories of one process that want the same have in common: one fetch, and what it brought. */
export interface SharedFetches {
  /** What remotes have now. */
  readonly looks: SharedWork<string | undefined>
  readonly fetches: SharedWork<{ readonly made: Made; readonly isFresh: boolean }>
  readonly made: LruMap<string, Made>
  /** What was last seen at remotes, and when the look began. */
  readonly seen: LruMap<string, { readonly revision: string; readonly atMs: number }>
}

/** Nothing has been fetched. */
export function newSharedFetches(): SharedFetches {
  return {
    looks: newSharedWork(),
    fetches: newSharedWork(),
    made: newLruMap(maxRemembered),
    seen: newLruMap(maxRemembered),
  }
}

/** The steps of one run; their signals are those of all who share the work. */
export function newFetchSteps(
  repository: GitRepository,
  access: GitAccess,
  includes: readonly Included[],
  known: Artifact | undefined,
  deps: SharedFetchDeps,
) {
  const { artifacts, clock, limits, mirrors, shared, onNewRevision } = deps
  const { timeout, ref, ignore, recurseSubmodules: submodules = false, sparseCheckout } = repository.spec
  const reference = referenceOf(ref)
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDuration(timeout)
  const contextOf = (signal: AbortSignal): GitContext => ({
    ...{ clock, limits, timeoutMs, signal },
    ...(mirrors ? { mirrors } : {}),
  })
  const included = includes.map(({ artifact, fromPath, toPath }) => [artifact.digest, fromPath, toPath])
  // Digests, as there are credentials in it.
  const remoteKey = keyOf([access, reference, timeoutMs])
  const contentKey = keyOf([remoteKey, ignore, submodules, sparseCheckout, included])
  let announced: Promise<unknown> | undefined
  let mine: Made | undefined

  async function withCopy<T>(signal: AbortSignal, use: (copy: GitCopy, opened: GitCopy[]) => Promise<T>): Promise<T> {
    const opened: GitCopy[] = []
    try {
      const copy = await newGitCopy(access, contextOf(signal))
      opened.push(copy)
      return await use(copy, opened)
    } finally {
      await Promise.all(opened.map(each => each.remove()))
    }
  }

  function announce(revision: string): Promise<unknown> {
    // A failure is this object's own: it is told when the shared work is done.
    announced ??= onNewRevision(revision).catch(error => ({ error }))
    return announced
  }

  async function isThere({ artifact }: Made): Promise<boolean> {
    return (await artifacts.problem(artifact)) === undefined
  }

  return {
    remoteKey,
    contentKey,
    async look(signal: AbortSignal): Promise<string | undefined> {
      const atMs = clock.monotonicMs()
      const revision = await withCopy(signal, copy => currentRevision(copy, reference))
      if (revision !== undefined) shared.seen.set(remoteKey, { revision, atMs })
      return revision
    },
    /** What another repository saw at the remote within this time; undefined where none did. */
    seenWithin(ageMs: number): string | undefined {
      const seen = shared.seen.get(remoteKey)
      return seen && clock.monotonicMs() - seen.atMs <= ageMs ? seen.revision : undefined
    },
    /**
     * What another repository brought, where that is the revision that is there `now`; else asks the remote, and fetches.
     * Fresh is what the remote was asked for by this work, not before.
     */
    async fetch(now: string | undefined, signal: AbortSignal) {
      const remembered = shared.made.get(contentKey)
      const before = remembered && (await isThere(remembered)) ? remembered : undefined
      if (before && before.artifact.revision === now) return { made: before, isFresh: false }
      const made = await withCopy(signal, async (copy, opened): Promise<Made> => {
        const asked = before && now === undefined ? await currentRevision(copy, reference) : undefined
        if (before && before.artifact.revision === asked) return before
        const { revision, commit, subject } = await fetchReference(copy, reference)
        const same = [before?.artifact, known].find(artifact => artifact?.revision === revision)
        if (same) return { artifact: same, subject }
        await announce(revision)
        const files = await filesOf(copy, commit, { submodules, context: contextOf(signal), opened })
        const entries = [...sparse(files, repository), ...(await includedFiles(includes, deps, signal))]
        mine = { artifact: await store(repository, entries, { revision, commit }, deps, signal), subject }
        return mine
      })
      shared.made.set(contentKey, made)
      return { made, isFresh: true }
    },
    /** The artifact as this repository's own. */
    async own(made: Made, signal: AbortSignal): Promise<Artifact> {
      const { artifact } = made
      const outcome = await announce(artifact.revision)
      if (outcome) throw (outcome as { readonly error: unknown }).error
      if (made === mine) return artifact
      signal.throwIfAborted()
      const copied = await storing(() =>
        artifacts.store(
          artifactOwner(GitRepository, repository),
          basename(artifact.path),
          artifact.revision,
          async file => {
            await copyFile(artifacts.fileOf(artifact), file)
            const digest = await digestOf(file)
            if (digest !== artifact.digest) throw new Error('the artifact of another source was replaced meanwhile')
            return { digest, sizeBytes: artifact.size ?? 0 }
          },
        ),
      )
      // The newest stays longest.
      shared.made.set(contentKey, { ...made, artifact: copied })
      return copied
    },
  }
}

function keyOf(parts: readonly unknown[]): string {
  // What is undefined says as little as what is not there.
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(parts)) as Json))
}

/** Which commit of a repository is meant, and how its revision is written. */
import Range from 'semver/classes/range.js'
import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'
import validRange from 'semver/ranges/valid.js'

/** `spec.ref` of a GitRepository. */
export interface GitRef {
  readonly branch?: string
  readonly tag?: string
  readonly semver?: string
  readonly name?: string
  readonly commit?: string
}

/** One way to name a commit. */
export type Reference =
  | { readonly kind: 'commit'; readonly commit: string; readonly branch?: string }
  | { readonly kind: 'name'; readonly ref: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'branch'; readonly branch: string }

/** What a remote has: names and the commits that they stand for (tags peeled). */
export type RemoteRefs = ReadonlyMap<string, string>

/** The reference could not be resolved. */
export class GitReferenceError extends Error {
  override readonly name = 'GitReferenceError'
  readonly reason: 'GitOperationFailed' | 'EmptyGitRepository'

  constructor(message: string, reason: GitReferenceError['reason'] = 'GitOperationFailed') {
    super(message)
    this.reason = reason
  }
}

/** Of several fields the first in this order counts; without any the branch `master` (source-controller). */
export function referenceOf(ref: GitRef | undefined): Reference {
  const { commit, name, tag, semver: range, branch } = ref ?? {}
  if (commit) return { kind: 'commit', commit, ...(branch ? { branch } : {}) }
  if (name) return { kind: 'name', ref: name }
  if (tag) return { kind: 'tag', tag }
  if (range) return { kind: 'semver', range }
  return { kind: 'branch', branch: branch || 'master' }
}

/** The revision as it stands in status: `<what it was called>@sha1:<commit>`. */
export function revisionText(name: string | undefined, commit: string): string {
  const algorithm = commit.length === 64 ? 'sha256' : 'sha1'
  return `${name === undefined ? '' : `${name}@`}${algorithm}:${commit}`
}

/** The tags that `range` allows, best first; those of equal precedence stand together. */
export function matchingTags(refs: RemoteRefs, range: string): readonly { tag: string; commit: string }[] {
  const constraint = toNpmRange(range)
  const options = { includePrerelease: /\d-[0-9A-Za-z]/.test(range) }
  const parsed = new Range(constraint, options)
  return [...refs]
    .flatMap(([ref, commit]) => {
      const tag = ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : ''
      const version = /^v?\d+\.\d+\.\d+(?:[-+].*)?$/.test(tag) ? parse(tag) : null
      return version && parsed.test(version) ? [{ tag, commit, version }] : []
    })
    .sort((a, b) => compare(b.version, a.version) || (a.tag < b.tag ? -1 : 1))
    .map(({ tag, commit }) => ({ tag, commit }))
}

/** Whether two tags have the same precedence. */
export function isSamePrecedence(a: string, b: string): boolean {
  return compare(a, b) === 0
}

/** Masterminds' grammar allows commas for "and" and both orders of `>=`; the rest is common to both. */
function toNpmRange(range: string): string {
  const text = range.replaceAll(',', ' ').replaceAll('=>', '>=').replaceAll('=<', '<=')
  if (validRange(text) === null) {
    throw new GitReferenceError(`semver parse error: improper constraint: ${range}`)
  }
  return text
}

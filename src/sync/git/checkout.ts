/** From a reference to the files of its commit. */
import { parseGitUrl } from './access.ts'
import {
  GitReferenceError,
  isSamePrecedence,
  matchingTags,
  type Reference,
  type RemoteRefs,
  revisionText,
} from './reference.ts'
import { type GitContext, type GitCopy, newGitCopy } from './repository.ts'
import { readSubmodules, readTree, type TreeEntry } from './tree.ts'

/** A commit that is here. */
export interface Checkout {
  readonly revision: string
  readonly commit: string
  /** The first line of the commit's message. */
  readonly subject: string
}

/**
 * The revision that the remote has now, without fetching; undefined where only a fetch can tell (semver, commit).
 * @throws GitReferenceError
 */
export async function currentRevision(copy: GitCopy, reference: Reference): Promise<string | undefined> {
  const ref = refOf(reference)
  if (ref === undefined) return undefined
  // Asked for by the whole name and, for tags, by that of the commit behind.
  const refs = await copy.remoteRefs([ref, `${ref}^{}`])
  const commit = refs.get(ref)
  if (commit === undefined) throw await missingRef(copy, reference, ref)
  return revisionText(nameOf(reference), commit)
}

/** Fetches what the reference names. @throws GitReferenceError, RefusedError */
export async function fetchReference(copy: GitCopy, reference: Reference): Promise<Checkout> {
  const { name, commit } = await fetchCommit(copy, reference)
  const subject = (await copy.read(['log', '-1', '--format=%s', commit])).toString('utf8').trimEnd()
  return { revision: revisionText(name, commit), commit, subject }
}

async function fetchCommit(copy: GitCopy, reference: Reference): Promise<{ name?: string; commit: string }> {
  if (reference.kind === 'commit') return fetchExactCommit(copy, reference)
  if (reference.kind === 'semver') return fetchVersion(copy, reference.range)
  const ref = refOf(reference) ?? ''
  const name = nameOf(reference)
  const commit = await copy.fetch(ref).catch(async error => {
    // The remote's own list tells why, where it is the name that is wrong.
    if (error instanceof GitReferenceError) await currentRevision(copy, reference)
    throw error
  })
  return { ...(name === undefined ? {} : { name }), commit }
}

async function fetchExactCommit(copy: GitCopy, wanted: { readonly commit: string; readonly branch?: string }) {
  const { commit, branch } = wanted
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) {
    throw new GitReferenceError(`unable to resolve commit object for '${commit}': not a full commit hash`)
  }
  if (branch !== undefined) {
    await copy.fetch(`refs/heads/${branch}`, { fullHistory: true })
    if (!(await copy.has(commit))) throw unresolved(commit)
    return { name: branch, commit }
  }
  try {
    return { commit: await copy.fetch(commit) }
  } catch (error) {
    // Not every server lets one ask for a commit.
    if (!(error instanceof GitReferenceError)) throw error
    await copy.fetchAll()
    if (!(await copy.has(commit))) throw unresolved(commit)
    return { commit }
  }
}

function unresolved(commit: string): GitReferenceError {
  return new GitReferenceError(`unable to resolve commit object for '${commit}': object not found`)
}

async function fetchVersion(copy: GitCopy, range: string): Promise<{ name: string; commit: string }> {
  const refs = await copy.remoteRefs()
  if (refs.size === 0) throw emptyRepository()
  const [best, ...others] = matchingTags(refs, range)
  if (!best) throw new GitReferenceError(`no match found for semver: ${range}`)
  const equals = [best, ...others.filter(({ tag }) => isSamePrecedence(tag, best.tag))]
  const dated = []
  for (const { tag } of equals) {
    const commit = await copy.fetch(`refs/tags/${tag}`)
    const time = equals.length > 1 ? await copy.read(['log', '-1', '--format=%ct', commit]) : ''
    dated.push({ name: tag, commit, time: Number(time.toString()) })
  }
  // Of tags with equal precedence the later commit counts. There is one at least.
  return dated.toSorted((a, b) => b.time - a.time)[0] as { name: string; commit: string }
}

function refOf(reference: Reference): string | undefined {
  switch (reference.kind) {
    case 'branch':
      return `refs/heads/${reference.branch}`
    case 'tag':
      return `refs/tags/${reference.tag}`
    case 'name':
      return reference.ref
    default:
      return undefined
  }
}

function nameOf(reference: Reference): string | undefined {
  switch (reference.kind) {
    case 'branch':
      return reference.branch
    case 'tag':
      return reference.tag
    case 'name':
      return reference.ref
    default:
      return undefined
  }
}

async function missingRef(copy: GitCopy, reference: Reference, ref: string): Promise<GitReferenceError> {
  const all: RemoteRefs = await copy.remoteRefs()
  if (all.size === 0) return emptyRepository()
  if (reference.kind === 'name') {
    return new GitReferenceError(`unable to resolve ref '${ref}' to a specific commit`)
  }
  return new GitReferenceError(`unable to clone '${copy.access.url}': couldn't find remote ref ${JSON.stringify(ref)}`)
}

function emptyRepository(): GitReferenceError {
  return new GitReferenceError('git repository is empty', 'EmptyGitRepository')
}

const maxSubmodules = 50
const maxSubmoduleDepth = 5

/**
 * The files of a commit, with those of its submodules where asked for. `opened` gets the copies of submodules: remove
 * them when the files have been read.
 */
export async function filesOf(
  copy: GitCopy,
  commit: string,
  options: { readonly submodules: boolean; readonly context: GitContext; readonly opened: GitCopy[] },
  depth = 0,
): Promise<readonly TreeEntry[]> {
  const { context, opened } = options
  const { files, links } = await readTree(copy, commit, context.limits)
  if (!options.submodules || links.length === 0) return files
  if (depth >= maxSubmoduleDepth) throw new GitReferenceError(`submodules are more than ${maxSubmoduleDepth} deep`)
  const all = [...files]
  for (const submodule of await readSubmodules(copy, commit, links)) {
    if (opened.length >= maxSubmodules) throw new GitReferenceError(`there are more than ${maxSubmodules} submodules`)
    const inner = await openSubmodule(copy, submodule.url, context)
    opened.push(inner)
    const { commit: innerCommit } = await fetchExactCommit(inner, { commit: submodule.commit })
    const innerFiles = await filesOf(inner, innerCommit, options, depth + 1)
    for (const file of innerFiles) all.push({ ...file, path: `${submodule.path}/${file.path}` })
  }
  return all
}

/** The parent's credentials go along only to the same server; an ssh key is offered to hosts that are known. */
function openSubmodule(parent: GitCopy, url: string, context: GitContext): Promise<GitCopy> {
  const { ssh, caPem, proxy } = parent.access
  const target = parseGitUrl(url)
  const isSameServer = target.origin === new URL(parent.access.url).origin && target.protocol !== 'ssh:'
  if (isSameServer) return newGitCopy({ ...parent.access, url }, context)
  const common = { url, ...(caPem === undefined ? {} : { caPem }), ...(proxy === undefined ? {} : { proxy }) }
  return newGitCopy(target.protocol === 'ssh:' && ssh ? { ...common, ssh } : common, context)
}

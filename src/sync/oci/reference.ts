/** Which artifact of a registry is meant. Pure. */
import { RE2JS } from 're2js'
import Range from 'semver/classes/range.js'
import compareBuild from 'semver/functions/compare-build.js'
import parse from 'semver/functions/parse.js'
import validRange from 'semver/ranges/valid.js'

/** A repository of a registry. */
export interface OciRepositoryName {
  /** Host and port as they are written in URLs. */
  readonly registry: string
  readonly repository: string
}

/** `spec.ref` of an OCIRepository. */
export interface OciRef {
  readonly digest?: string
  readonly semver?: string
  readonly semverFilter?: string
  readonly tag?: string
}

/** The URL is none of a repository. */
export class OciUrlError extends Error {
  override readonly name = 'OciUrlError'
  readonly reason = 'URLInvalid'
}

/** No tag is what was asked for, or the question makes no sense. */
export class OciTagError extends Error {
  override readonly name = 'OciTagError'
  readonly reason = 'ReadOperationFailed'
}

const hostPattern = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i
const pathPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const digestPattern = /^sha256:[0-9a-f]{64}$/
const tagPattern = /^\w[\w.-]{0,127}$/

/** Docker's own registry has a name in images and another on the network. */
const dockerHost = 'index.docker.io'

/** `oci://host[:port]/path`, without a tag. @throws OciUrlError */
export function parseOciUrl(url: string): OciRepositoryName {
  const invalid = (why: string) => new OciUrlError(`URL validation failed for '${url}': ${why}`)
  if (!url.startsWith('oci://')) throw invalid("URL must be in format 'oci://<domain>/<org>/<repo>'")
  const rest = url.slice('oci://'.length).replace(/\/+$/, '')
  const slash = rest.indexOf('/')
  const host = slash < 0 ? '' : rest.slice(0, slash)
  const path = rest.slice(slash + 1)
  if (!hostPattern.test(host)) throw invalid("URL must be in format 'oci://<domain>/<org>/<repo>'")
  const [name = '', tag] = path.split(/[:@]/)
  if (tag !== undefined) throw invalid(`URL must not contain a tag; remove '${path.slice(name.length)}'`)
  if (!pathPattern.test(name)) throw invalid(`could not parse reference: ${rest}`)
  const isDocker = host === 'docker.io' || host === dockerHost
  return {
    registry: isDocker ? dockerHost : host,
    repository: isDocker && !name.includes('/') ? `library/${name}` : name,
  }
}

/** What to ask a registry for: a digest before a version range before a tag; `latest` without any. */
export function wantedReference(
  ref: OciRef | undefined,
):
  | { readonly kind: 'digest'; readonly value: string }
  | { readonly kind: 'tag'; readonly value: string }
  | { readonly kind: 'semver'; readonly range: string; readonly filter?: string } {
  const { digest, semver: range, semverFilter: filter, tag } = ref ?? {}
  if (digest) {
    if (!digestPattern.test(digest))
      throw new OciTagError(`digest '${digest}' must be sha256: and 64 hexadecimal digits`)
    return { kind: 'digest', value: digest }
  }
  if (range) return { kind: 'semver', range, ...(filter ? { filter } : {}) }
  if (tag !== undefined && tag !== '' && !tagPattern.test(tag)) throw new OciTagError(`tag '${tag}' is not valid`)
  return { kind: 'tag', value: tag || 'latest' }
}

/** The tag of the highest version that the range allows. @throws OciTagError */
export function highestTag(tags: readonly string[], range: string, filter?: string): string {
  const allowed = tags.filter(passes(filter))
  // Masterminds' grammar allows commas for "and" and both orders of `>=`.
  const text = range.replaceAll(',', ' ').replaceAll('=>', '>=').replaceAll('=<', '<=')
  if (validRange(text) === null) throw new OciTagError(`semver '${range}' parse error: improper constraint`)
  const constraint = new Range(text, { includePrerelease: /\d-[0-9A-Za-z]/.test(range) })
  const versions = allowed.flatMap(tag => {
    // Tags cannot hold a plus; helm writes build metadata with an underscore.
    const version = /^v?\d+\.\d+\.\d+(?:[-+_].*)?$/.test(tag) ? parse(tag.replace('_', '+')) : null
    return version && constraint.test(version) ? [{ tag, version }] : []
  })
  const [best] = versions.toSorted((a, b) => compareBuild(b.version, a.version))
  if (!best) throw new OciTagError(`no match found for semver: ${range}`)
  return best.tag
}

/** The filter is the user's: an engine that is linear in the text keeps a bad one harmless. */
function passes(filter: string | undefined): (tag: string) => boolean {
  if (filter === undefined) return () => true
  try {
    const pattern = RE2JS.compile(filter)
    return tag => pattern.matcher(tag).find()
  } catch {
    throw new OciTagError(`failed to compile semver filter: ${JSON.stringify(filter)} is no regular expression`)
  }
}

/** The revision as it stands in status: `<tag>@<digest>`, or the digest alone where it was asked for. */
export function ociRevision(tag: string | undefined, digest: string): string {
  return tag === undefined ? digest : `${tag}@${digest}`
}

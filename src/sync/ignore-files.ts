/** Which files of a source stay out of its artifact: .gitignore patterns as go-git matches them. */

/** Decides about one path (no `./`, no slash at the end). */
export type IgnoreFilter = (path: string, isFolder: boolean) => boolean

/** A text of patterns and the folder that they are for ('' is the root). */
export interface IgnoreText {
  readonly folder: string
  readonly text: string
}

interface Pattern {
  readonly folder: readonly string[]
  readonly segments: readonly (RegExp | '**' | '')[]
  readonly includes: boolean
  readonly foldersOnly: boolean
  /** A pattern with a slash is matched from its folder; one without matches any name on the way. */
  readonly anchored: boolean
}

const always = ['.git/', '.gitignore', '.gitmodules', '.gitattributes']

/** Left out as long as nobody gives a pattern (fluxcd/pkg sourceignore). */
const byDefault = [
  ...['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'],
  ...['.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml', 'cloudbuild.yaml'],
  ...['codeship-services.yml', 'codeship-steps.yml', '**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml'],
]

/**
 * The filter of a source: true leaves the path out. `files` are its .sourceignore files, `spec` what its object says.
 * One single pattern in any of them switches the default patterns off.
 */
export function newIgnoreFilter(files: readonly IgnoreText[], spec: string | undefined): IgnoreFilter {
  const root = (lines: readonly string[]) => lines.map(line => parsePattern(line, '')).filter(isPattern)
  const own = [...files, { folder: '', text: spec ?? '' }].flatMap(({ folder, text }) =>
    text
      .split('\n')
      .map(line => parsePattern(line, folder))
      .filter(isPattern),
  )
  const patterns = [...root(always), ...(own.length > 0 ? own : root(byDefault))]
  return (path, isFolder) => isIgnored(patterns, path.split('/'), isFolder)
}

/** The last pattern that matches decides, also below a folder that is left out (unlike git itself). */
function isIgnored(patterns: readonly Pattern[], path: readonly string[], isFolder: boolean): boolean {
  const deciding = patterns.findLast(pattern => matches(pattern, path, isFolder))
  return deciding !== undefined && !deciding.includes
}

function isPattern(pattern: Pattern | undefined): pattern is Pattern {
  return pattern !== undefined
}

function parsePattern(line: string, folder: string): Pattern | undefined {
  let text = line.replace(/\r$/, '').replace(/(?<!\\)\s+$/, '')
  if (text === '' || text.startsWith('#')) return undefined
  const includes = text.startsWith('!')
  if (includes) text = text.slice(1)
  const foldersOnly = text.endsWith('/')
  if (foldersOnly) text = text.slice(0, -1)
  const segments = text.split('/').map(part => (part === '**' || part === '' ? part : toRegExp(part)))
  return {
    folder: folder === '' ? [] : folder.split('/'),
    segments,
    includes,
    foldersOnly,
    anchored: text.includes('/'),
  }
}

/** Go's path.Match for one segment. */
function toRegExp(glob: string): RegExp {
  let source = ''
  for (let i = 0; i < glob.length; i++) {
    const character = glob[i] ?? ''
    const close = character === '[' ? glob.indexOf(']', i + 2) : -1
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (close > 0) {
      source += `[${glob
        .slice(i + 1, close)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`
      i = close
    } else if (character === '\\' && i + 1 < glob.length) source += escapeRegExp(glob[++i] ?? '')
    else source += escapeRegExp(character)
  }
  return new RegExp(`^${source}$`, 'su')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\\-/g, '-')
}

function matches(pattern: Pattern, path: readonly string[], isFolder: boolean): boolean {
  const { folder } = pattern
  if (path.length <= folder.length || folder.some((name, i) => path[i] !== name)) return false
  const rest = path.slice(folder.length)
  if (!pattern.anchored) {
    const [name] = pattern.segments
    const at = rest.findIndex(part => name === '**' || (name instanceof RegExp && name.test(part)))
    return at >= 0 && (at < rest.length - 1 || isFolder || !pattern.foldersOnly)
  }
  const used = matchedLength(
    pattern.segments.filter(segment => segment !== ''),
    rest,
  )
  return used !== undefined && (used < rest.length || isFolder || !pattern.foldersOnly)
}

/** How many names from the start the segments take up; what lies below is matched with it. */
function matchedLength(segments: Pattern['segments'], path: readonly string[]): number | undefined {
  const [first, ...others] = segments
  if (first === undefined) return 0
  if (first === '**') {
    if (others.length === 0) return path.length > 0 ? path.length : undefined
    for (let skip = 0; skip < path.length; skip++) {
      const used = matchedLength(others, path.slice(skip))
      if (used !== undefined) return skip + used
    }
    return undefined
  }
  const [name, ...below] = path
  if (name === undefined || !(first instanceof RegExp) || !first.test(name)) return undefined
  const used = matchedLength(others, below)
  return used === undefined ? undefined : used + 1
}

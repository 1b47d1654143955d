/** The order of versions: stable ones before beta before alpha, newer ones first, then all others by name. */

/** Compares two version names, the preferred one first (k8s.io/apimachinery pkg/version CompareKubeAwareVersionStrings). */
export function byVersionPriority(a: string, b: string): number {
  const left = parse(a)
  const right = parse(b)
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor
}

interface Version {
  readonly stability: number
  readonly major: number
  readonly minor: number
}

function parse(name: string): Version | undefined {
  const [, major, stage, minor] = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(name) ?? []
  if (major === undefined) return undefined
  return {
    stability: stage === undefined ? 2 : stage === 'beta' ? 1 : 0,
    major: Number(major),
    minor: Number(minor ?? 0),
  }
}

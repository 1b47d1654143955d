// The packages that Serin needs, with their licences, as the page docs/reference/licences.md.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** One package of the lock file. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** SPDX expression. */
  readonly licence: string
  /** Only for building, checking and testing: nothing of it is in the package that users install. */
  readonly isDevelopment: boolean
  /** It wants to run a program when it is installed. */
  readonly hasInstallScript: boolean
  /** Hash of its archive. */
  readonly integrity?: string
}

interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
  readonly integrity?: string
  readonly link?: boolean
}

/** Licences that allow what this project does: use, change and pass on, with a notice at most. */
export const allowedLicences: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]

/** All packages of the lock file but this one, by their names and versions. */
export function lockedPackages(root: string): readonly LockedPackage[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockEntry>>
  }
  const found = Object.entries(lock.packages).flatMap(([at, entry]): LockedPackage[] => {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(at)?.[1]
    if (name === undefined || entry.link || !entry.version) return []
    return [
      {
        name,
        version: entry.version,
        licence: entry.license ?? licenceOf(path.join(root, at)) ?? 'unknown',
        isDevelopment: entry.dev === true,
        hasInstallScript: entry.hasInstallScript === true,
        ...(entry.integrity ? { integrity: entry.integrity } : {}),
      },
    ]
  })
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'))
}

/** For the few packages whose licence the lock file does not hold. */
function licenceOf(folder: string): string | undefined {
  const file = path.join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly license?: string }).license
}

/** Whether every way to read the expression is allowed, or one of several that may be chosen. */
export function isAllowed(licence: string): boolean {
  const choices = licence.replace(/[()]/g, '').split(' OR ')
  return choices.some(choice => choice.split(' AND ').every(each => allowedLicences.includes(each.trim())))
}

/** The page. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const table = (isDevelopment: boolean) => [
    '| package | version | licence |',
    '|---|---|---|',
    ...packages
      .filter(each => each.isDevelopment === isDevelopment)
      .map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
  ]
  return `${[
    '# Licences of the packages that Serin needs',
    '',
    'Generated from the lock file by `npm run generate`; a test holds it equal. Serin itself is under Apache-2.0.',
    '',
    '## At run time',
    '',
    ...table(false),
    '',
    '## For development only',
    '',
    ...table(true),
  ].join('\n')}\n`
}

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { isAllowed, licencesPage, lockedPackages } from './licences.ts'

const root = path.join(import.meta.dirname, '..')
const packages = lockedPackages(root)
const names = (found: readonly { readonly name: string; readonly version: string }[]) =>
  found.map(({ name, version }) => `${name}@${version}`)
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

describe('the packages that Serin needs', () => {
  it('are there', () => assert.ok(packages.length > 50))

  it('are each known by the hash of their archive', () => {
    const loose = packages.filter(({ integrity }) => !integrity?.startsWith('sha512-'))
    assert.deepEqual(names(loose), [])
  })

  it('are pinned to one version in package.json', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
    assert.deepEqual(
      Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
      [],
    )
  })

  it('have licences that allow their use', () => {
    assert.deepEqual(
      packages.filter(({ licence }) => !isAllowed(licence)).map(({ name, licence }) => `${name}: ${licence}`),
      [],
    )
  })

  it('run no program when they are installed, where users install them', () => {
    assert.deepEqual(names(packages.filter(each => each.hasInstallScript && !each.isDevelopment)), [])
  })

  it('stand in docs/reference/licences.md', () => {
    const page = readFileSync(path.join(root, 'docs/reference/licences.md'), 'utf8')
    assert.equal(page, licencesPage(packages), 'run npm run generate')
  })
})

describe('a licence', () => {
  const cases: readonly [string, boolean][] = [
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['unknown', false],
  ]
  for (const [licence, allowed] of cases) {
    it(`${licence} is ${allowed ? 'allowed' : 'refused'}`, () => assert.equal(isAllowed(licence), allowed))
  }
})

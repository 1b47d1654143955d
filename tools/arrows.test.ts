import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type Room, rooms, testOnly } from './arrows.ts'

const root = path.dirname(import.meta.dirname)
const files = globSync('src/**/*.ts', { cwd: root }).sort()
const importsOf = new Map(files.map(file => [file, readImports(file)]))

/** Packages of Node that a pure room has no business with; the rest (crypto hashes, buffers) only compute. */
const effects = /^node:(fs|http|https|http2|net|tls|dgram|dns|child_process|worker_threads|timers|os|process|sqlite)\b/
/** Globals that read the clock, chance, the environment or the network. */
const effectGlobals =
  /(?<![.\w])(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|fetch\()/

describe('the arrows between rooms', () => {
  it('every file is in a room', () => {
    assert.deepEqual(
      files.filter(file => roomOf(file) === undefined),
      [],
    )
  })

  it('no room imports what its row in tools/arrows.ts does not name', () => {
    const wrong = files.flatMap(file =>
      localImports(file)
        .filter(target => !isAllowed(file, target))
        .map(target => `${file} -> ${target}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('pure rooms reach no file system, network, clock, chance or environment', () => {
    const wrong = files
      .filter(file => (roomOf(file)?.pure || path.basename(file) === 'plan.ts') && !isTest(file))
      .flatMap(file => [
        ...(importsOf.get(file) ?? []).filter(name => effects.test(name)).map(name => `${file} imports ${name}`),
        ...codeLines(file)
          .filter(line => effectGlobals.test(line))
          .map(line => `${file}: ${line.trim()}`),
      ])
    assert.deepEqual(wrong, [])
  })

  it('only runtime/clock.ts reads the clock or sets timers', () => {
    const wrong = files
      .filter(file => !isTest(file) && file !== 'src/runtime/clock.ts')
      .flatMap(file =>
        codeLines(file)
          .filter(line => /(?<![.\w])(Date\.now\(|new Date\(\)|setTimeout\(|setInterval\()/.test(line))
          .map(line => `${file}: ${line.trim()}`),
      )
    assert.deepEqual(wrong, [])
  })

  it('no import leads back to the file it started from', () => {
    assert.deepEqual(findCycle(), undefined)
  })
})

function isAllowed(file: string, target: string): boolean {
  const room = roomOf(file)
  if (room && within(target, room.path) && roomOf(target) === room) return true
  if (isTest(file) && testOnly.some(allowed => within(target, allowed))) return true
  return room?.mayImport.some(allowed => within(target, allowed)) ?? false
}

function roomOf(file: string): Room | undefined {
  return rooms.filter(room => within(file, room.path)).sort((a, b) => b.path.length - a.path.length)[0]
}

function within(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`)
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

function localImports(file: string): string[] {
  return (importsOf.get(file) ?? [])
    .filter(name => name.startsWith('.'))
    .map(name => path.posix.join(path.posix.dirname(file), name))
}

function readImports(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map(match => match[1] ?? match[2] ?? '')
}

function codeLines(file: string): string[] {
  return readFileSync(path.join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .map(line => line.replace(/(^|\s)\/\/.*$/, ''))
    .filter(line => !/^\s*['"`]/.test(line))
}

function findCycle(): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    const seen = trail.indexOf(file)
    if (seen >= 0) return [...trail.slice(seen), file]
    if (done.has(file)) return undefined
    for (const target of localImports(file)) {
      const cycle = visit(target, [...trail, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}

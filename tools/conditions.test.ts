import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'

const root = path.dirname(import.meta.dirname)
const rooms = '{application,fleet,attachedcluster,canary}'

it('docs/reference/conditions.md names every reason of the kinds that Serin owns', () => {
  const page = readFileSync(path.join(root, 'docs/reference/conditions.md'), 'utf8')
  const files = globSync(`src/controllers/${rooms}/*.ts`, { cwd: root }).filter(file => !file.endsWith('.test.ts'))
  const reasons = new Set<string>()
  for (const file of files) {
    const text = readFileSync(path.join(root, file), 'utf8')
    // As a field of a condition or an event, or as what an error that becomes one is made with.
    const said = text.matchAll(/reason: (?:\w+ \? )?'([A-Z]\w+)'(?: : '([A-Z]\w+)')?|Error\(\s*'([A-Z]\w+)'/g)
    for (const [, ...found] of said) for (const reason of found) if (reason) reasons.add(reason)
  }
  assert.ok(reasons.size > 10, `only ${[...reasons].join(', ')} were found`)
  assert.deepEqual(
    [...reasons].filter(reason => !page.includes(`\`${reason}\``)),
    [],
  )
})

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { runPromqlScript } from '../../../test/support/promql-script.ts'

const folder = path.join(import.meta.dirname, 'testdata')

describe('the language', () => {
  for (const file of globSync('*.promql', { cwd: folder })) {
    it(`gives the documented results for ${file}`, async () => {
      const outcomes = await runPromqlScript(readFileSync(path.join(folder, file), 'utf8'))
      assert.ok(outcomes.length > 20)
      const wrong = outcomes.filter(outcome => outcome.result !== 'passed')
      assert.deepEqual(
        wrong.map(({ line, query, reason }) => `${file}:${line}: ${query}: ${reason}`),
        [],
      )
    })
  }

  // A copy of Prometheus's promql/promqltest/testdata; not part of this repository.
  const upstream = process.env['PROMQL_TESTDATA']
  it('passes what it supports of the test scripts of Prometheus', {
    skip: !upstream && 'PROMQL_TESTDATA is not set',
  }, async t => {
    const failed: string[] = []
    let passed = 0
    for (const file of globSync('*.test', { cwd: upstream ?? '' })) {
      const script = readFileSync(path.join(upstream ?? '', file), 'utf8')
      for (const { line, query, result, reason } of await runPromqlScript(script, { delayedNames: true })) {
        if (result === 'passed') passed++
        if (result === 'failed') failed.push(`${file}:${line}: ${query}: ${reason}`)
      }
    }
    t.diagnostic(`${passed} evaluations passed, ${failed.length} failed`)
    assert.deepEqual(failed, [])
  })
})

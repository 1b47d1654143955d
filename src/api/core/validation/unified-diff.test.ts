import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './unified-diff.ts'

const letters = 'abcdefghijklmnop'.split('')

describe('a unified diff', () => {
  it('is empty where nothing differs', () => assert.equal(unifiedDiff(letters, letters), ''))

  it('shows three lines around a change', () => {
    const after = letters.map(letter => (letter === 'h' ? 'X' : letter))
    assert.equal(unifiedDiff(letters, after), '@@ -5,7 +5,7 @@\n e\n f\n g\n-h\n+X\n i\n j\n k\n')
  })

  it('parts changes that are far from each other', () => {
    const after = ['X', ...letters.slice(1, -1), 'Y']
    const hunks = '@@ -1,4 +1,4 @@\n-a\n+X\n b\n c\n d\n@@ -13,4 +13,4 @@\n m\n n\n o\n-p\n+Y\n'
    assert.equal(unifiedDiff(letters, after), hunks)
  })

  it('writes a range of one line without its length and an empty one before its place', () => {
    assert.equal(unifiedDiff(['a'], ['b']), '@@ -1 +1 @@\n-a\n+b\n')
    assert.equal(unifiedDiff([], ['b']), '@@ -0,0 +1 @@\n+b\n')
  })

  it('leads from one text to the other, whatever they are', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
    fc.assert(
      fc.property(lines, lines, (before, after) => assert.deepEqual(patch(before, unifiedDiff(before, after)), after)),
      { seed: 1 },
    )
  })
})

function patch(before: readonly string[], diff: string): string[] {
  const result: string[] = []
  let at = 0
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,(\d+))?/.exec(line)
    if (header) {
      // An empty range names the line before it.
      const start = Number(header[1]) - (header[2] === '0' ? 0 : 1)
      result.push(...before.slice(at, start))
      at = start
      continue
    }
    if (line.startsWith('+')) result.push(line.slice(1))
    else {
      assert.equal(before[at], line.slice(1))
      if (line.startsWith(' ')) result.push(line.slice(1))
      at += 1
    }
  }
  return [...result, ...before.slice(at)]
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shownOf } from '../../../test/support/terminal-screen.ts'
import { newScreen } from './screen.ts'

const size = { columns: 40, rows: 5 }

/** What a terminal shows after `use`. */
function after(use: (screen: ReturnType<typeof newScreen>) => void) {
  let text = ''
  const out = (written: string) => {
    text += written.replaceAll('\n', '\r\n')
  }
  use(newScreen({ out, isTerminal: true, height: () => size.rows }))
  const { lines, cursor } = shownOf(text, size)
  return { lines, cursor }
}

describe('a screen on a terminal', () => {
  it('redraws its block in place, also when it grows and shrinks', () => {
    const blocks = [['a', 'b'], ['long a', 'b', 'c'], ['c'], ['a', 'b', 'c', 'd'], ['x', 'y']]
    for (let count = 1; count <= blocks.length; count += 1) {
      const lines = blocks[count - 1] ?? []
      const shown = after(screen => {
        for (const block of blocks.slice(0, count)) screen.draw(block)
      })
      assert.deepEqual(shown, { lines, cursor: { line: lines.length, column: 0 } })
    }
  })

  it('keeps what was said above the block, and blocks that are settled', () => {
    const { lines } = after(screen => {
      screen.say('first')
      screen.draw(['a', 'b'])
      screen.say('second')
      screen.draw(['c'])
      screen.settle()
      screen.draw(['d'])
    })
    assert.deepEqual(lines, ['first', 'second', 'c', 'd'])
  })

  it('draws no more than it can redraw, and says how much that leaves out', () => {
    const tall = ['a', 'b', 'c', 'd', 'e', 'f']
    const { lines } = after(screen => {
      screen.draw(tall)
      screen.draw(tall.map(line => `${line}${line}`))
    })
    assert.deepEqual(lines, ['aa', 'bb', 'cc', 'and 3 lines more'])
  })
})
